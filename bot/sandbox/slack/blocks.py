"""The blocks Slack shows, and where: one table of rules per surface.

Limits are those of Slack's Block Kit reference (docs.slack.dev/reference/block-kit, November 2026). Block types that
the bot has no use for (cards, carousels, containers, …) are refused as unsupported, and so is every property Slack
does not list.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.rules import (
    BlockError,
    Rule,
    all_of,
    any_text,
    anything,
    boolean,
    by_type,
    choice,
    list_of,
    number,
    object_of,
    plain_text,
    positive,
    string,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHARACTERS_OF_MARKDOWN = 12_000
CHARACTERS_OF_A_TABLE = 10_000


class Surface(StrEnum):
    """Where blocks are shown; each shows its own choice of block types."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


# --- Composition objects and elements ---


ACTION: dict[str, Rule] = {"action_id": string(255)}
CONFIRM = object_of(
    {"title": plain_text(100), "text": any_text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": choice("primary", "danger")},
)
OPTION = object_of({"text": any_text(75), "value": string(150)}, {"description": any_text(75), "url": string(3000)})
OPTIONS = list_of(OPTION, most=100)
OPTION_GROUP = object_of({"label": plain_text(75), "options": OPTIONS})
ASKING: dict[str, Rule] = {**ACTION, "placeholder": plain_text(150), "confirm": CONFIRM, "focus_on_load": boolean}

BUTTON = object_of(
    {"text": plain_text(75)},
    {
        **ACTION,
        "value": string(2000),
        "url": string(3000),
        "style": choice("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
IMAGE_ELEMENT = object_of({"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": anything})


def needs_options(value: Any, pointer: str) -> Iterator[BlockError]:
    if isinstance(value, dict) and not {"options", "option_groups"} & value.keys():
        yield BlockError("must define either `options` or `option_groups`", pointer)


STATIC_SELECT = all_of(
    object_of(
        {},
        {
            **ASKING,
            "options": OPTIONS,
            "option_groups": list_of(OPTION_GROUP, most=100),
            "initial_option": OPTION,
            "initial_options": OPTIONS,
            "max_selected_items": positive,
        },
    ),
    needs_options,
)
PEOPLE_OR_PLACES = object_of(
    {},
    {
        **ASKING,
        "initial_user": anything,
        "initial_users": anything,
        "initial_channel": anything,
        "initial_channels": anything,
        "initial_conversation": anything,
        "initial_conversations": anything,
        "default_to_current_conversation": boolean,
        "filter": anything,
        "response_url_enabled": boolean,
        "max_selected_items": positive,
    },
)
LOADED = object_of(
    {},
    {
        **ASKING,
        "min_query_length": number,
        "initial_option": OPTION,
        "initial_options": OPTIONS,
        "max_selected_items": positive,
    },
)
DATE_OR_TIME = object_of(
    {}, {**ASKING, **dict.fromkeys(("initial_date", "initial_time", "initial_date_time", "timezone"), anything)}
)
TYPED_TEXT = object_of(
    {},
    {
        **ASKING,
        "initial_value": anything,
        "multiline": boolean,
        "min_length": number,
        "max_length": number,
        "is_decimal_allowed": boolean,
        "min_value": anything,
        "max_value": anything,
        "dispatch_action_config": anything,
    },
)
TICKED = object_of(
    {"options": list_of(OPTION, most=10)},
    {**ASKING, "initial_option": OPTION, "initial_options": list_of(OPTION, most=10)},
)
OVERFLOW = object_of({"options": list_of(OPTION, most=5)}, {**ACTION, "confirm": CONFIRM})

PICKERS: dict[str, Rule] = {
    "static_select": STATIC_SELECT,
    "users_select": PEOPLE_OR_PLACES,
    "conversations_select": PEOPLE_OR_PLACES,
    "channels_select": PEOPLE_OR_PLACES,
    "multi_static_select": STATIC_SELECT,
    "external_select": LOADED,
    "multi_external_select": LOADED,
    "multi_users_select": PEOPLE_OR_PLACES,
    "multi_conversations_select": PEOPLE_OR_PLACES,
    "multi_channels_select": PEOPLE_OR_PLACES,
    "datepicker": DATE_OR_TIME,
    "timepicker": DATE_OR_TIME,
    "datetimepicker": DATE_OR_TIME,
    "checkboxes": TICKED,
    "radio_buttons": TICKED,
}
ACTION_ELEMENTS: dict[str, Rule] = {**PICKERS, "button": BUTTON, "overflow": OVERFLOW}
ACCESSORIES: dict[str, Rule] = {**ACTION_ELEMENTS, "image": IMAGE_ELEMENT}
INPUT_ELEMENTS: dict[str, Rule] = {
    **PICKERS,
    **dict.fromkeys(("plain_text_input", "number_input", "email_text_input", "url_text_input"), TYPED_TEXT),
}
CONTEXT_ELEMENTS: dict[str, Rule] = {
    "image": IMAGE_ELEMENT,
    "plain_text": plain_text(3000),
    "mrkdwn": any_text(3000),
}


# --- Blocks ---


def needs_text_or_fields(value: Any, pointer: str) -> Iterator[BlockError]:
    if not {"text", "fields"} & value.keys():
        yield BlockError("must define either `text` or `fields`", f"{pointer}/type")


def unique_action_ids(value: Any, pointer: str) -> Iterator[BlockError]:
    elements = value.get("elements")
    ids = [item.get("action_id") for item in elements if isinstance(item, dict)] if isinstance(elements, list) else []
    for index, action_id in enumerate(ids):
        if action_id is not None and action_id in ids[:index]:
            yield BlockError(f'`action_id` "{action_id}" already exists', f"{pointer}/elements/{index}/action_id")


def count_characters(value: Any) -> int:
    """The characters of every `text` inside, however deep."""
    if isinstance(value, list):
        return sum(count_characters(item) for item in value)
    if not isinstance(value, dict):
        return 0
    own = value.get("text")
    return sum(count_characters(item) for item in value.values()) + (len(own) if isinstance(own, str) else 0)


def short_enough_table(value: Any, pointer: str) -> Iterator[BlockError]:
    if count_characters(value.get("rows")) > CHARACTERS_OF_A_TABLE:
        yield BlockError(f"must be less than {CHARACTERS_OF_A_TABLE + 1} characters", f"{pointer}/rows")


def one_point_per_category(chart: Any, pointer: str) -> Iterator[BlockError]:
    """Each series of a line, bar or area chart has its own name and exactly one point for each category."""
    try:
        categories = Counter(chart["axis_config"]["categories"])
        points = [Counter(point["label"] for point in series["data"]) for series in chart["series"]]
        names = [series["name"] for series in chart["series"]]
    except (KeyError, TypeError):
        return  # the shape is wrong, and was reported as such
    if len(categories) < categories.total():
        yield BlockError("categories must be unique", f"{pointer}/axis_config/categories")
    for index, (name, labels) in enumerate(zip(names, points, strict=True)):
        if labels != categories:
            yield BlockError("must have exactly one point for each category", f"{pointer}/series/{index}/data")
        if name in names[:index]:
            yield BlockError("series names must be unique", f"{pointer}/series/{index}/name")


CHART_LABEL = string(20)
POINT = object_of({"label": CHART_LABEL, "value": number})
SERIES = object_of({"name": CHART_LABEL, "data": list_of(POINT, most=20)})
AXES = object_of(
    {"categories": list_of(CHART_LABEL, most=20)}, {"x_label": string(50, least=0), "y_label": string(50, least=0)}
)
AXIS_CHART = all_of(object_of({"series": list_of(SERIES, most=6), "axis_config": AXES}), one_point_per_category)
SEGMENT = object_of({"label": CHART_LABEL, "value": positive})
CHARTS: dict[str, Rule] = {
    "line": AXIS_CHART,
    "bar": AXIS_CHART,
    "area": AXIS_CHART,
    "pie": object_of({"segments": list_of(SEGMENT, most=6)}),
}
RICH_TEXT = object_of({"elements": list_of(anything, most=1000)}, {"block_id": string(255)})
CELL = by_type(
    {"raw_text": object_of({"text": string(CHARACTERS_OF_A_TABLE)}, {"emoji": boolean}), "rich_text": RICH_TEXT}
)
COLUMN = object_of({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean})


def block(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    return object_of(required, {**(optional or {}), "block_id": string(255)})


EVERYWHERE: dict[str, Rule] = {
    "section": all_of(
        block(
            {},
            {
                "text": any_text(3000),
                "fields": list_of(any_text(2000), most=10),
                "accessory": by_type(ACCESSORIES),
                "expand": boolean,
            },
        ),
        needs_text_or_fields,
    ),
    "header": block({"text": plain_text(150)}),
    "divider": block({}),
    "context": block({"elements": list_of(by_type(CONTEXT_ELEMENTS), most=10)}),
    "actions": all_of(block({"elements": list_of(by_type(ACTION_ELEMENTS), most=25)}), unique_action_ids),
    "image": block(
        {"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": anything, "title": plain_text(2000)}
    ),
    "rich_text": RICH_TEXT,
    "input": block(
        {"label": plain_text(2000), "element": by_type(INPUT_ELEMENTS)},
        {"hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
}
BLOCKS: dict[Surface, dict[str, Rule]] = {
    Surface.MESSAGE: {
        **EVERYWHERE,
        "table": all_of(
            block({"rows": list_of(list_of(CELL, most=20), most=100)}, {"column_settings": list_of(COLUMN, most=20)}),
            short_enough_table,
        ),
        "data_visualization": block({"title": string(50), "chart": by_type(CHARTS)}),
        "markdown": block({"text": string(CHARACTERS_OF_MARKDOWN)}),
    },
    Surface.MODAL: {
        **EVERYWHERE,
        "alert": block({"text": any_text(200)}, {"level": choice("default", "info", "warning", "error", "success")}),
    },
    Surface.HOME: EVERYWHERE,
}
