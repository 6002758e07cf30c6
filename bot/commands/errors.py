"""What keeps a subcommand from answering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.model import OutsideFailed, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.jobs.deliver import Unsent


class NothingYet(WrongUsage):
    """There is no data to answer from."""

    def __init__(self, sentence: str = 'there is no data for that yet; run "claudecost sync" first') -> None:
        super().__init__(sentence)


class TooEarly(NothingYet):
    """What was asked about is not over, or was last fetched before its bill had settled."""


class NothingThen(WrongUsage):
    """There was no data yet at the instant asked about."""

    def __init__(self, as_of: datetime) -> None:
        super().__init__(f"none of these days was known whole by {as_of:%Y-%m-%d %H:%M} UTC; ask for a later day")


class NothingCalled(WrongUsage):
    """No workspace is called as what was asked about."""

    def __init__(self, workspaces: Sequence[str]) -> None:
        super().__init__(f"no workspace is called {' or '.join(workspaces)}; give ids, names or patterns of them")


class NoSuchDigest(WrongUsage):
    """The channel gets no digest, or none of that kind."""

    def __init__(self, channel: str, every: str | None) -> None:
        kind = f"{every}ly " if every else ""
        super().__init__(f"{channel} gets no {kind}digest; [[digests]] in claudecost.toml gives it one")


class NotSaid(OutsideFailed):
    """Something is queued for Slack but did not get there."""

    def __init__(self, unsent: Sequence[Unsent]) -> None:
        super().__init__("\n".join(f"{each.key} was not posted and stays queued: {each.error}" for each in unsent))


NEVER_FETCHED = 'none of the days asked for was ever fetched; run "claudecost sync", and see CLAUDECOST_BACKFILL_DAYS'
