"""PURE: a page of hourly usage → lines by hour."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.admin_api.parse import end_of_bucket, start_of_bucket
from bot.admin_api.parse_json import NotAsDocumented, envelope, required_list

if TYPE_CHECKING:
    from datetime import date

    from bot.admin_api.parse import UsageParser
    from bot.model import UsageLine

HOUR = timedelta(hours=1)


def hours_page(body: bytes, day: date, parser: UsageParser) -> tuple[dict[int, list[UsageLine]], str | None]:
    """The lines of a page by the hour of `day`, and the token of the next page; no bucket of another width."""
    data, next_page = envelope(body, token="next_page")  # noqa: S106 -- the name of a field, no secret
    hours: dict[int, list[UsageLine]] = {}
    try:
        for bucket in data:
            hour = hour_of(bucket, day)
            if hour in hours:
                raise NotAsDocumented(f"the bucket of {day} {hour:02d}:00 is there twice")
            hours[hour] = parser.lines(day, required_list(bucket, "results"))
    except KeyError as missing:
        raise NotAsDocumented(f"a row lacks {missing}") from None
    except TypeError:
        raise NotAsDocumented("a row, or a field of it, is of the wrong type") from None
    return hours, next_page


def hour_of(bucket: object, day: date) -> int:
    """Which hour of a day a bucket is."""
    started_at, ended_at = start_of_bucket(bucket), end_of_bucket(bucket)
    if started_at.date() != day or started_at.minute or ended_at - started_at != HOUR:
        raise NotAsDocumented(f"a bucket from {started_at:%Y-%m-%d %H:%M} to {ended_at:%H:%M} is no hour of {day}")
    return started_at.hour
