"""The Web API's files: a link to upload to, the upload, and sharing it in one conversation."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.refusals import MethodRefusedError, Refusal
from bot.sandbox.slack.workspace import SlackMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.slack.methods import Arguments, Method
    from bot.sandbox.slack.workspace import SlackChannel, Workspace

CHANNEL_ID = re.compile(r"[CGDZ][A-Z0-9]{8,}")
UPLOADS = "/upload/v1/"


@dataclass(slots=True, kw_only=True)
class SlackFile:
    """A file; `channel` is where it was shared, None for nowhere yet. `length` is what was announced."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    channel: str | None = None


class Files:
    """What the bot uploaded. User ids are no conversations here: Slack wants the direct message's own id."""

    def __init__(self, workspace: Workspace, *, base_url: Callable[[], str]) -> None:
        self._workspace = workspace
        self._base_url = base_url
        self._waiting: dict[str, SlackFile] = {}
        self.kept: dict[str, SlackFile] = {}

    def methods(self) -> dict[str, Method]:
        return {
            "files.getUploadURLExternal": self.begin,
            "files.completeUploadExternal": self.complete,
        }

    def begin(self, arguments: Arguments) -> dict[str, Any]:
        """A link for one upload of so many bytes."""
        name, length = str(arguments.get("filename") or ""), int(arguments.get("length") or 0)
        if not name or length <= 0:
            raise MethodRefusedError("invalid_arguments")
        file = SlackFile(id=f"F{secrets.token_hex(5).upper()}", name=name, length=length)
        path = f"{UPLOADS}{secrets.token_urlsafe(18)}"
        self._waiting[path] = self.kept[file.id] = file
        return {"upload_url": f"{self._base_url()}{path}", "file_id": file.id}

    def upload(self, path: str, content: bytes) -> bool:
        """Take the bytes, if a link waits for as many."""
        file = self._waiting.pop(path, None)
        if file is None or len(content) != file.length:
            return False
        file.content = content
        return True

    def complete(self, arguments: Arguments) -> dict[str, Any]:
        """Share what was uploaded as one message."""
        files = [self._uploaded(entry) for entry in _listed(arguments.get("files"))]
        if arguments.get("channel_id"):
            channel = self._channel(str(arguments["channel_id"]))
            for file in files:
                file.channel = channel.id
            self._workspace.save(
                SlackMessage(
                    channel=channel.id,
                    ts=self._workspace.new_ts(),
                    user=self._workspace.bot_user,
                    text=str(arguments.get("initial_comment") or ""),
                    thread_ts=arguments.get("thread_ts"),
                    files=tuple(file.name for file in files),
                )
            )
        return {"files": [{"id": file.id, "title": file.name} for file in files]}

    def _uploaded(self, entry: dict[str, Any]) -> SlackFile:
        file = self.kept.get(str(entry.get("id")))
        if file is None or file.content is None:
            raise MethodRefusedError("file_not_found")
        return file

    def _channel(self, channel_id: str) -> SlackChannel:
        if not CHANNEL_ID.fullmatch(channel_id):
            fault = f"[ERROR] input must match regex pattern: ^{CHANNEL_ID.pattern}$ [json-pointer:/channel_id]"
            raise MethodRefusedError(Refusal("invalid_arguments", (fault,)))
        channel = self._workspace.channels.get(channel_id)
        if channel is None or self._workspace.bot_user not in channel.members:
            raise MethodRefusedError("channel_not_found" if channel is None or channel.is_private else "not_in_channel")
        return channel


def _listed(files: Any) -> list[dict[str, Any]]:
    found = json.loads(files) if isinstance(files, str) else files
    if not isinstance(found, list) or not found:
        raise MethodRefusedError("invalid_arguments")
    return found
