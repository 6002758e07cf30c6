"""How a question is written: what stands between words, quotes around names, phrases as patterns."""

from __future__ import annotations

import re
from functools import cached_property

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


class Words:
    """A pattern of whole words, in any case, that is compiled when it is first looked for.

    The whole language takes a tenth of what it takes to start, and most commands are asked nothing in it.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(rf"(?:{self.pattern}){END_OF_WORD}", re.ASCII | re.IGNORECASE)

    def match(self, text: str) -> re.Match[str] | None:
        """Where a text begins with them."""
        return self.compiled.match(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Where a text is nothing else."""
        return self.compiled.fullmatch(text)


def phrase(pattern: str) -> Words:
    """Whole words; a blank of the pattern is whatever stands between two words, ` ?` that or nothing."""
    return Words(pattern.replace(" ?", f"[{BETWEEN}]*").replace(" ", f"[{BETWEEN}]+"))
