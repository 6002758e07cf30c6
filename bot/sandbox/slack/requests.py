"""How a call's arguments and token come: in the query, a form or JSON, as slack_sdk and curl send them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.refusals import MethodRefusedError

if TYPE_CHECKING:
    from aiohttp import web

JSON_ARGUMENTS = {
    "blocks": "invalid_blocks_format",
    "attachments": "invalid_attachments",
    "metadata": "invalid_metadata_format",
    "view": "invalid_arguments",
}
"""Arguments that are JSON even inside a form, and the error for those that are not."""


async def read_arguments(request: web.Request) -> dict[str, Any]:
    """All arguments of a call; what is JSON inside a form is decoded.

    Raises:
        MethodRefusedError: A body that says it is JSON, or an argument that must be, is not.
    """
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        arguments |= await _read_json(request)
    elif request.can_read_body:
        arguments |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    for name, error in JSON_ARGUMENTS.items():
        if isinstance(arguments.get(name), str):
            arguments[name] = _decoded(arguments[name], error)
    return arguments


def bearer_token(request: web.Request, arguments: dict[str, Any]) -> str | None:
    """The token from the header, or the one among the arguments, which it is taken out of."""
    in_arguments = arguments.pop("token", None)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme == "Bearer" else in_arguments


async def _read_json(request: web.Request) -> dict[str, Any]:
    body = _decoded(await request.text() or "{}", "invalid_json")
    if not isinstance(body, dict):
        raise MethodRefusedError("json_not_object")
    return body


def _decoded(text: str, error: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise MethodRefusedError(error) from None
