"""The question whose a key is, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slackblocks import ActionsBlock, Button, InputBlock, Option, OptionGroup, StaticSelectMenu

from bot.messages.layout import (
    HEADLINE_NAME_LENGTH,
    build_message,
    build_modal,
    clip,
    code,
    headline,
    label,
    option,
    paragraph,
    person,
    small_print,
)
from bot.messages.numbers import money, plain_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slackblocks import Block, Element

    from bot.analysis.ownership.newcomers import Newcomer
    from bot.model import Claim, Message

WHOSE = "whose_key"
"""What the listener knows the menu by."""

CHOOSE, WHOSE_VIEW = "choose_team", "whose_key"
"""The button that opens it in a window, and that window."""

ROOM, PER_OPTION = 6_000, 80
"""Characters of a message that may go to the menu, and what an option takes beside its name, twice."""

MOST_OPTIONS = 100
LONGEST_OPTION = 75
ONLY_ADMINS = "Only admins can say whose a key is: they are named under [access] in claudecost.toml."
NO_SUCH_TEAM = "That team is gone; choose another one."


def is_owned_by(key: str, sources: Sequence[str]) -> str:
    """What somebody is told who says whose a key is that has an owner by now."""
    return f"{label(key)} has an owner by now: {' and '.join(sources)}."


def whose_question(asked: Newcomer, teams: Sequence[str]) -> Message:
    """Asks whose a key is, with a menu of teams."""
    subject = f"Whose is {label(asked.key, HEADLINE_NAME_LENGTH)}?"
    spent = f"{money(asked.spend)} in the last 7 days, {money(asked.previous)} in the 7 before"
    return build_message(
        f"{subject} It spent {spent}, and is nobody's",
        headline(subject),
        paragraph("why", f"{code(asked.key)} in {code(asked.workspace)} spent {spent}. No team owns it."),
        picker(asked, teams),
        small_print(
            f"An admin's answer counts from {plain_day(asked.since)} on",
            "a rule about the key in claudecost.toml comes first",
        ),
    )


def picker(asked: Newcomer, teams: Sequence[str]) -> Block:
    """A menu of teams; a button that opens one in a window, where a message has no room for them all."""
    place = reference(asked.workspace_id, asked.key_id)
    element: Element = Button("Choose its team…", action_id=CHOOSE, value=place)
    if len(teams) <= MOST_OPTIONS and sum(2 * len(name) + PER_OPTION for name in teams) <= ROOM:
        element = menu(teams)
    return ActionsBlock([element], block_id=place)


def menu(teams: Sequence[str]) -> StaticSelectMenu:
    """Teams to choose from; more than a hundred in groups of as many."""
    options = [option(clip(name, LONGEST_OPTION), name) for name in teams]
    if len(options) <= MOST_OPTIONS:
        return StaticSelectMenu(action_id=WHOSE, placeholder="Choose its team", options=options)
    groups = [OptionGroup(group_name(group), group) for group in in_groups(options)]
    return StaticSelectMenu(action_id=WHOSE, placeholder="Choose its team", option_groups=groups[:MOST_OPTIONS])


def whose_view(key: str, teams: Sequence[str], *, carries: str) -> dict[str, Any]:
    """The window with the menu."""
    return build_modal(
        "Whose is this key?",
        InputBlock(label=clip(key, LONGEST_OPTION), element=menu(teams), block_id=WHOSE),
        callback_id=WHOSE_VIEW,
        submit="Keep",
        carries=carries,
    )


def in_groups(options: Sequence[Option]) -> list[list[Option]]:
    """As many as a menu takes, together."""
    return [list(options[first : first + MOST_OPTIONS]) for first in range(0, len(options), MOST_OPTIONS)]


def group_name(group: Sequence[Option]) -> str:
    """From which team to which.

    >>> group_name([option("ads", "ads"), option("web", "web")])
    'ads – web'
    """
    return clip(f"{group[0].text.text} – {group[-1].text.text}", LONGEST_OPTION)


def reference(workspace_id: str, key_id: str) -> str:
    """A key in a workspace, as a block's id."""
    return f"{workspace_id} {key_id}"


def whose_answer(claim: Claim, *, key: str, workspace: str) -> Message:
    """The same message once somebody has said it."""
    subject = f"{label(key, HEADLINE_NAME_LENGTH)} is {label(claim.team, HEADLINE_NAME_LENGTH)}'s"
    said = f"{code(key)} in {code(workspace)} is {code(claim.team)}'s since {plain_day(claim.since)}."
    return build_message(
        subject,
        headline(subject),
        paragraph("why", said),
        small_print(
            f"{person(claim.given_by)} said so on {plain_day(claim.given_at.date())}",
            "a rule about the key in claudecost.toml comes first",
        ),
    )
