"""The JSON shapes are fixed: exact dollars as strings, unknown as null, days half-open."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from bot.analysis.cache import CacheUse
from bot.model import (
    DEFAULT_WORKSPACE,
    Examination,
    Kind,
    Message,
    Organization,
    Reason,
    Restatement,
    SavedDays,
    Source,
    Status,
    Synced,
    usd,
)
from bot.terminal.check import check_as_json, check_as_text
from bot.terminal.digest import digest_as_json
from bot.terminal.doctor import doctor_as_json, doctor_as_text
from bot.terminal.page import exact
from bot.terminal.report import report_as_json, report_as_text
from bot.terminal.sync import sync_as_json, sync_as_text
from tests.builders import (
    CHECKOUT,
    CI_KEY,
    NOW,
    OPUS,
    SEARCH,
    TODAY,
    YESTERDAY,
    cross_report,
    digest,
    evaluation,
    fetched_days,
    finding,
    last_days,
    names,
    report,
)
from tests.messages.test_budget import now as budget_now

SYNCED = Synced(
    organization=Organization("org", "Acme"),
    interval=last_days(8, until=date(2026, 11, 23)),
    source=Source.COST_REPORT,
    saved=SavedDays(
        days=8,
        cost_rows=120,
        usage_rows=1,
        changed_days=(YESTERDAY, TODAY),
        restatements=(Restatement(day=YESTERDAY, restated_at=NOW, old_total=usd("1240.20"), new_total=usd("1251.70")),),
    ),
)


def test_sync() -> None:
    assert json.loads(sync_as_json(SYNCED)) == snapshot(
        {
            "since": "2026-11-15",
            "until": "2026-11-23",
            "days": 8,
            "cost_rows": 120,
            "usage_rows": 1,
            "changed_days": ["2026-11-21", "2026-11-22"],
            "source": "cost_report",
        }
    )


def test_sync_for_people_shows_restated_days() -> None:
    assert str(sync_as_text(SYNCED)) == snapshot("""\
Acme: 8 days fetched, 15–22 Nov
Restated day	Was	Is
Sat 21 Nov	$1,240	$1,252
120 cost rows and 1 usage row from the cost report; 2 days changed\
""")


def test_report() -> None:
    answer = report(
        spend={CHECKOUT: "84.1237891", DEFAULT_WORKSPACE: 35, SEARCH: 0}, previous={CHECKOUT: 70, SEARCH: 2}
    )
    assert json.loads(report_as_json(answer)) == snapshot(
        {
            "since": "2026-11-15",
            "until": "2026-11-22",
            "previous_since": "2026-11-08",
            "by": "workspace",
            "currency": "USD",
            "total": "119.1237891",
            "previous_total": "72",
            "change_percent": "65.45",
            "estimated": False,
            "data_as_of": "2026-11-22T09:30:00+00:00",
            "rows": [
                {
                    "id": "wrkspc_checkout",
                    "label": "checkout",
                    "spend": "84.1237891",
                    "previous": "70",
                    "change_percent": "20.18",
                },
                {"id": "default", "label": "Default workspace", "spend": "35", "previous": "0", "change_percent": None},
                {"id": "wrkspc_search", "label": "search", "spend": "0", "previous": "2", "change_percent": "-100.00"},
            ],
        }
    )


def test_a_report_by_two_has_lists_of_ids_and_labels() -> None:
    answer = cross_report("7d by workspace key", spend={(CHECKOUT, "console"): 3}, previous={})

    told = json.loads(report_as_json(answer))
    assert told["by"] == ["workspace", "key"]
    assert [(row["id"], row["label"]) for row in told["rows"]] == [
        ([CHECKOUT, "console"], ["checkout", "Console and logins"])
    ]
    assert str(report_as_text(answer)).splitlines()[1:3] == [
        "Workspace\tKey\tStatus\tFirst seen\tSpend\tBefore\tChange",
        "checkout\tConsole and logins\t–\t–\t$3.00\t$0.00\tnew",
    ]


def test_rows_of_keys_say_their_status_and_since_when_they_are_used() -> None:
    known = replace(names(), first_days={CI_KEY: date(2026, 11, 12)})
    answer = report("7d by key", spend={CI_KEY: 3, "console": 2}, previous={}, names=known)

    told = json.loads(report_as_json(answer))
    assert [(row["id"], row["status"], row["first_seen"]) for row in told["rows"]] == [
        (CI_KEY, "active", "2026-11-12"),
        ("console", None, None),
    ]
    assert str(report_as_text(answer)).splitlines()[1:4] == [
        "Key\tStatus\tFirst seen\tSpend\tBefore\tChange",
        "ci\tactive\t2026-11-12\t$3.00\t$0.00\tnew",
        "Console and logins\t–\t–\t$2.00\t$0.00\tnew",
    ]


def test_a_report_by_token_says_what_caching_did() -> None:
    use = CacheUse(read=90, whole_input=100, saved=usd("-1.25"), unpriced=0)
    answer = replace(
        report("7d by token", spend={"cache_read": 4, "no_tokens": 1}, previous={"output": 5}),
        cache=use,
        previous_cache=replace(use, read=80),
    )

    assert json.loads(report_as_json(answer))["cache"] == snapshot(
        {"hit_percent": "90.00", "saved": "-1.25", "not_compared_tokens": 0}
    )
    assert str(report_as_text(answer)) == snapshot("""\
