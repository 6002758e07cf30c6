"""The one formatter: how money, change, tokens and days are written, in Slack and in the terminal alike.

Everything rounds half up, as people do. `–` stands for nothing known; a true zero is `$0.00`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple

from bot.model import NANOS_PER_USD, Interval, NanoUsd, usd

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING = "–"
"""What stands where a number is unknown; Slack refuses an empty table cell."""

MINUS = "−"

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
CENT = Decimal("0.01")
CENTS = 100
NANOS_PER_CENT = NANOS_PER_USD // CENTS
NEARLY_ALL, WHOLE = 90, 100
TOKEN_UNITS = (("B", 10**9), ("M", 10**6), ("k", 10**3))


def money(amount: NanoUsd | None) -> str:
    """Two decimals under $1,000, none above.

    >>> money(1_773_400_000_000), money(12_340_000_000), money(999_996_000_000), money(0)
    ('$1,773', '$12.34', '$1,000', '$0.00')
    >>> money(-3_500_000_000), money(400_000), money(None)
    ('−$3.50', '<$0.01', '–')
    """
    if amount is None:
        return NOTHING
    return f"{MINUS}{_magnitude(amount)}" if amount < 0 else _magnitude(amount)


def limit_money(amount: NanoUsd) -> str:
    """A limit somebody set or that was derived: whole dollars stay whole.

    >>> limit_money(12_000_000_000), limit_money(12_370_000_000)
    ('$12', '$12.37')
    """
    return money(amount).removesuffix(".00")


def money_each(value: Decimal | None) -> str:
    """Dollars of one of many: below a dollar with three digits that say something, for small changes count.

    >>> [money_each(Decimal(each)) for each in ("1240.4", "12.344", "0.4249", "0.00424", "0")]
    ['$1,240', '$12.34', '$0.425', '$0.00424', '$0.00']
    >>> money_each(Decimal("0.00000001")), money_each(Decimal("-0.031")), money_each(None)
    ('<$0.000001', '−$0.0310', '–')
    """
    if value is None:
        return NOTHING
    size = abs(value)
    if size == 0 or size >= 1:
        return money(usd(value))
    sign = MINUS if value < 0 else ""
    least = Decimal("0.000001")
    if size < least:
        return f"{sign}<${least:f}"
    return f"{sign}${_rounded(size, Decimal(1).scaleb(size.adjusted() - 2)):f}"


def money_change(amount: NanoUsd | None) -> str:
    """Money with its sign, for differences.

    >>> money_change(533_000_000_000), money_change(-12_340_000_000), money_change(0), money_change(None)
    ('+$533.00', '−$12.34', '$0.00', '–')
    """
    return f"+{money(amount)}" if amount is not None and amount > 0 else money(amount)


def money_alike(*amounts: NanoUsd) -> tuple[str, ...]:
    """Amounts of one sentence with the same decimals: none as soon as one of them reaches $1,000.

    >>> money_alike(1_240_000_000_000, 1_773_000_000_000), money_alike(850_000_000_000, 1_773_000_000_000)
    (('$1,240', '$1,773'), ('$850', '$1,773'))
    >>> money_alike(200_000_000, 1_773_000_000_000)
    ('<$1', '$1,773')
    """
    largest = max((abs(amount) for amount in amounts), default=0)
    return tuple(_in_the_style_of(largest, amount) for amount in amounts)


def money_change_alike(amount: NanoUsd, *, beside: Sequence[NanoUsd]) -> str:
    """A difference with the decimals of the amounts it stands beside.

    >>> money_change_alike(533_000_000_000, beside=[1_240_000_000_000, 1_773_000_000_000])
    '+$533'
    """
    text = money_alike(amount, *beside)[0]
    return f"+{text}" if amount > 0 else text


class Figure(NamedTuple):
    """A difference as rounded to be written: an amount in whole steps, of cents or of dollars."""

    amount: NanoUsd
    step: NanoUsd

    @property
    def text(self) -> str:
        """The difference with its sign."""
        sign = "+" if self.amount > 0 else MINUS if self.amount < 0 else ""
        return f"{sign}${_in_steps(abs(self.amount) // self.step, self.step)}"


def adding_up(parts: Sequence[NanoUsd], *, before: NanoUsd, now: NanoUsd) -> list[Figure]:
    """The parts of the difference between two amounts, so that as written they add up to the two as written.

    Decimals are those of `money_alike(before, now)`. Each part is rounded down, and what is left goes to those that
    lost most by it.

    >>> parts = [9_066_000_000, 266_937_000_000]
    >>> [figure.text for figure in adding_up(parts, before=24_003_000_000, now=300_006_000_000)]
    ['+$9.07', '+$266.94']
    """
    step = _step_of(max(abs(before), abs(now)))
    down = [amount // step for amount in parts]
    left = _steps(now, step) - _steps(before, step) - sum(down)
    most_lost = sorted(range(len(parts)), key=lambda place: (down[place] * step - parts[place], place))
    for place in most_lost[: max(left, 0)]:
        down[place] += 1
    return [Figure(steps * step, step) for steps in down]


def change_between(before: NanoUsd, now: NanoUsd) -> str:
    """The difference of two amounts as they are written beside it by `money_alike`.

    >>> change_between(319_894_000_000, 508_146_000_000), money_alike(319_894_000_000, 508_146_000_000)
    ('+$188.26', ('$319.89', '$508.15'))
    """
    (figure,) = adding_up([now - before], before=before, now=now)
    return figure.text


def percent(change: Decimal | None) -> str:
    """A percentage without its sign: no decimals from 10 % on.

    >>> percent(Decimal("43.02")), percent(Decimal("-4.26")), percent(Decimal("9.96")), percent(None)
    ('43 %', '4.3 %', '10 %', '–')
    >>> percent(Decimal("1240")), percent(Decimal("0.04")), percent(Decimal(0))
    ('1,240 %', '<0.1 %', '0 %')
    """
    if change is None:
        return NOTHING
    size = abs(change)
    if size == 0:
        return "0 %"
    if size < Decimal("0.05"):
        return "<0.1 %"
    tenth = _rounded(size, Decimal("0.1"))
    return f"{tenth} %" if tenth < 10 else f"{_rounded(size, Decimal(1)):,} %"  # noqa: PLR2004 - the house rule


def percent_set(setting: Decimal) -> str:
    """A percentage that somebody set, as they did.

    >>> percent_set(Decimal("12.50"))
    '12.5 %'
    """
    return f"{plain_number(setting)} %"


def percent_explained(share: Decimal) -> str:
    """A share of which the last percents matter: what is not all is never rounded up to it.

    >>> [percent_explained(Decimal(share)) for share in ("100.00", "99.99", "99.84", "42.50")]
    ['100 %', '99.9 %', '99.8 %', '42 %']
    """
    places = 1 if NEARLY_ALL <= share < WHOLE else 0
    return f"{share.quantize(Decimal(1).scaleb(-places), rounding=ROUND_FLOOR)} %"


def percent_change(change: Decimal | None) -> str:
    """A percentage with its sign.

    >>> percent_change(Decimal("43.02")), percent_change(Decimal("-4.26")), percent_change(Decimal(0))
    ('+43 %', '−4.3 %', '0 %')
    """
    sign = "" if not change else "+" if change > 0 else MINUS
    return f"{sign}{percent(change)}"


def up_or_down(change: Decimal | None) -> str:
    """A change in words, for headlines.

    >>> up_or_down(Decimal("43.02")), up_or_down(Decimal("-4.26")), up_or_down(Decimal(0)), up_or_down(None)
    ('up 43 %', 'down 4.3 %', 'unchanged', 'no baseline')
    """
    if change is None:
        return "no baseline"
    if change == 0:
        return "unchanged"
    return f"{'up' if change > 0 else 'down'} {percent(change)}"


def tokens(count: int | None) -> str:
    """Token counts at a glance.

    >>> tokens(1_234_567), tokens(23_456), tokens(999), tokens(999_950), tokens(4_600_000_000), tokens(None)
    ('1.2M', '23k', '999', '1M', '4.6B', '–')
    """
    if count is None:
        return NOTHING
    for unit, size in TOKEN_UNITS:
        if count >= size - size // 2000:  # what would round to 1000 of the unit below is 1 of this one
            return f"{_short(Decimal(count) / size)}{unit}"
    return str(count)


def number(count: int) -> str:
    """A count of things, where no noun follows that `counted` could write.

    >>> number(12), number(1234)
    ('12', '1,234')
    """
    return f"{count:,}"


def rate(value: Decimal | float) -> str:
    """How often: no more than two decimals, and none that say nothing.

    >>> rate(2.0), rate(0.25), rate(1234.5), rate(Decimal("3.14159")), rate(0)
    ('2', '0.25', '1,234.5', '3.14', '0')
    """
    return f"{_rounded(Decimal(str(value)), CENT):,}".rstrip("0").rstrip(".") if value else "0"


def how_many_times(ratio: Decimal) -> str:
    """A ratio as it was measured, to one decimal.

    >>> how_many_times(Decimal("3.04")), how_many_times(Decimal("1240"))
    ('3.0', '1,240.0')
    """
    return f"{_rounded(ratio, Decimal('0.1')):,}"


def plain_number(value: Decimal) -> str:
    """A setting or a price as it is, without needless zeros and without an exponent.

    >>> plain_number(Decimal("5.00")), plain_number(Decimal("40")), plain_number(Decimal("0.125"))
    ('5', '40', '0.125')
    """
    written_out = format(value, "f")
    return written_out.rstrip("0").rstrip(".") if "." in written_out else written_out


def plotted(value: float, *, unit: str) -> str:
    """A point of a chart in text: dollars where its axis says so, else a count or a rate.

    >>> plotted(1773.4, unit="USD"), plotted(0.25, unit="messages a week")
    ('$1,773', '0.25')
    """
    return money(usd(str(value))) if unit == "USD" else rate(value)


def counted(count: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "day"), counted(12, "day"), counted(1234, "workspace")
    ('1 day', '12 days', '1,234 workspaces')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(words: Sequence[str]) -> str:
    """Words as people list them.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part) if words else NOTHING


