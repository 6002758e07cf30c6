"""The buttons, menus and inputs of a message or view, and what they say once a person used them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CHOSEN_FIELD = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "external_select": "selected_option",
    "multi_external_select": "selected_options",
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
}
"""Where a payload says what was picked or typed, by element; menus with options are in the two sets below.

Of a menu whose options the app loads, what is picked are whole options, as the app gave them.
"""

ONE_OPTION = {"static_select", "radio_buttons", "overflow"}
SEVERAL_OPTIONS = {"multi_static_select", "checkboxes"}


def elements_of(blocks: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each interactive element with the id of its block."""
    for block in blocks:
        inside = [block.get("accessory"), block.get("element"), *_list(block.get("elements"))]
        for element in inside:
            if isinstance(element, dict) and "action_id" in element:
                yield block["block_id"], element


def find_element(blocks: Iterable[Mapping[str, Any]], action_id: str) -> tuple[str, dict[str, Any]]:
    """The block id and the element with that action id.

    Raises:
        LookupError: There is none; the message lists those there are.
    """
    found = list(elements_of(blocks))
    for block_id, element in found:
        if element["action_id"] == action_id:
            return block_id, element
    there = ", ".join(element["action_id"] for _, element in found) or "none"
    raise LookupError(f"nothing with the action id {action_id!r} to click on; there is: {there}")


def used(block_id: str, element: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """The action a payload reports: which element, where, and what was chosen (an option's value, a date, a text)."""
    shared = {name: element[name] for name in ("type", "action_id", "text", "value") if name in element}
    return {**shared, "block_id": block_id, **chosen(element, value)}


def chosen(element: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """The field that tells what was chosen in an element, empty for a button.

    Raises:
        LookupError: The menu has no option with that value.
    """
    kind = element["type"]
    if kind in ONE_OPTION:
        return {"selected_option": None if value is None else _option(element, value)}
    if kind in SEVERAL_OPTIONS:
        return {"selected_options": [_option(element, item) for item in value or ()]}
    return {CHOSEN_FIELD[kind]: value} if kind in CHOSEN_FIELD else {}


def state_of(blocks: Iterable[Mapping[str, Any]], values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`state.values` by block id and action id, with the initial value of what nobody touched."""
    state: dict[str, dict[str, Any]] = {}
    for block_id, element in elements_of(blocks):
        if element["type"] == "button" or element["type"] == "overflow":
            continue
        value = values.get(element["action_id"], _initial(element))
        state.setdefault(block_id, {})[element["action_id"]] = {"type": element["type"], **chosen(element, value)}
    return state


def unanswered(blocks: Iterable[Mapping[str, Any]], values: Mapping[str, Any]) -> list[str]:
    """The action ids of the inputs Slack insists on that have no value."""
    asked = (block["element"] for block in blocks if block["type"] == "input" and not block.get("optional"))
    return [
        element.get("action_id", "?")
        for element in asked
        if values.get(element.get("action_id", "?"), _initial(element)) in (None, "", [])
    ]


def _initial(element: Mapping[str, Any]) -> Any:
    if element["type"] in ONE_OPTION:
        return element.get("initial_option", {}).get("value")
    if element["type"] in SEVERAL_OPTIONS:
        return [option["value"] for option in element.get("initial_options", ())]
    name = CHOSEN_FIELD[element["type"]].replace("selected_", "initial_")
    return element.get("initial_value" if name == "value" else name)


def _option(element: Mapping[str, Any], value: Any) -> dict[str, Any]:
    options: list[dict[str, Any]] = [
        *_list(element.get("options")),
        *(option for group in _list(element.get("option_groups")) for option in group["options"]),
    ]
    for option in options:
        if option["value"] == value:
            return option
    there = ", ".join(option["value"] for option in options)
    raise LookupError(f"no option {value!r} in {element['action_id']}; there is: {there}")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