7d by token: $5.00, before $5.00 (0 %)
Token	Spend	Before	Change
Cache read	$4.00	$0.00	new
No tokens (code execution, search, …)	$1.00	$0.00	new
Output	$0.00	$5.00	stopped
cache hit rate 90 %, before 80 %
caching cost $1.25 against uncached input
UTC days 15–21 Nov 2026 against 8–14 Nov
from the bill
data as of 22 Nov 09:30 UTC\
""")


def test_a_report_by_type_names_each() -> None:
    answer = report("7d by type", spend={"tokens": 9, "web_search": 3, "session_usage": 2, "no_type": 1}, previous={})

    assert [row.label for row in answer.rows] == ["Tokens", "Web search", "Sessions", "Without a type"]


def test_a_report_without_data_has_nulls() -> None:
    shape = json.loads(report_as_json(report(fetched={})))
    assert (shape["total"], shape["previous_total"], shape["change_percent"]) == (None, None, None)


def test_report_for_people_shows_every_row() -> None:
    spend: dict[str, str | int] = {f"wrkspc_{number}": number for number in range(1, 41)}
    assert len(report_as_text(report(spend=spend, previous=spend)).rows) == 40


def test_report_in_a_pipe_is_tab_separated() -> None:
    assert str(report_as_text(report())) == snapshot("""\
7d by workspace: $119.00, before $112.00 (+6.3 %)
Workspace	Spend	Before	Change
checkout	$84.00	$70.00	+20 %
search	$35.00	$42.00	−17 %
UTC days 15–21 Nov 2026 against 8–14 Nov
from the bill
data as of 22 Nov 09:30 UTC\
""")


def test_a_report_says_which_days_it_lacks() -> None:
    assert "not fetched: Sun 8 Nov" in str(report_as_text(report(fetched=fetched_days(last_days(13)))))


EVALUATION = evaluation(
    finding(previous="1240.20", current="1773.4"),
    finding(
        workspace_id=SEARCH,
        model=OPUS,
        previous=0,
        current="84.2",
        kind=Kind.NEW,
        status=Status.HELD,
        reason=Reason.BELOW_FLOOR,
    ),
    floor="12.34",
)


def test_check() -> None:
    assert json.loads(check_as_json(EVALUATION, names())) == snapshot(
        {
            "day": "2026-11-21",
            "since": "2026-11-15",
            "until": "2026-11-22",
            "threshold_percent": "25",
            "floor": "12.34",
            "findings": [
                {
                    "workspace_id": "wrkspc_checkout",
                    "workspace": "checkout",
                    "model": None,
                    "previous": "1240.2",
                    "current": "1773.4",
                    "increase": "533.2",
                    "change_percent": "42.99",
                    "kind": "rise",
                    "status": "due",
                    "reason": "above_threshold",
                },
                {
                    "workspace_id": "wrkspc_search",
                    "workspace": "search",
                    "model": "claude-opus-5-5",
                    "previous": "0",
                    "current": "84.2",
                    "increase": "84.2",
                    "change_percent": None,
                    "kind": "new",
                    "status": "held",
                    "reason": "below_floor",
                },
            ],
        }
    )


def test_check_for_people_gives_each_reason() -> None:
    assert str(check_as_text(EVALUATION, names())) == snapshot("""\
