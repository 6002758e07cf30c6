"""Why, asked: which workspace is meant by what somebody typed, and of which period.

A workspace is named by its id, its name or a part of it, in any case; a team by `team:` and its name. A name of several
words may be quoted; without quotes the period begins where the rest of the words says one.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.question import LONGEST_WORD, NotUnderstood, Question, is_period, parse_question
from bot.model import WrongUsage, team_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from bot.model import Workspace

NEARBY = 3
ONE_FORM = str.maketrans(dict.fromkeys("“”„", '"'))
WORD = re.compile(r'"([^"]*)"|(\S+)')
EXAMPLE = 'for example "why checkout 30d"'


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyQuestion:
    """A workspace as it was typed, the days asked about and those they are compared with; `today` is when."""

    workspace: str
    question: Question
    today: date


class UnknownWorkspace(WrongUsage):
    """A workspace that cannot be told from what was typed; the line says what there is instead."""

    def __init__(self, word: str, hint: str) -> None:
        shown = one_line(word)
        super().__init__(f'"{shown if len(shown) <= LONGEST_WORD else f"{shown[:LONGEST_WORD]}…"}" {hint}')


def split_words(text: str) -> list[str]:
    """What somebody typed in Slack, which escapes three characters, as words; what is in quotes is one.

    >>> split_words('“Data science” last month'), split_words("R&amp;D")
    (['Data science', 'last', 'month'], ['R&D'])
    """
    typed = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return [quoted or plain for quoted, plain in WORD.findall(typed.translate(ONE_FORM))]


def parse_why(words: Sequence[str], *, today: date) -> WhyQuestion:
    """The shortest name after which the rest is a period; without one, the last 7 days.

    >>> from datetime import date
    >>> asked = parse_why(["Data", "science", "last", "month"], today=date(2026, 11, 22))
    >>> asked.workspace, asked.question.period.name
    ('Data science', 'last month')

    Raises:
        NotUnderstood: without a workspace, with a grouping, or with a period that cannot be.
    """
    if not words:
        raise NotUnderstood("why", f"name a workspace, and a period if you like, {EXAMPLE}")
    if "by" in (word.lower() for word in words[1:]):
        raise NotUnderstood(" ".join(words), f"why takes a workspace and a period alone, {EXAMPLE}")
    for end in range(1, len(words)):
        name, rest = " ".join(words[:end]), " ".join(words[end:])
        try:
            question = parse_question(rest, today=today)
        except NotUnderstood:
            if is_period(rest):
                raise
            continue
        if question == Question(period=question.period, organization=question.organization):
            return WhyQuestion(workspace=name, question=question, today=today)
    return WhyQuestion(workspace=" ".join(words), question=parse_question("", today=today), today=today)


def find_workspace(word: str, known: Sequence[Workspace]) -> Workspace:
    """The one workspace that is meant: its id before its name, its whole name before a part of it.

    Where several match, the only one that is not archived is meant. `known` comes in the order of what is likeliest.

    Raises:
        UnknownWorkspace: where none matches, or several do.
    """
    folded = word.casefold().replace('"', "").strip()
    levels: tuple[Callable[[Workspace], bool], ...] = (
        lambda one: one.id.casefold() == folded,
        lambda one: one.name.casefold() == folded,
        lambda one: folded in one.name.casefold() or folded in one.id.casefold(),
    )
    for matches in levels:
        found = [one for one in known if matches(one)]
        in_use = [one for one in found if not one.archived]
        if len(found) == 1 or len(in_use) == 1:
            return (in_use or found)[0]
        if found:
            raise UnknownWorkspace(word, f"could be {told(in_use or found)}; write more of its name, or its id")
    noun = "workspace" if team_of(folded) is None else "team"
    raise UnknownWorkspace(word, f"is no {noun} here; there is {told(nearest(folded, known))}")


def nearest(word: str, known: Sequence[Workspace]) -> list[Workspace]:
    """The workspaces with the likest names, else the likeliest ones."""
    by_name = {one.name.casefold(): one for one in reversed(known) if not one.archived}
    return [by_name[name] for name in difflib.get_close_matches(word, by_name, n=NEARBY)] or list(known)


def told(workspaces: Sequence[Workspace]) -> str:
    """Workspaces in a sentence, the first few of them; with their ids where names do not tell them apart."""
    if not workspaces:
        return "none yet"
    names = [one_line(one.name) for one in workspaces]
    shown = [
        f"{name} ({one.id})" if names.count(name) > 1 else name
        for one, name in zip(workspaces[:NEARBY], names, strict=False)
    ]
    more = len(workspaces) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " or ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)


def one_line(name: str) -> str:
    """A name that cannot leave its line."""
    return "".join(character if character.isprintable() else " " for character in name)
