"""Why: models and keys add up to the change like its drivers, and the keys behind it are named."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given

from bot.analysis.groupings import CONSOLE, NO_MODEL_ROW, NOT_ATTRIBUTABLE
from bot.analysis.why import MonthEnd, by_month_end, explain
from bot.model import NO_KEY, WorkspaceLines, usd
from tests.analysis.test_drivers import COST, USAGE
from tests.builders import HAIKU, OPUS, TODAY, YESTERDAY, cost_line, key_cost_line, other_cost_line
from tests.changes import BEFORE, broken_cache, used, why, workspace_lines
from tests.laws import lists_of

# --- Both sides ---


def test_only_the_days_asked_about_count() -> None:
    elsewhere = used(YESTERDAY - timedelta(days=1), output=1)
    found = why(used(BEFORE, output=1), used(output=3), elsewhere)
    assert (found.previous, found.current, found.increase) == (usd(25), usd(75), usd(50))


def test_one_model_can_be_looked_at_alone() -> None:
    found = why(used(BEFORE, output=1), used(output=3), used(model=HAIKU, output=5), model=OPUS)
    assert found.increase == usd(50)
    assert [model.id for model in found.models] == [OPUS]


# --- Models ---


def test_models_come_largest_change_first() -> None:
    found = why(used(output=1), used(model=HAIKU, output=2), workspace_lines([other_cost_line(70)]))
    assert [(model.id, model.increase) for model in found.models] == [
        (NO_MODEL_ROW, usd(70)),
        (HAIKU, usd(50)),
        (OPUS, usd(25)),
    ]


def test_what_fell_most_comes_first_where_all_fell() -> None:
    found = why(used(BEFORE, output=3), used(output=1), used(BEFORE, model=HAIKU, output=1))
    assert [model.id for model in found.models] == [OPUS, HAIKU]


def test_a_model_by_itself_has_drivers_that_add_up_to_its_change() -> None:
    found = why(
        used(BEFORE, output=1), used(output=3), used(BEFORE, model=HAIKU, output=9), used(model=HAIKU, output=2)
    )
    assert {model.id: model.drivers.volume for model in found.models} == {OPUS: usd(50), HAIKU: usd(-175)}


# --- Keys ---


def test_keys_are_named_until_four_fifths_are_explained() -> None:
    found = why(*(used(key=f"apikey_{size}", output=size) for size in (50, 35, 10, 5)))
    assert [key.id for key in found.keys_behind] == ["apikey_50", "apikey_35"]
    assert [key.id for key in found.other_keys] == ["apikey_10", "apikey_5"]


def test_three_keys_are_named_at_most() -> None:
    found = why(*(used(key=f"apikey_{number}", output=1) for number in range(9)))
    assert len(found.keys_behind) == 3


def test_a_key_that_fell_is_not_behind_a_rise() -> None:
    found = why(
        used(BEFORE, key="fell", output=2),
        used(key="fell", output=1),
        used(BEFORE, key="rose"),
        used(key="rose", output=3),
    )
    assert [key.id for key in found.keys_behind] == ["rose"]
    assert [key.id for key in found.other_keys] == ["fell"]


def test_no_key_is_behind_no_change() -> None:
    assert why(used(BEFORE, output=2), used(output=2)).keys_behind == ()


def test_a_key_first_used_in_the_period_is_marked() -> None:
    found = why(*broken_cache())
    assert {key.id: key.first_seen for key in found.keys} == {"apikey_ingest": YESTERDAY, "apikey_ci": None}


def test_a_key_used_before_either_period_is_no_new_one() -> None:
    earlier = used(date(2026, 10, 1), output=1)
    assert [key.first_seen for key in why(earlier, used(output=1)).keys] == [None]


def test_usage_without_a_key_is_the_console_and_cost_without_tokens_nobodys() -> None:
    found = why(used(key=NO_KEY, output=1), workspace_lines([other_cost_line(7)]))
    assert {key.id: key.increase for key in found.keys} == {CONSOLE: usd(25), NOT_ATTRIBUTABLE: usd(7)}


def test_where_the_bill_tells_keys_they_are_taken_from_it() -> None:
    """By their tokens the two would share alike."""
    told = workspace_lines(
        key_cost=[
            key_cost_line(20, api_key_id="a"),
            key_cost_line(5, api_key_id="b"),
            key_cost_line(3, api_key_id=NO_KEY, cost_type="web_search"),
        ]
    )
    billed = workspace_lines([cost_line(25), other_cost_line(3, cost_type="web_search")])
    found = why(used(BEFORE, key="a", output=1), billed, told)
    assert {key.id: (key.previous, key.current) for key in found.keys} == {
        "a": (usd(25), usd(20)),
        "b": (0, usd(5)),
        NOT_ATTRIBUTABLE: (0, usd(3)),
    }


@given(COST, USAGE, lists_of([False, True], min_size=20, max_size=20))
def test_drivers_models_and_keys_each_add_up(cost: list, usage: list, moves: list[bool]) -> None:  # type: ignore[type-arg]
    days = [YESTERDAY if moved else BEFORE for moved in moves]
    lines = WorkspaceLines(
        sorted(line._replace(day=day) for line, day in zip(cost, days, strict=False)),
        sorted(line._replace(day=day) for line, day in zip(usage, days, strict=False)),
        [],
    )
    found = explain(lines, previous=[BEFORE], current=[YESTERDAY], first_days={})
    assert found.increase == found.drivers.increase
    assert found.increase == sum(model.increase for model in found.models)
    assert found.increase == sum(key.increase for key in found.keys)
    assert found.increase == sum(key.increase for key in (*found.keys_behind, *found.other_keys))
    assert all(model.increase == model.drivers.increase for model in found.models)


# --- If it stays ---


def test_a_change_is_carried_on_to_the_end_of_the_month() -> None:
    assert by_month_end(usd(70), days=7, since=TODAY) == MonthEnd(date(2026, 11, 30), usd(90))


def test_after_a_months_last_day_it_is_the_next_month() -> None:
    assert by_month_end(usd(30), days=30, since=date(2026, 12, 1)) == MonthEnd(date(2026, 12, 31), usd(31))
