"""How a question is written: what stands between words, quotes around names, phrases as patterns."""

from __future__ import annotations

import re

STRAIGHT = str.maketrans({**dict.fromkeys("“”„", '"'), **dict.fromkeys("‘’", "'")})
BETWEEN = r",;?\x20"
"""What separates words: nobody means anything by it."""

END_OF_WORD = rf"(?![^{BETWEEN}])"


def in_one_form(text: str) -> str:
    """Text without capitals, commas, curly quotes or double blanks: how names are compared.

    >>> in_one_form("By  models, ORG:“Acme”")
    'by models org:"acme"'
    """
    return " ".join(as_typed(text).replace(",", " ").lower().split())


def as_typed(text: str) -> str:
    """Text in a line, with the quotes of a plain keyboard.

    >>> as_typed("“Data  science”,  LAST month")
    '"Data science", LAST month'
    """
    return " ".join(text.translate(STRAIGHT).split())


NAME = rf"""(?:"(?:[^"]|"")+"(?![^{BETWEEN}])|'(?:[^']|'')+'(?![^{BETWEEN}])|[^{BETWEEN}]+)"""
"""A name: in quotes, where the quote itself is doubled, or without blanks and commas."""

PLAIN = re.compile(rf"[^{BETWEEN}\"'-][^{BETWEEN}\"']*")


def is_plain(name: str) -> bool:
    """Whether a name needs no quotes.

    >>> is_plain("ci-deploy"), is_plain("Acme Europe"), is_plain("-x")
    (True, False, False)
    """
    return bool(PLAIN.fullmatch(name))


def quoted(name: str, *, always: bool = False) -> str:
    r"""A name as it is typed: in quotes where it has blanks and the like.

    >>> print(quoted("Acme Europe"), quoted("acme"), quoted("O'Brien"), quoted("the \"A\" team's"))
    'Acme Europe' acme "O'Brien" "the ""A"" team's"
    """
    if is_plain(name) and not always:
        return name
    mark = '"' if "'" in name else "'"
    return mark + name.replace(mark, 2 * mark) + mark


def unquoted(name: str) -> str:
    """A name that was typed, in quotes or not, as it is.

    >>> unquoted("'Acme Europe'"), unquoted('"the ""A"" team"'), unquoted("acme")
    ('Acme Europe', 'the "A" team', 'acme')
    """
    mark = name[:1]
    if mark not in {'"', "'"} or len(name) < 2 or name[-1] != mark:  # noqa: PLR2004 -- one on each side
        return name.strip()
    return name[1:-1].replace(2 * mark, mark).strip()


def phrase(pattern: str) -> re.Pattern[str]:
    """Whole words, in any case; a blank of the pattern is whatever stands between two words, ` ?` that or nothing."""
    spaced = pattern.replace(" ?", f"[{BETWEEN}]*").replace(" ", f"[{BETWEEN}]+")
    return re.compile(rf"(?:{spaced}){END_OF_WORD}", re.ASCII | re.IGNORECASE)