def day_name(day: date) -> str:
    """A day with its weekday.

    >>> day_name(date(2026, 11, 21))
    'Sat 21 Nov'
    """
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def plain_day(day: date) -> str:
    """A day in a sentence that has many.

    >>> plain_day(date(2026, 11, 21))
    '21 Nov'
    """
    return f"{day.day} {MONTHS[day.month - 1]}"


def short_day(day: date) -> str:
    """A day on a chart's axis.

    >>> short_day(date(2026, 11, 21))
    'Nov 21'
    """
    return f"{MONTHS[day.month - 1]} {day.day}"


def month_name(day: date) -> str:
    """The month of a day, where there is room for all of its name.

    >>> month_name(date(2026, 11, 21))
    'November'
    """
    return MONTH_NAMES[day.month - 1]


def weekday(day: date) -> str:
    """A day among seven.

    >>> weekday(date(2026, 11, 21))
    'Sat'
    """
    return WEEKDAYS[day.weekday()]


def day_range(interval: Interval) -> str:
    """The days of an interval, both ends named.

    >>> day_range(Interval(date(2026, 11, 15), date(2026, 11, 22)))
    '15–21 Nov'
    >>> day_range(Interval(date(2026, 11, 29), date(2026, 12, 6)))
    '29 Nov – 5 Dec'
    >>> day_range(Interval(date(2026, 12, 28), date(2027, 1, 4)))
    '28 Dec 2026 – 3 Jan 2027'
    >>> day_range(Interval(date(2026, 11, 21), date(2026, 11, 22)))
    'Sat 21 Nov'
    """
    first, last = interval.since, interval.until - timedelta(days=1)
    if len(interval) <= 1:
        return day_name(first)
    if first.year != last.year:
        return f"{plain_day(first)} {first.year} – {plain_day(last)} {last.year}"
    if first.month != last.month:
        return f"{plain_day(first)} – {plain_day(last)}"
    return f"{first.day}–{plain_day(last)}"


