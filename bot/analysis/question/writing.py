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


def quoted(name: str) -> str:
    """A name as it is typed: in quotes where it has blanks.

    >>> quoted("Acme Europe"), quoted("acme")
    ("'Acme Europe'", 'acme')
    """
    if " " not in name:
        return name
    return f'"{name}"' if "'" in name else f"'{name}'"


def phrase(pattern: str) -> re.Pattern[str]:
    """Whole words, in any case; a blank of the pattern is whatever stands between two words, ` ?` that or nothing."""
    spaced = pattern.replace(" ?", f"[{BETWEEN}]*").replace(" ", f"[{BETWEEN}]+")
    return re.compile(rf"(?:{spaced}){END_OF_WORD}", re.ASCII | re.IGNORECASE)
