"""What is behind an answer fits into a window, however much it is."""

from __future__ import annotations

import re

from inline_snapshot import snapshot

from bot.messages.answer_details import answer_details
from bot.messages.answer_files import csv_in_a_message
from bot.messages.plain import as_text
from bot.messages.report import report_answer
from bot.sandbox.slack.limits import refuse_message, refuse_view
from bot.terminal.report import report_as_csv
from bot.terminal.slack_preview import preview_as_text
from tests.builders import CHECKOUT, SEARCH, report
from tests.messages.test_limits import LONG, mrkdwn_of
from tests.messages.test_shapes import a_thousand, crossed


def text_of(view: dict[str, object]) -> str:
    blocks = view["blocks"]
    assert isinstance(blocks, list)
    return "\n".join(as_text(block) for block in blocks)


def test_every_row_and_every_day() -> None:
    found = report("7d")
    view = answer_details(found, report_answer(found))
    assert refuse_view(view) is None
    assert text_of(view).rpartition("\n")[0] == snapshot("""\
*$119.00 in 7 days, up 6.3 % (+$7.00)*
*What moved:* `checkout` +$14.00, `search` −$7.00
*All of it*
```
           Spend  Change
checkout  $84.00   +20 %
search    $35.00   −17 %
```
*By UTC day*
```
             Spend  Before
Sun 15 Nov  $17.00  $16.00
Mon 16 Nov  $17.00  $16.00
Tue 17 Nov  $17.00  $16.00
Wed 18 Nov  $17.00  $16.00
Thu 19 Nov  $17.00  $16.00
Fri 20 Nov  $17.00  $16.00
Sat 21 Nov  $17.00  $16.00
```\
""")


def test_a_window_takes_a_thousand_rows() -> None:
    for found in (a_thousand("400d"), crossed("7d by workspace model"), report("today", fetched={})):
        assert refuse_view(answer_details(found, report_answer(found))) is None


def test_what_a_window_leaves_out_is_one_row() -> None:
    found = a_thousand("7d")
    assert "\n+801 more " in text_of(answer_details(found, report_answer(found)))


def test_csv_in_a_message_is_as_much_as_it_holds() -> None:
    told = csv_in_a_message(report_as_csv(a_thousand("7d")), question="7d by workspace")
    assert refuse_message({"text": told.text, "blocks": list(told.blocks)}) is None
    assert re.search(r"_\+9\d\d more rows_", str(told.blocks))


def test_csv() -> None:
    assert report_as_csv(report(spend={CHECKOUT: "1.25", SEARCH: 0}, previous={SEARCH: 3})) == snapshot("""\
workspace_id,workspace,usd,usd_before
wrkspc_checkout,checkout,1.25,0
wrkspc_search,search,0,3
""")
    told = csv_in_a_message(report_as_csv(report()), question="7d by workspace")
    assert preview_as_text(told) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ 2 rows as CSV                                                              │
│                                                                            │
│ workspace_id,workspace,usd,usd_before                                      │
│ wrkspc_checkout,checkout,84,70                                             │
│ wrkspc_search,search,35,42                                                 │
│                                                                            │
│ As a file: run claudecost report 7d by workspace csv where the bot is, or  │
│ give the app the scope files:write and it sends one.                       │
│                                                                            │
│ exact dollars · nothing in a field means unknown                           │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_name_in_csv_formats_nothing() -> None:
    told = csv_in_a_message(f"model,usd\n{LONG},1\n", question=LONG)
    assert "<!channel>" not in str(told.blocks)
    assert all(text.count("```") in {0, 2} for text in mrkdwn_of(told))
