"""Check: compares spend week over week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from bot.analysis.coverage import comparable_days, newest_judgeable_day
from bot.commands.errors import NothingYet, TooEarly
from bot.commands.parts import chosen_parts, unheard_beside
from bot.commands.posting import deliver
from bot.jobs.judge import is_home, judge
from bot.model import Interval
from bot.wiring import build_checker, build_contract, build_open_store, build_teams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from bot.jobs.judge import Judgement
    from bot.model import Evaluation, Names
    from bot.settings import Settings
    from bot.snapshots import Store
    from bot.snapshots.parts import Part

    Now = Callable[[], datetime]

LOOKBACK = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found and what that rests on, and what its ids are called."""

    judgement: Judgement
    names: Names

    @property
    def evaluation(self) -> Evaluation:
        """What was found."""
        return self.judgement.evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What was found in each organisation, and a sentence for each that could not be judged."""

    each: tuple[Checked, ...]
    failed: tuple[str, ...]


def check_only(settings: Settings, *, day: date | None, now: Now, organization: str | None = None) -> Checks:
    """Judges a day, by default the newest that is ready; writes nothing. Raises `NothingYet`, `TooEarly`."""
    contract, teams = build_contract(settings), build_teams(settings)
    with build_open_store(settings)() as store:
        return check_each(
            chosen_parts(store, organization),
            lambda store: judge(store, day=day_to_judge(store, day, now=now), contract=contract, teams=teams),
            unheard=unheard_beside(store, organization),
        )


async def check_and_post(settings: Settings, *, day: date | None, now: Now, organization: str | None = None) -> Checks:
    """Judges a day, keeps what was found and says what is due. Raises `NotSaid` if Slack did not take it."""
    settings.require("SLACK_BOT_TOKEN", "CLAUDECOST_CHANNEL")
    checker = build_checker(settings, now=now)
    with build_open_store(settings)() as store:
        checks = check_each(
            chosen_parts(store, organization),
            lambda store: checker.check(store, day=day_to_judge(store, day, now=now)),
            unheard=unheard_beside(store, organization),
        )
    await deliver(settings, now=now)
    return checks


def check_each(parts: Sequence[Part], check: Callable[[Store], Judgement], *, unheard: Sequence[str]) -> Checks:
    """Checks one organisation after the other. Raises `NothingYet` if none of them can be judged.

    That with which teams are judged is the last one, as what others tell is not told of teams again.
    """
    checked: dict[int, Checked] = {}
    failed: list[NothingYet] = []
    sentences = [f"{name} was not judged: nothing was fetched of it so far" for name in unheard]
    for place, part in sorted(enumerate(parts), key=lambda each: is_home(each[1].store)):
        names = part.store.names.load_names()
        try:
            checked[place] = Checked(judgement=check(part.store), names=names)
        except NothingYet as error:
            failed.append(error)
            sentences.append(f"{names.organization} was not judged: {error}")
    if not checked:
        raise failed[0]
    return Checks(each=tuple(checked[place] for place in sorted(checked)), failed=tuple(sentences))


def day_to_judge(store: Store, asked: date | None, *, now: Now) -> date:
    """The day asked for, or the newest that is ready, if anything can be compared in the week that ends with it.

    Nobody is to read "nothing found" where nothing was looked at. Raises `NothingYet`, `TooEarly`.
    """
    today = now().astimezone(UTC).date()
    day = newest_day(store, today) if asked is None else ready_day(store, asked, today)
    fetched = store.ledger.load_fetched_days(Interval(day - timedelta(days=13), day + timedelta(days=1)))
    if not comparable_days(day, fetched):
        raise NothingYet(
            f"no day of the week up to {day} is known together with the one a week earlier; "
            'run "claudecost sync", and see CLAUDECOST_BACKFILL_DAYS'
        )
    return day


def newest_day(store: Store, today: date) -> date:
    """The newest complete day that is ready to be judged. Raises `NothingYet` without one."""
    day = newest_judgeable_day(store.ledger.load_fetched_days(Interval(today - LOOKBACK, today)), today)
    if day is None:
        raise NothingYet
    return day


def ready_day(store: Store, day: date, today: date) -> date:
    """A day asked for by name. Raises `TooEarly` if its bill is not there or may still grow."""
    if day >= today:
        raise TooEarly(f"{day} is not over yet; leave --day out for the newest day that is ready")
    known = store.ledger.load_fetched_days(Interval(day, day + timedelta(days=1))).get(day)
    if known is None:
        raise NothingYet(f'{day} was never fetched; run "claudecost sync", and see CLAUDECOST_BACKFILL_DAYS')
    if not known.is_settled:
        raise TooEarly(
            f"{day} was last fetched before its bill had settled, at 03:00 UTC of the day after; "
            'run "claudecost sync" after that'
        )
    return day
