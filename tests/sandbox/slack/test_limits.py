from __future__ import annotations

from typing import Any

import pytest
from slackblocks import (
    ActionsBlock,
    AxisConfig,
    Button,
    ContextBlock,
    DataPoint,
    DataSeries,
    DataVisualizationBlock,
    DividerBlock,
    HeaderBlock,
    LineChart,
    RawText,
    SectionBlock,
    TableBlock,
    Text,
)

from bot.sandbox.slack.limits import refuse_message, refuse_view

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**parts: Any) -> Json:
    return {"type": "section", **(parts or {"text": mrkdwn("text")})}


def button(**parts: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **parts}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def option(text: str = "1 day", value: str = "1d") -> Json:
    return {"text": plain(text), "value": value}


def select(count: int, **parts: Any) -> Json:
    options = [option(value=str(index)) for index in range(count)]
    return {"type": "static_select", "action_id": "choose", "options": options, **parts}


def table(*rows: list[str]) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in rows]}


def series(name: str, labels: list[str]) -> Json:
    return {"name": name, "data": [{"label": label, "value": 1} for label in labels]}


def chart(kind: str = "line", *, names: int = 1, labels: int = 2, **parts: Any) -> Json:
    categories = [f"Nov {index}" for index in range(labels)]
    lines = [series(f"line {index}", categories) for index in range(names)]
    return {
        "type": "data_visualization",
        "title": "Spend",
        "chart": {"type": kind, "series": lines, "axis_config": {"categories": categories}},
        **parts,
    }


def pie(*values: float, label: str = "rag") -> Json:
    segments = [{"label": label, "value": value} for value in values]
    return {"type": "data_visualization", "title": "Spend", "chart": {"type": "pie", "segments": segments}}


def markdown(length: int) -> Json:
    return {"type": "markdown", "text": "m" * length}


def refusals(*blocks: Json) -> tuple[str, ...]:
    """Slack's error and its lines."""
    refusal = refuse_message({"text": "text", "blocks": list(blocks)})
    return () if refusal is None else (refusal.error, *refusal.messages)


