"""Whether Slack takes a message or a view, and the words it refuses it with.

Messages are refused with `invalid_blocks` (`invalid_attachments` for a second table, `msg_too_long`,
`msg_blocks_too_long`, `no_text`), views with `invalid_arguments`; each fault comes with its JSON pointer.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.blocks import BLOCKS, CHARACTERS_OF_MARKDOWN, OPTION, Surface
from bot.sandbox.slack.refusals import Refusal
from bot.sandbox.slack.rules import (
    BlockError,
    Rule,
    anything,
    boolean,
    by_type,
    list_of,
    mapping,
    object_of,
    plain_text,
    string,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BLOCKS_IN_A_MESSAGE = 50
BLOCKS_IN_A_VIEW = 100
CHARTS_IN_A_MESSAGE = 2
ATTACHMENTS_IN_A_MESSAGE = 100
CHARACTERS_OF_BLOCKS = 13_000
CHARACTERS_OF_A_POSTED_TEXT = 40_000
CHARACTERS_OF_AN_UPDATED_TEXT = 4_000
CHARACTERS_OF_A_VIEW = 250_000
FAULTS_NAMED = 20


def refuse_message(
    message: Mapping[str, Any], *, characters_of_text: int = CHARACTERS_OF_A_POSTED_TEXT
) -> Refusal | None:
    """Slack's refusal of a message's `text`, `blocks`, `attachments` and `metadata`, None where it takes them."""
    text, blocks, attachments = (message.get(name) for name in ("text", "blocks", "attachments"))
    if not isinstance(text, str | None) or len(text or "") > characters_of_text:
        return Refusal("msg_too_long")
    if not (text or blocks or attachments):
        return Refusal("no_text")
    if not isinstance(blocks, list | None) or not isinstance(attachments, list | None):
        return Refusal("invalid_blocks_format")
    return _refuse_blocks(blocks or []) or _refuse_attachments(attachments or []) or _refuse_metadata(message)


def refuse_view(view: Any) -> Refusal | None:
    """Slack's refusal of a modal or a Home tab, None where it takes it."""
    if len(json.dumps(view)) > CHARACTERS_OF_A_VIEW:
        return Refusal("view_too_large")
    return (
        _refusal("invalid_arguments", by_type(VIEWS)(view, "/view"))
        or _refusal("invalid_arguments", _repeated_ids(view["blocks"], "/view/blocks"))
        or _refuse_inputs_without_submit(view)
    )


def refuse_options(options: Any) -> Refusal | None:
    """Slack's refusal of the options that an app loads, None where it takes them; none at all are fine."""
    return _refusal("invalid_arguments", OFFERED(options, "/options"))


def _refusal(error: str, faults: Iterator[BlockError]) -> Refusal | None:
    named = tuple(str(fault) for fault in islice(faults, FAULTS_NAMED))
    return Refusal(error, named) if named else None


def _refuse_blocks(blocks: Sequence[Any]) -> Refusal | None:
    if len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) > CHARACTERS_OF_BLOCKS:
        return Refusal("msg_blocks_too_long")
    return (
        _refusal("invalid_blocks", MESSAGE_BLOCKS(blocks, "/blocks"))
        or _refusal("invalid_blocks", _crowded(blocks))
        or _refuse_second_table(blocks)
    )


def _refuse_attachments(attachments: Sequence[Any]) -> Refusal | None:
    return _refusal("invalid_attachments", ATTACHMENTS(attachments, "/attachments"))


def _refuse_metadata(message: Mapping[str, Any]) -> Refusal | None:
    metadata = message.get("metadata")
    if not metadata:  # an empty one takes the old one away
        return None
    return _refusal("invalid_metadata_format", METADATA(metadata, "/metadata"))


def _of_type(blocks: Sequence[Any], kind: str) -> list[int]:
    return [index for index, block in enumerate(blocks) if block["type"] == kind]


def _crowded(blocks: Sequence[Any]) -> Iterator[BlockError]:
    """What is right in each block and too much, or there twice, in the message."""
    for index in _of_type(blocks, "data_visualization")[CHARTS_IN_A_MESSAGE:]:
        yield BlockError(f"no more than {CHARTS_IN_A_MESSAGE} data_visualization blocks allowed", f"/blocks/{index}")
    markdown = _of_type(blocks, "markdown")
    if sum(len(blocks[index]["text"]) for index in markdown) > CHARACTERS_OF_MARKDOWN:
        yield BlockError(f"must be less than {CHARACTERS_OF_MARKDOWN + 1} characters", f"/blocks/{markdown[-1]}/text")
    yield from _repeated_ids(blocks, "/blocks")


def _repeated_ids(blocks: Sequence[Any], pointer: str) -> Iterator[BlockError]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id in seen:
            yield BlockError(f'`block_id` "{block_id}" already exists', f"{pointer}/{index}/block_id")
        elif block_id is not None:
            seen.add(block_id)


def _refuse_second_table(blocks: Sequence[Any]) -> Refusal | None:
    tables = _of_type(blocks, "table")
    if len(tables) <= 1:
        return None
    return Refusal("invalid_attachments", (str(BlockError("only_one_table_allowed", f"/blocks/{tables[1]}")),))


def _refuse_inputs_without_submit(view: Mapping[str, Any]) -> Refusal | None:
    if view["type"] != Surface.MODAL or "submit" in view:
        return None
    faults = (
        BlockError("must define `submit` to use an `input` block in modals", f"/view/blocks/{index}/input")
        for index in _of_type(view["blocks"], "input")
    )
    return _refusal("invalid_arguments", faults)


MESSAGE_BLOCKS = list_of(by_type(BLOCKS[Surface.MESSAGE]), most=BLOCKS_IN_A_MESSAGE, least=0)
_ATTACHED = (
    "author_icon author_link author_name callback_id color fallback fields footer footer_icon image_url mrkdwn_in "
    "pretext text thumb_url title title_link ts"
)
ATTACHMENTS = list_of(
    object_of({}, {**dict.fromkeys(_ATTACHED.split(), anything), "blocks": MESSAGE_BLOCKS}),
    most=ATTACHMENTS_IN_A_MESSAGE,
    least=0,
)
OFFERED = list_of(OPTION, most=100, least=0)
METADATA = object_of({"event_type": string(255), "event_payload": mapping}, {"entities": anything})

_ANY_VIEW: dict[str, Rule] = {
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
    "private_metadata": string(3000, least=0),
}
VIEWS: dict[str, Rule] = {
    "modal": object_of(
        {
            "title": plain_text(24),
            "blocks": list_of(by_type(BLOCKS[Surface.MODAL]), most=BLOCKS_IN_A_VIEW, least=0),
        },
        {
            **_ANY_VIEW,
            "submit": plain_text(24),
            "close": plain_text(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        },
    ),
    "home": object_of({"blocks": list_of(by_type(BLOCKS[Surface.HOME]), most=BLOCKS_IN_A_VIEW, least=0)}, _ANY_VIEW),
}
