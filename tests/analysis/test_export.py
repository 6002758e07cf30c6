"""The bill as rows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from bot.analysis.export import (
    BILLED_DIMENSIONS,
    DEFAULT_DIMENSIONS,
    DIMENSIONS,
    Dimension,
    ExportRow,
    export_columns,
    export_rows,
)
from bot.analysis.ownership import History, Ownership, Rule, Team
from bot.model import NO_KEY, NO_MODEL, CostLine, Tokens, UsageLine, usd
from tests.builders import (
    CHECKOUT,
    CI_KEY,
    HAIKU,
    OPUS,
    SEARCH,
    TODAY,
    YESTERDAY,
    cost_line,
    last_days,
    names,
    other_cost_line,
    tokens,
    usage_line,
)
from tests.laws import lists_of, one_of_each, with_amounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


SHARED = (
    Team(
        name="ads",
        cost_center="CC-1",
        owns=(
            Rule(team="ads", key="ci", share=Decimal(40)),
            Rule(team="ads", workspace=SEARCH, until=TODAY, service="rank"),
        ),
    ),
    Team(name="web", owns=(Rule(team="web", key="ci", share=Decimal(60)),)),
)
"""Two teams share a key, and one gave its workspace away today."""


def history(*, as_of: date | None = None) -> History:
    return History(Ownership(teams=SHARED), names(), last_days(2, until=TODAY + timedelta(days=1)), as_of=as_of)


def rows(
    *lines: CostLine | UsageLine, by: Sequence[Dimension] = DEFAULT_DIMENSIONS, owned: History | None = None
) -> list[ExportRow]:
    """Everything the lines say, exported."""
    cost = [line for line in lines if isinstance(line, CostLine)]
    usage = [line for line in lines if isinstance(line, UsageLine)]
    return list(export_rows(cost, usage, names=names(), by=by, history=owned))


def test_lines_of_a_day_workspace_and_model_are_one_row() -> None:
    exported = rows(
        cost_line("1.5", token_type="output_tokens"),
        cost_line("0.25", token_type="cache_read_input_tokens"),
        usage_line(tokens(output=10, cache_write_5m=1), api_key_id="a"),
        usage_line(tokens(output=5, cache_write_1h=2), api_key_id="b", service_tier="batch"),
    )
    assert exported == [ExportRow(("2026-11-21", CHECKOUT, "checkout", OPUS), Tokens(0, 15, 0, 1, 2), usd("1.75"))]


def test_a_row_is_written_as_the_columns_name_it() -> None:
    (row,) = rows(cost_line("0.000000001"), usage_line(Tokens(1, 2, 3, 4, 5)))
    assert dict(zip(export_columns(estimated_days=[TODAY]), row.fields(), strict=True)) == {
        "date": "2026-11-21",
        "workspace_id": CHECKOUT,
        "workspace": "checkout",
        "model": OPUS,
        "input": 1,
        "output": 2,
        "cache_write": 9,
        "cache_read": 3,
        "usd": "0.000000001",
        "estimated": False,
    }


def test_a_row_of_a_day_that_the_bill_does_not_cover_is_marked() -> None:
    cost, usage = [cost_line(1, day=YESTERDAY), cost_line(2, day=TODAY)], [usage_line(day=TODAY, model=HAIKU)]
    exported = list(export_rows(cost, usage, names=names(), estimated_days={TODAY}))

    assert [(row.about[0], row.about[-1], row.amount, row.fields()[-1]) for row in exported] == [
        (str(YESTERDAY), OPUS, usd(1), False),
        (str(TODAY), HAIKU, None, True),
        (str(TODAY), OPUS, usd(2), True),
    ]


def test_tokens_paid_by_contract_cost_nothing_on_an_estimated_day_too() -> None:
    usage = [usage_line(service_tier="priority"), usage_line(service_tier="batch")]
    exported = export_rows([], usage, names=names(), by=["tier"], estimated_days={YESTERDAY})

    assert [(row.about, row.amount, row.estimated) for row in exported] == [
        (("batch",), None, True),
        (("priority",), 0, True),
    ]


def test_without_the_day_a_row_is_marked_if_any_of_it_is_estimated() -> None:
    cost = [cost_line(1, day=YESTERDAY), cost_line(2, day=YESTERDAY, model=HAIKU), cost_line(3, day=TODAY)]
    exported = export_rows(cost, [], names=names(), by=["model"], estimated_days={TODAY})

    assert [(row.about, row.amount, row.estimated) for row in exported] == [
        ((HAIKU,), usd(2), False),
        ((OPUS,), usd(4), True),
    ]


def test_a_default_export_of_the_bill_alone_has_no_column_for_estimates() -> None:
    assert "estimated" not in export_columns()
    assert export_columns(estimated_days=[TODAY])[-1] == "estimated"
    assert export_columns(["day", "workspace"])[-1] == "estimated"


def test_cost_without_a_model_has_an_empty_one() -> None:
    (row,) = rows(other_cost_line(2))
    assert row.fields() == ("2026-11-21", CHECKOUT, "checkout", NO_MODEL, 0, 0, 0, 0, "2", False)


def test_usage_without_cost_has_a_row_too() -> None:
    (row,) = rows(usage_line(tokens(output=7), service_tier="priority"))
    assert (row.tokens.output, row.amount) == (7, 0)


def test_rows_come_by_day_workspace_and_model() -> None:
    exported = rows(
        cost_line(day=YESTERDAY, workspace_id=SEARCH),
        cost_line(day=YESTERDAY, model=OPUS),
        cost_line(day=TODAY),
        usage_line(day=YESTERDAY, model=HAIKU),
    )
    assert [row.about for row in exported] == [
        ("2026-11-21", CHECKOUT, "checkout", HAIKU),
        ("2026-11-21", CHECKOUT, "checkout", OPUS),
        ("2026-11-21", SEARCH, "search", OPUS),
        ("2026-11-22", CHECKOUT, "checkout", OPUS),
    ]


def test_keys_share_a_line_by_their_tokens_of_it() -> None:
    exported = rows(
        cost_line(9),
        other_cost_line(1),
        usage_line(tokens(output=2), api_key_id=CI_KEY),
        usage_line(tokens(output=1), api_key_id=NO_KEY),
        by=["key", "type"],
    )
    assert [(row.about, row.amount) for row in exported] == [
        ((CI_KEY, "ci", "tokens"), usd(6)),
        (("console", "Console and logins", "tokens"), usd(3)),
        (("not_attributable", "Not attributable to a key", "code_execution"), usd(1)),
    ]


def test_a_shared_key_is_its_teams_by_their_shares() -> None:
    exported = rows(
        cost_line(9),
        usage_line(tokens(output=10), api_key_id=CI_KEY),
        usage_line(tokens(output=5), api_key_id=NO_KEY),
        by=["team", "cost_center"],
        owned=history(),
    )
    assert [(row.about, row.tokens.output, row.amount) for row in exported] == [
        (("ads", "CC-1"), 4, usd("2.4")),
        (("unowned", "unowned"), 5, usd(3)),
        (("web", "no_cost_center"), 6, usd("3.6")),
    ]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [(None, {"rank": 1, "unowned": 2}), (TODAY, {"unowned": 3}), (YESTERDAY, {"rank": 3})],
)
def test_what_changed_hands_is_whose_it_was_or_is(as_of: date | None, expected: dict[str, int]) -> None:
    lines = [cost_line(1, workspace_id=SEARCH), cost_line(2, workspace_id=SEARCH, day=TODAY)]

    exported = rows(*lines, by=["service"], owned=history(as_of=as_of))

    assert {row.about[0]: row.amount for row in exported} == {
        service: usd(dollars) for service, dollars in expected.items()
    }


def test_without_the_day_a_range_is_one_row_for_each_of_the_rest() -> None:
    exported = rows(cost_line(1, day=YESTERDAY), cost_line(2, day=TODAY, service_tier="batch"), by=["model", "tier"])

    assert [(row.about, row.amount) for row in exported] == [((OPUS, "batch"), usd(2)), ((OPUS, "standard"), usd(1))]


def test_by_nothing_it_is_the_total() -> None:
    assert [row.amount for row in rows(cost_line(1), cost_line(2, day=TODAY), by=[])] == [usd(3)]


def test_days_are_read_only_when_they_are_written() -> None:
    read: list[date | None] = []

    def lines() -> Iterator[CostLine]:
        for day in (YESTERDAY, TODAY):
            read.append(day)
            yield cost_line(day=day)
        read.append(None)

    exported = export_rows(lines(), iter(()), names=names())
    next(exported)
    assert None not in read


COST = with_amounts(
    one_of_each(cost_line, day=[YESTERDAY, TODAY], workspace_id=[CHECKOUT, SEARCH], model=[OPUS, HAIKU, NO_MODEL]),
    -(10**15),
    10**15,
)
USAGE = lists_of(one_of_each(usage_line, day=[YESTERDAY, TODAY], model=[OPUS, HAIKU], api_key_id=[NO_KEY, CI_KEY]))


@given(cost=COST, usage=USAGE, dimensions=lists_of(DIMENSIONS).map(set))
def test_the_export_adds_up_to_the_bill_and_to_the_tokens(
    cost: list[CostLine], usage: list[UsageLine], dimensions: set[Dimension]
) -> None:
    by = [dimension for dimension in DIMENSIONS if dimension in dimensions]
    owned = None if dimensions <= {*BILLED_DIMENSIONS} else history()
    exported = rows(*sorted(cost), *sorted(usage), by=by, owned=owned)
    assert sum(row.amount or 0 for row in exported) == sum(line.amount for line in cost)
    assert sum(row.tokens.output for row in exported) == sum(line.tokens.output for line in usage)
    assert len({row.about for row in exported}) == len(exported)
