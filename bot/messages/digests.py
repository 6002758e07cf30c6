"""Which digests there are, and what somebody is told who wants one in a channel, or none any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.layout import build_message, code, escape, first_lines, instant, paragraph, person
from bot.messages.numbers import listed, number
from bot.model import Message

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from bot.analysis.digest_plan import Plan

WORDS = 3
PLANS = 5

ASK_IN_CHANNEL = Message("Type that in the channel that is to get the digest.")
NO_SUBSCRIPTION = Message("Nobody asked for such a digest here. `/claudecost status` lists those there are.")


def plan_in_words(plan: Plan) -> str:
    """How often, and of what."""
    of = f" of {some_names(plan.workspaces)}" if plan.workspaces else ""
    return f"{plan.every}ly digest{of}"


def some_names(words: Sequence[str]) -> str:
    """The first of some words for workspaces, as mrkdwn, and how many more there are."""
    more = [f"{number(len(words) - WORDS)} more"] if len(words) > WORDS else []
    return listed([*(code(word) for word in words[:WORDS]), *more])


def subscribed(plan: Plan, *, now: datetime) -> Message:
    """It comes from now on."""
    when = instant(plan.schedule.next_at(now))
    return Message(
        f"✅ This channel gets the {plan_in_words(plan)}, first {when}. `/claudecost digest unsubscribe` ends that."
    )


def subscribed_before(plan: Plan, *, now: datetime) -> Message:
    """It comes already."""
    return Message(f"This channel gets the {plan_in_words(plan)} already, next {instant(plan.schedule.next_at(now))}.")


def unsubscribed(plans: Sequence[Plan]) -> Message:
    """It comes no more."""
    return Message(f"✅ This channel gets no more {listed([plan_in_words(plan) for plan in plans])}.")


def configured_here(plan: Plan) -> Message:
    """It cannot be ended from Slack."""
    where = "`CLAUDECOST_DIGEST`" if plan.is_main else "`[[digests]]` of `claudecost.toml`"
    return Message(f"The {plan_in_words(plan)} of this channel comes from {where}, and ends there.")


def not_in_channel(reason: str) -> Message:
    """The bot could not say it there; the line of Slack's says what to do."""
    sentence = f"⚠️ I cannot post in this channel: {escape(reason)}"
    return build_message(sentence, paragraph("sorry", f"{sentence}. `/invite` me, then type that again."))


def only_admins(admins: Collection[str]) -> Message:
    """Whom to ask instead."""
    named = [f"<!subteam^{id_}>" if id_.startswith("S") else person(id_) for id_ in sorted(admins)[:WORDS]]
    whom = (
        f" Ask {' or '.join(named)}."
        if named
        else " `admins` in `[access]` of `claudecost.toml` are named nowhere yet."
    )
    sentence = f"Only admins decide what a channel is told.{whom}"
    return build_message("Only admins decide what a channel is told.", paragraph("sorry", sentence))


def plan_lines(plans: Sequence[Plan], *, now: datetime) -> list[str]:
    """A line for each digest, the next one first."""
    ordered = sorted(plans, key=lambda plan: (plan.schedule.next_at(now), plan.series))
    return first_lines([plan_line(plan, now=now) for plan in ordered], limit=PLANS, noun="digest")


def plan_line(plan: Plan, *, now: datetime) -> str:
    """Where, how often, of what, when next, and whose wish it is."""
    by = "" if plan.subscribed is None else f", asked for by {person(plan.subscribed.user)}"
    return f"<#{plan.channel}> {plan_in_words(plan)}, next {instant(plan.schedule.next_at(now))}{by}"
