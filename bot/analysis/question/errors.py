"""What is wrong with a question, in a line that says what to ask instead."""

from __future__ import annotations

from bot.model import WrongUsage

LONGEST_WORD = 40  # what is quoted back; people paste whole messages

PEOPLE_ARE_OFF = (
    'nothing about people is kept here; "by person" needs people = true under [privacy] in claudecost.toml, then a sync'
)


class PeopleOff(WrongUsage):
    """Somebody asked who spent it, where nothing about people may be fetched, stored or told."""

    def __init__(self) -> None:
        super().__init__(PEOPLE_ARE_OFF)


class NotUnderstood(WrongUsage):
    """A question with a word that means nothing here: `word` as typed (cut when long) and `hint`, the mend."""

    def __init__(self, word: str, hint: str) -> None:
        super().__init__(word, hint)
        self.word = word if len(word) <= LONGEST_WORD else f"{word[:LONGEST_WORD]}…"
        self.hint = hint

    def __str__(self) -> str:
        return f'"{self.word}" was not understood; {self.hint}'
