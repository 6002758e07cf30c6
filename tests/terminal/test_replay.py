"""The lines of a replay are fixed; the last one sums them up."""

from __future__ import annotations

import json

from inline_snapshot import snapshot

from bot.analysis.replay import Said, Summary
from bot.model import WHOLE_ORGANIZATION, usd
from bot.terminal.replay import replay_as_text, said_as_json, summary_as_json
from tests.builders import CHECKOUT, OPUS, YESTERDAY, names

SAID = Said(
    day=YESTERDAY,
    workspace_id=CHECKOUT,
    kind="rise",
    notifies=True,
    models=(OPUS,),
    previous=usd("1240.20"),
    current=usd("1773.40"),
    reason="above_threshold",
)
SUMMARY = Summary(days=14, by_kind={"resolved": 1, "rise": 3}, notifying=3)


def test_a_message_is_one_line() -> None:
    line = said_as_json(SAID, names())
    assert "\n" not in line
    assert json.loads(line) == snapshot(
        {
            "day": "2026-11-21",
            "workspace_id": "wrkspc_checkout",
            "workspace": "checkout",
            "kind": "rise",
            "notifies": True,
            "models": ["claude-opus-5-5"],
            "previous": "1240.2",
            "current": "1773.4",
            "increase": "533.2",
            "reason": "above_threshold",
        }
    )


def test_the_organization_is_no_workspace() -> None:
    whole = Said(
        day=YESTERDAY,
        workspace_id=WHOLE_ORGANIZATION,
        kind="organization",
        notifies=True,
        models=(),
        previous=usd(1),
        current=usd(2),
        reason="price_change",
    )
    said = json.loads(said_as_json(whole, names()))
    assert (said["workspace_id"], said["workspace"], said["models"]) == (None, "All workspaces", [])


def test_the_last_line_sums_up() -> None:
    assert json.loads(summary_as_json(SUMMARY)) == snapshot(
        {
            "summary": {
                "days": 14,
                "messages": 4,
                "per_week": 2.0,
                "by_kind": {"resolved": 1, "rise": 3},
                "notifying": 3,
                "notifying_per_week": 1.5,
            }
        }
    )


def test_a_replay_without_days_has_no_figure_a_week_to_divide() -> None:
    assert Summary(days=0, by_kind={}, notifying=0).per_week(0) == 0.0


def test_people_get_a_table() -> None:
    assert str(replay_as_text([(SAID, names())], SUMMARY)) == snapshot("""\
4 messages in 14 days: 3 of them new in the channel, 1.5 a week
Day	Kind	Workspace	Before	Now	Rise	Reason
2026-11-21	rise	checkout	$1,240	$1,773	+$533.20	above threshold
Nothing was posted. Days are judged by what is stored of them now, restatements included.\
""")