def dated_range(interval: Interval) -> str:
    """The days of an interval and their year.

    >>> dated_range(Interval(date(2026, 11, 15), date(2026, 11, 22)))
    '15–21 Nov 2026'
    >>> dated_range(Interval(date(2026, 12, 28), date(2027, 1, 4)))
    '28 Dec 2026 – 3 Jan 2027'
    """
    named, year = day_range(interval), str(interval.since.year)
    return named if year in named else f"{named} {year}"


def lasting(duration: timedelta) -> str:
    """How long something takes, in hours and minutes.

    >>> lasting(timedelta(hours=3, minutes=2, seconds=31)), lasting(timedelta(minutes=59)), lasting(timedelta(days=2))
    ('3 h 2 min', '59 min', '48 h')
    """
    hours, minutes = divmod(int(duration.total_seconds()) // 60, 60)
    parts = [f"{hours:,} h" if hours else "", f"{minutes} min" if minutes or not hours else ""]
    return " ".join(filter(None, parts))


def time_of_day(at: datetime) -> str:
    """About when in its UTC day an instant is, to a quarter of an hour.

    >>> from datetime import UTC
    >>> time_of_day(datetime(2026, 11, 22, 13, 57, tzinfo=UTC)), time_of_day(datetime(2026, 11, 22, 23, 58, tzinfo=UTC))
    ('14:00', '24:00')
    """
    hour, quarter = divmod(round((at.hour * 60 + at.minute) / 15), 4)
    return f"{hour:02d}:{quarter * 15:02d}"


def moment(at: datetime) -> str:
    """An instant for the terminal and the screen reader, in UTC.

    >>> from datetime import UTC
    >>> moment(datetime(2026, 11, 22, 3, 5, tzinfo=UTC))
    '22 Nov 03:05 UTC'
    """
    offset = at.utcoffset() or timedelta()
    utc = at.replace(tzinfo=None) - offset
    return f"{plain_day(utc.date())} {utc:%H:%M} UTC"


def _magnitude(amount: NanoUsd) -> str:
    return _in_the_style_of(abs(amount), abs(amount))


def _in_the_style_of(largest: NanoUsd, amount: NanoUsd) -> str:
    step = _step_of(largest)
    steps = _steps(abs(amount), step)
    sign = MINUS if amount < 0 else ""
    if amount and not steps:
        return f"{sign}<${_in_steps(1, step)}"
    return f"{sign}${_in_steps(steps, step)}"


def _step_of(largest: NanoUsd) -> NanoUsd:
    """What an amount is rounded to beside the largest of its sentence: cents, whole dollars from $1,000 on."""
    return NANOS_PER_USD if _steps(largest, NANOS_PER_CENT) >= 1000 * CENTS else NANOS_PER_CENT


def _steps(amount: NanoUsd, step: NanoUsd) -> int:
    """How many cents or dollars an amount comes to, rounded half up."""
    steps = (abs(amount) + step // 2) // step
    return -steps if amount < 0 else steps


def _in_steps(steps: int, step: NanoUsd) -> str:
    return f"{steps:,}" if step == NANOS_PER_USD else f"{steps // CENTS:,}.{steps % CENTS:02}"


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, rounding=ROUND_HALF_UP)


def _short(value: Decimal) -> str:
    tenth = _rounded(value, Decimal("0.1"))
    if tenth >= 10 or tenth == int(tenth):  # noqa: PLR2004 - the house rule, as for percent
        return f"{_rounded(value, Decimal(1)):,}"
    return str(tenth)
