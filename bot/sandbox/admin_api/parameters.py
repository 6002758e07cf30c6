"""Query strings, read as strictly as the reference describes them: whatever it does not name is a 400."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.sandbox.admin_api.answers import bad_request

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Width:
    """A bucket's width, and how many buckets a page holds."""

    length: timedelta
    default_limit: int
    max_limit: int


DAY = Width(timedelta(days=1), 7, 31)
HOUR = Width(timedelta(hours=1), 24, 168)
MINUTE = Width(timedelta(minutes=1), 60, 1440)

MAX_GROUPINGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRules:
    """What a report accepts. `filters` maps a parameter to the dimension it restricts."""

    widths: Mapping[str, Width]
    groupings: frozenset[str]
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def parameters(self) -> frozenset[str]:
        """Every parameter's name."""
        single = {"starting_at", "ending_at", "bucket_width", "limit", "page", "group_by[]"}
        return frozenset(single | set(self.filters))


COST_RULES = ReportRules(widths={"1d": DAY}, groupings=frozenset({"workspace_id", "description"}))

USAGE_RULES = ReportRules(
    widths={"1d": DAY, "1h": HOUR, "1m": MINUTE},
    groupings=frozenset(
        {
            "account_id",
            "api_key_id",
            "context_window",
            "inference_geo",
            "model",
            "service_account_id",
            "service_tier",
            "speed",
            "workspace_id",
        }
    ),
    filters={
        "account_ids[]": "account_id",
        "api_key_ids[]": "api_key_id",
        "context_window[]": "context_window",
        "inference_geos[]": "inference_geo",
        "models[]": "model",
        "service_account_ids[]": "service_account_id",
        "service_tiers[]": "service_tier",
        "speeds[]": "speed",
        "workspace_ids[]": "workspace_id",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """A report's parameters, checked. `until` None means up to now."""

    since: datetime
    until: datetime | None
    width: Width
    limit: int
    page: str | None
    grouping: frozenset[str]
    filters: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """A list's parameters, checked."""

    after_id: str | None
    before_id: str | None
    limit: int
    options: Mapping[str, str]


def read_report(pairs: Sequence[tuple[str, str]], rules: ReportRules) -> ReportRequest:
    """A report's parameters, or the 400 they deserve."""
    values = gather(pairs, allowed=rules.parameters)
    width = read_width(single(values, "bucket_width") or "1d", rules)
    since, until = read_range(values, width)
    return ReportRequest(
        since=since,
        until=until,
        width=width,
        limit=read_limit(single(values, "limit"), default=width.default_limit, most=width.max_limit),
        page=single(values, "page"),
        grouping=read_grouping(values.get("group_by[]", []), rules),
        filters={rules.filters[name]: frozenset(values[name]) for name in rules.filters if name in values},
    )


def read_list(pairs: Sequence[tuple[str, str]], *, options: Collection[str]) -> ListRequest:
    """A list's parameters, or the 400 they deserve."""
    values = gather(pairs, allowed={"after_id", "before_id", "limit", *options})
    after_id, before_id = single(values, "after_id"), single(values, "before_id")
    if after_id is not None and before_id is not None:
        raise bad_request("after_id and before_id cannot be given together")
    return ListRequest(
        after_id=after_id,
        before_id=before_id,
        limit=read_limit(single(values, "limit"), default=20, most=1000),
        options={name: value for name in options if (value := single(values, name)) is not None},
    )


def gather(pairs: Iterable[tuple[str, str]], *, allowed: Collection[str]) -> dict[str, list[str]]:
    """Values by parameter; an unknown parameter is refused."""
    values: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        if name not in allowed:
            raise bad_request(f"{name}: Extra inputs are not permitted")
        values[name].append(value)
    return dict(values)


def single(values: Mapping[str, list[str]], name: str) -> str | None:
    """The value of a parameter that may come once."""
    found = values.get(name, [])
    if len(found) > 1:
        raise bad_request(f"{name}: Given more than once")
    return found[0] if found else None


def read_width(text: str, rules: ReportRules) -> Width:
    """The bucket width, of those this report has."""
    if text not in rules.widths:
        raise bad_request(f"bucket_width: Input should be {' or '.join(map(repr, rules.widths))}")
    return rules.widths[text]


def read_range(values: Mapping[str, list[str]], width: Width) -> tuple[datetime, datetime | None]:
    """Start and end, the start snapped to its bucket."""
    start, end = single(values, "starting_at"), single(values, "ending_at")
    if start is None:
        raise bad_request("starting_at: Field required")
    since = read_time("starting_at", start)
    until = None if end is None else read_time("ending_at", end)
    if until is not None and until <= since:
        raise bad_request("ending_at: Must be after starting_at")
    return snapped(since, width), until


def read_time(name: str, text: str) -> datetime:
    """An RFC 3339 instant; one without a zone is refused."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request(f"{name}: Input should be a valid RFC 3339 datetime") from None
    if moment.tzinfo is None:
        raise bad_request(f"{name}: Input should have timezone info")
    return moment.astimezone(UTC)


def snapped(moment: datetime, width: Width) -> datetime:
    """The start of the bucket an instant lies in."""
    return moment - (moment - datetime.min.replace(tzinfo=UTC)) % width.length


def read_limit(text: str | None, *, default: int, most: int) -> int:
    """How many a page may hold."""
    if text is None:
        return default
    if not text.isascii() or not text.isdigit():
        raise bad_request("limit: Input should be a valid integer")
    if not 1 <= int(text) <= most:
        raise bad_request(f"limit: Input should be between 1 and {most}")
    return int(text)


def read_grouping(names: Sequence[str], rules: ReportRules) -> frozenset[str]:
    """What to group by: known names, each once, at most five."""
    for name in names:
        if name not in rules.groupings:
            raise bad_request(f"group_by: Input should be one of {', '.join(sorted(rules.groupings))}")
    if len(names) > MAX_GROUPINGS:
        raise bad_request(f"group_by: At most {MAX_GROUPINGS} dimensions are allowed")
    if names and Counter(names).most_common(1)[0][1] > 1:
        raise bad_request("group_by: Dimensions must be unique")
    return frozenset(names)


def read_flag(options: Mapping[str, str], name: str) -> bool:
    """An optional boolean, false unless said."""
    text = options.get(name, "false")
    if text not in {"true", "false"}:
        raise bad_request(f"{name}: Input should be a valid boolean")
    return text == "true"