15–21 Nov against the 7 days before: 1 finding to tell, 1 held
Workspace	Model	Before	Now	Rise	Change	Status	Reason
checkout	all models	$1,240	$1,773	+$533.20	+43 %	due	above threshold
search	claude-opus-5-5	$0.00	$84.20	+$84.20	–	held	below floor
over 25 % and at least $12.34 more\
""")


def test_check_says_that_half_the_floor_can_be_enough() -> None:
    doubled = evaluation(finding(previous=10, current=21), floor="12.34")
    assert "at least $12.34 more, half of it where a calm week more than doubled" in str(
        check_as_text(doubled, names())
    )


def test_a_digests_budgets_are_told_as_they_stand() -> None:
    told = replace(digest(), budgets=(replace(budget_now(), unmatched=("team search",)),))

    assert json.loads(digest_as_json(told, Message("Week 47", ())))["budgets"] == [
        {
            "name": "search",
            "scope": "team search",
            "spend": "2015",
            "limit": "2500",
            "percent": "80.60",
            "even": "1833.333333333",
            "forecast": "2850",
            "forecast_percent": "114.00",
            "since": "2026-11-01",
            "until": "2026-12-01",
            "days_left": 8,
            "estimated": False,
            "unmatched": ["team search"],
        }
    ]


def test_digest() -> None:
    message = Message("Week 47", ({"type": "divider"},))
    assert json.loads(digest_as_json(digest(), message)) == snapshot(
        {
            "week": "2026-W47",
            "since": "2026-11-16",
            "until": "2026-11-23",
            "total": "119",
            "previous_total": "112",
            "change_percent": "6.25",
            "by_workspace": [
                {
                    "id": "wrkspc_checkout",
                    "label": "checkout",
                    "spend": "84",
                    "previous": "70",
                    "change_percent": "20.00",
                },
                {"id": "wrkspc_search", "label": "search", "spend": "35", "previous": "42", "change_percent": "-16.67"},
            ],
            "by_model": [
                {
                    "id": "claude-opus-5-5",
                    "label": "claude-opus-5-5",
                    "spend": "84",
                    "previous": "70",
                    "change_percent": "20.00",
                },
                {
                    "id": "claude-haiku-4-5-20251001",
                    "label": "claude-haiku-4-5-20251001",
                    "spend": "35",
                    "previous": "42",
                    "change_percent": "-16.67",
                },
            ],
            "message": {"text": "Week 47", "blocks": [{"type": "divider"}]},
        }
    )


EXAMINED = (
    Examination(what="ANTHROPIC_ADMIN_KEY", ok=True, detail="accepted, organisation Acme"),
    Examination(what="CLAUDECOST_CHANNEL", ok=False, detail="the bot is not in #spend", mend="/invite it there"),
)


def test_doctor() -> None:
    assert json.loads(doctor_as_json(EXAMINED)) == snapshot(
        {
            "ok": False,
            "checks": [
                {"what": "ANTHROPIC_ADMIN_KEY", "ok": True, "detail": "accepted, organisation Acme", "mend": ""},
                {
                    "what": "CLAUDECOST_CHANNEL",
                    "ok": False,
                    "detail": "the bot is not in #spend",
                    "mend": "/invite it there",
                },
            ],
        }
    )


def test_doctor_for_people_puts_the_mend_under_the_fault() -> None:
    assert str(doctor_as_text(EXAMINED)) == snapshot("""\
1 fault found
	What	Found
ok	ANTHROPIC_ADMIN_KEY	accepted, organisation Acme
FAULT	CLAUDECOST_CHANNEL	the bot is not in #spend
		→ /invite it there\
""")


@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_dollars_are_exact(nanos: int) -> None:
    written = exact(nanos)
    assert written is not None
    assert Decimal(written) * 10**9 == nanos
    assert "E" not in written
