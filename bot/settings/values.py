"""How values are written: times, zones, amounts, addresses and keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, SecretStr

from bot.model import CHANNEL_ID, USER_ID

FULL_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORTEST_WEEKDAY = 3
WEEKDAYS = tuple(weekday[:SHORTEST_WEEKDAY] for weekday in FULL_WEEKDAYS)
GROUP_ID = re.compile(r"S[A-Z0-9]{2,30}")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
LONGEST_VARIABLE, LONGEST_WORD = 60, 20


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """A weekday (0 = Monday) and a local time of day."""

    weekday: int
    at: time

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.at:%H:%M}"


USUAL_DIGEST = WeeklyTime(0, time(9))


def weekday_number(name: str) -> int:
    """A weekday (0 = Monday) by its name or the beginning of it; ValueError for what is none.

    >>> weekday_number("mon"), weekday_number("sunday"), weekday_number("thurs")
    (0, 6, 3)
    """
    (number,) = [
        index
        for index, weekday in enumerate(FULL_WEEKDAYS)
        if len(name) >= SHORTEST_WEEKDAY and weekday.startswith(name)
    ]
    return number


def parse_weekly_time(value: object) -> object:
    """`mon 09:00` as a `WeeklyTime`; `off` as None."""
    if isinstance(value, WeeklyTime):
        return value
    if not isinstance(value, str):
        raise ValueError('is not a weekday and a time; write it in quotes like "mon 09:00", or "off"')  # noqa: TRY004 -- pydantic
    weekday, _, clock = value.strip().lower().partition(" ")
    if weekday == "off" and not clock:
        return None
    try:
        return WeeklyTime(weekday_number(weekday), time.fromisoformat(clock.strip().zfill(5)))
    except ValueError:
        raise ValueError(f'"{value}" is not a weekday and a time; write it like "mon 09:00", or "off"') from None


def parse_clock(value: object) -> object:
    """`09:00` as a time of day."""
    if value is None or isinstance(value, time):
        return value
    try:
        return time.fromisoformat(str(value).strip().zfill(5))
    except ValueError:
        raise ValueError(f'"{value}" is not a time of day; write it like "09:00"') from None


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of the local day."""

    since: time
    until: time


def parse_hours(value: object) -> object:
    """`22:00-07:00` as `Hours`."""
    if isinstance(value, Hours):
        return value
    since, _, until = str(value).replace("–", "-").partition("-")
    try:
        hours = Hours(*(time.fromisoformat(clock.strip().zfill(5)) for clock in (since, until)))
    except ValueError:
        raise ValueError(f'"{value}" is not a span of the day; write it like "22:00-07:00"') from None
    if hours.since == hours.until:
        raise ValueError(f'"{value}" begins when it ends; leave it out to hold nothing back')
    return hours


def parse_timezone(value: object) -> object:
    """An IANA name as a `ZoneInfo`."""
    if isinstance(value, ZoneInfo):
        return value
    if not isinstance(value, str):
        raise ValueError('is not a time zone; use an IANA name in quotes such as "Europe/Berlin"')  # noqa: TRY004 -- pydantic
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'"{value}" is not a time zone; use an IANA name such as "Europe/Berlin"') from None


def parse_floor(value: object) -> object:
    """`auto` as None, anything else as dollars."""
    if value is None or (isinstance(value, str) and value.strip().lower() == "auto"):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ValueError(f'"{value}" is neither "auto" nor an amount in dollars such as 12.50')
    return amount


def parse_channel(value: str) -> str:
    """A channel's id: Slack's calls take ids, for names change."""
    if not CHANNEL_ID.fullmatch(value):
        raise ValueError(f'"{value}" is not a channel id; copy the id (C…) from the bottom of the channel\'s details')
    return value


def parse_group(value: str) -> str:
    """A user group's id; a handle like @oncall calls nobody."""
    if not GROUP_ID.fullmatch(value):
        raise ValueError(f'"{value}" is not a user group id; copy the id (S…) from the menu of the group in Slack')
    return value


def parse_user(value: str) -> str:
    """A member's id; names change."""
    if not USER_ID.fullmatch(value):
        raise ValueError(f'"{value}" is not a member id; copy the id (U…) from the menu of the profile in Slack')
    return value


def parse_admin(value: str) -> str:
    """A member's id or a user group's."""
    return parse_group(value) if value.startswith("S") else parse_user(value)


def parse_list(value: object) -> object:
    """A word alone as a list of it."""
    return [value] if isinstance(value, str) else value


def parse_url(value: str) -> str:
    """A URL with a scheme, without a slash at its end."""
    if not re.fullmatch(r"https?://[^/\s]+\S*", value):
        raise ValueError("is not a URL; it starts with https:// (or http:// on a private network)")
    return value.rstrip("/")


def parse_path(value: str) -> str:
    """An absolute path without a slash at its end."""
    if not value.startswith("/"):
        raise ValueError(f'"{value}" is not a path; it starts with a slash, like /v1/organizations')
    return value.rstrip("/")


def parse_name(value: str) -> str:
    """What people call an organisation, and can type after `org:`."""
    if not value.strip() or '"' in value:
        raise ValueError('is not a name; give one without quotes in it, such as "Acme Europe"')
    return value.strip()


def parse_variable(value: object) -> object:
    """The name of an environment variable. What may be a key itself is refused, and shown nowhere."""
    if isinstance(value, str) and VARIABLE.fullmatch(value) and len(value) <= longest_variable(value):
        return value
    raise ValueError(
        "is not the name of an environment variable (capitals, digits and _), and a key itself never stands here; "
        'put the key into the environment or .env, for example as EU_ADMIN_KEY, and write key = "EU_ADMIN_KEY"'
    )


def longest_variable(name: str) -> int:
    """How long a name may be: one long word is more likely a key."""
    return LONGEST_VARIABLE if "_" in name else LONGEST_WORD


Variable: TypeAlias = Annotated[str, BeforeValidator(parse_variable)]


def checked_key(value: SecretStr | None) -> SecretStr | None:
    """An Admin key, or at least none of those that cannot be one."""
    if value is not None and value.get_secret_value().startswith("sk-ant-api"):
        raise ValueError(
            "is a key for sending messages (sk-ant-api…), which cannot read costs; "
            "an organisation admin creates an Admin key (sk-ant-admin01-…) in the Claude Console under Admin keys"
        )
    return one_word(value)


def one_word(value: SecretStr | None) -> SecretStr | None:
    """A secret without blanks or line breaks, which come along when it is copied."""
    if value is not None and not re.fullmatch(r"[\x21-\x7e]+", value.get_secret_value()):
        raise ValueError("has blanks or characters in it that no key has; copy it again")
    return value


def prefixed(value: SecretStr | None, prefix: str, where: str) -> SecretStr | None:
    """A token that starts as its kind does."""
    if value is not None and not value.get_secret_value().startswith(prefix):
        raise ValueError(f"does not start with {prefix}; copy {where}")
    return one_word(value)