@pytest.mark.parametrize(
    "block",
    [
        section(text=mrkdwn("t" * 3000)),
        section(fields=[mrkdwn("f" * 1000)] * 10),
        section(fields=[mrkdwn("f" * 2000)]),
        section(text=plain("t"), accessory=button()),
        {"type": "header", "text": plain("h" * 150)},
        {"type": "context", "elements": [mrkdwn("c")] * 10},
        actions(*(button(action_id=str(index)) for index in range(25))),
        actions(button(text=plain("b" * 75), value="v" * 2000)),
        actions(select(100)),
        actions(select(1, options=[option("o" * 75)])),
        table(*[["a"] * 4] * 100),
        table(["a"] * 20),
        chart(names=6, labels=20, title="t" * 50),
        chart("bar"),
        chart("area"),
        pie(0.5, 1),
        pie(1, label="l" * 20),
        markdown(12_000),
        {"type": "divider"},
        {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
    ],
)
def test_a_message_at_the_limit_is_taken(block: Json) -> None:
    assert refusals(block) == ()


@pytest.mark.parametrize(
    ("block", "line"),
    [
        (section(text=mrkdwn("t" * 3001)), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        (section(text=mrkdwn("")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        (section(fields=[mrkdwn("f")] * 11), "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
        (
            section(fields=[mrkdwn("f"), mrkdwn("f" * 2001)]),
            "must be less than 2001 characters [json-pointer:/blocks/0/fields/1/text]",
        ),
        (section(block_id="b"), "must define either `text` or `fields` [json-pointer:/blocks/0/type]"),
        (
            {"type": "header", "text": plain("h" * 151)},
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        ({"type": "header", "text": mrkdwn("h")}, "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
        (
            {"type": "context", "elements": [mrkdwn("c")] * 11},
            "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            actions(*(button(action_id=str(index)) for index in range(26))),
            "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            actions(button(), button()),
            '`action_id` "go" already exists [json-pointer:/blocks/0/elements/1/action_id]',
        ),
        (
            actions(button(text=plain("b" * 76))),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            actions(button(value="v" * 2001)),
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (actions(button(style="loud")), "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]"),
        (actions(select(101)), "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"),
        (
            actions(select(1, options=[option("o" * 76)])),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
        ),
        (
            actions({"type": "static_select", "action_id": "choose"}),
            "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
        ),
        (
            actions({"type": "overflow", "action_id": "o", "options": [option()] * 6}),
            "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
        ),
        (table(*[["a"]] * 101), "no more than 100 items allowed [json-pointer:/blocks/0/rows]"),
        (table(["a"] * 21), "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]"),
        (table(["a", ""]), "must be more than 0 characters [json-pointer:/blocks/0/rows/0/1/text]"),
        (table(["a" * 10_001]), "must be less than 10001 characters [json-pointer:/blocks/0/rows]"),
        (chart(title="t" * 51), "must be less than 51 characters [json-pointer:/blocks/0/title]"),
        (chart(names=7), "no more than 6 items allowed [json-pointer:/blocks/0/chart/series]"),
        (chart(labels=21), "no more than 20 items allowed [json-pointer:/blocks/0/chart/series/0/data]"),
        (pie(*[1] * 7), "no more than 6 items allowed [json-pointer:/blocks/0/chart/segments]"),
        (pie(1, 0), "must be greater than 0 [json-pointer:/blocks/0/chart/segments/1/value]"),
        (pie(1, label="l" * 21), "must be less than 21 characters [json-pointer:/blocks/0/chart/segments/0/label]"),
        (markdown(12_001), "must be less than 12001 characters [json-pointer:/blocks/0/text]"),
        ({"type": "alert", "text": plain("a")}, "unsupported type: alert [json-pointer:/blocks/0/type]"),
        ({"type": "divider", "color": "red"}, "invalid additional property: color [json-pointer:/blocks/0]"),
        ({"text": plain("a")}, "missing required field: type [json-pointer:/blocks/0]"),
        ({"type": "header"}, "missing required field: text [json-pointer:/blocks/0]"),
        (section(text=plain("a"), expand="yes"), "must be a boolean [json-pointer:/blocks/0/expand]"),
        (
            section(text=mrkdwn("a") | {"emoji": True}),
            "invalid additional property: emoji [json-pointer:/blocks/0/text]",
        ),
        ({"type": "markdown", "text": 5}, "must be a string [json-pointer:/blocks/0/text]"),
        ({"type": "context", "elements": mrkdwn("a")}, "must be an array [json-pointer:/blocks/0/elements]"),
        (actions(), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
        (table(["a"]) | {"column_settings": ["left"]}, "must be an object [json-pointer:/blocks/0/column_settings/0]"),
        (pie("1"), "must be a number [json-pointer:/blocks/0/chart/segments/0/value]"),  # type: ignore[arg-type]  # on purpose
        (chart() | {"chart": {"type": "line"}}, "missing required field: series [json-pointer:/blocks/0/chart]"),
    ],
)
def test_a_message_over_the_limit_is_refused_with_a_pointer(block: Json, line: str) -> None:
    error, *lines = refusals(block)
    assert error == "invalid_blocks"
    assert line in lines


@pytest.mark.parametrize(
    ("categories", "labels"), [(["a", "b"], ["a"]), (["a", "b"], ["a", "b", "b"]), (["a", "b"], ["a", "c"])]
)
def test_each_series_has_one_point_per_category(categories: list[str], labels: list[str]) -> None:
    wrong = {"type": "line", "series": [series("rag", labels)], "axis_config": {"categories": categories}}
    block = {"type": "data_visualization", "title": "Spend", "chart": wrong}
    line = "must have exactly one point for each category [json-pointer:/blocks/0/chart/series/0/data]"
    assert refusals(block) == ("invalid_blocks", line)


def test_series_and_categories_have_their_own_names() -> None:
    twice = series("rag", ["a", "a"])
    wrong = {"type": "bar", "series": [twice, twice], "axis_config": {"categories": ["a", "a"]}}
    assert refusals({"type": "data_visualization", "title": "Spend", "chart": wrong}) == (
        "invalid_blocks",
        "categories must be unique [json-pointer:/blocks/0/chart/axis_config/categories]",
        "series names must be unique [json-pointer:/blocks/0/chart/series/1/name]",
    )


def test_a_message_has_fifty_blocks() -> None:
    assert refusals(*[{"type": "divider"}] * 50) == ()
    assert refusals(*[{"type": "divider"}] * 51) == (
        "invalid_blocks",
        "no more than 50 items allowed [json-pointer:/blocks]",
    )


def test_a_message_has_one_table() -> None:
    assert refusals(table(["a"]), table(["b"])) == (
        "invalid_attachments",
        "only_one_table_allowed [json-pointer:/blocks/1]",
    )


def test_a_message_has_two_charts() -> None:
    assert refusals(chart(), chart()) == ()
    assert refusals(chart(), pie(1), chart()) == (
        "invalid_blocks",
        "no more than 2 data_visualization blocks allowed [json-pointer:/blocks/2]",
    )


def test_all_markdown_of_a_message_counts_together() -> None:
    assert refusals(markdown(6000), markdown(6000)) == ()
    assert refusals(markdown(6000), markdown(6001)) == (
        "invalid_blocks",
        "must be less than 12001 characters [json-pointer:/blocks/1/text]",
    )


def test_the_blocks_of_a_message_have_thirteen_thousand_characters() -> None:
    assert refusals(*[section(text=mrkdwn("é" * 2500))] * 5) == ()
    assert refusals(*[section(text=mrkdwn("é" * 2600))] * 5) == ("msg_blocks_too_long",)


def test_a_block_id_is_there_once() -> None:
    assert refusals(section(text=mrkdwn("a"), block_id="b"), section(text=mrkdwn("a"), block_id="b")) == (
        "invalid_blocks",
        '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]',
    )


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "t" * 40_001}, "msg_too_long"),
        ({"text": "t", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"text": "t", "metadata": {"event_type": "alert"}}, "invalid_metadata_format"),
        ({"text": "t", "attachments": [{"colour": "red"}]}, "invalid_attachments"),
    ],
)
def test_what_is_no_message_is_refused(message: Json, error: str) -> None:
    refusal = refuse_message(message)
    assert refusal is not None
    assert refusal.error == error


def test_what_slackblocks_builds_is_taken() -> None:
    axes = AxisConfig(categories=["Nov 21", "Nov 22"])
    line = DataSeries("rag", [DataPoint("Nov 21", 1.5), DataPoint("Nov 22", 2)])
    blocks = [
        HeaderBlock("Spend", block_id="head"),
        SectionBlock("*+12 %*", fields=["a", "b"], block_id="why"),
        DividerBlock(block_id="line"),
        TableBlock([[RawText("rag"), RawText("$1")]], block_id="table"),
        DataVisualizationBlock("Spend", LineChart([line], axes), block_id="chart"),
        ActionsBlock([Button("Share in channel", "share_answer", value="42")], block_id="do"),
        ContextBlock([Text("UTC days")], block_id="small"),
    ]
    assert refusals(*(block._resolve() for block in blocks)) == ()


# --- Views ---


def modal(*blocks: Json, **parts: Any) -> Json:
    return {"type": "modal", "title": plain("Details"), "blocks": list(blocks), **parts}


def view_refusals(view: Json) -> tuple[str, ...]:
    refusal = refuse_view(view)
    return () if refusal is None else (refusal.error, *refusal.messages)


INPUT = {"type": "input", "label": plain("Reason"), "element": {"type": "plain_text_input", "action_id": "reason"}}


def test_a_block_id_is_there_once_in_a_view() -> None:
    twice = [section(text=mrkdwn("a"), block_id="b")] * 2

    assert view_refusals(modal(*twice)) == (
        "invalid_arguments",
        '`block_id` "b" already exists [json-pointer:/view/blocks/1/block_id]',
    )


@pytest.mark.parametrize(
    "view",
    [
        modal(*[{"type": "divider"}] * 100),
        modal(title=plain("t" * 24)),
        modal({"type": "alert", "text": plain("a" * 200), "level": "warning"}),
        modal(INPUT, submit=plain("Save"), private_metadata="p" * 3000, callback_id="c" * 255),
        {"type": "home", "blocks": [{"type": "divider"}] * 100},
    ],
)
def test_a_view_at_the_limit_is_taken(view: Json) -> None:
    assert view_refusals(view) == ()


@pytest.mark.parametrize(
    ("view", "line"),
    [
        (modal(*[{"type": "divider"}] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
        (modal(title=plain("t" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(submit=plain("t" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
        (
            modal({"type": "alert", "text": plain("a" * 201)}),
            "must be less than 201 characters [json-pointer:/view/blocks/0/text/text]",
        ),
        (modal(table(["a"])), "unsupported type: table [json-pointer:/view/blocks/0/type]"),
        (modal(chart()), "unsupported type: data_visualization [json-pointer:/view/blocks/0/type]"),
        (modal(markdown(1)), "unsupported type: markdown [json-pointer:/view/blocks/0/type]"),
        (
            modal(INPUT),
            "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]",
        ),
        (modal(private_metadata="p" * 3001), "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
        (
            {"type": "home", "blocks": [{"type": "divider"}] * 101},
            "no more than 100 items allowed [json-pointer:/view/blocks]",
        ),
        (
            {"type": "home", "blocks": [{"type": "alert", "text": plain("a")}]},
            "unsupported type: alert [json-pointer:/view/blocks/0/type]",
        ),
        (
            {"type": "home", "blocks": [chart()]},
            "unsupported type: data_visualization [json-pointer:/view/blocks/0/type]",
        ),
        (
            {"type": "home", "blocks": [], "title": plain("t")},
            "invalid additional property: title [json-pointer:/view]",
        ),
        ({"type": "page", "blocks": []}, "unsupported type: page [json-pointer:/view/type]"),
    ],
)
def test_a_view_over_the_limit_is_refused_with_a_pointer(view: Json, line: str) -> None:
    error, *lines = view_refusals(view)
    assert error == "invalid_arguments"
    assert line in lines


def test_a_view_has_a_quarter_of_a_megabyte() -> None:
    large = section(text=mrkdwn("t" * 3000))
    assert view_refusals(modal(*[large] * 90)) == ("view_too_large",)
