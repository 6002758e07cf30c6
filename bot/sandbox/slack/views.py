"""Modals and Home tabs, and the trigger ids that open the former."""

from __future__ import annotations

import secrets
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.limits import refuse_view
from bot.sandbox.slack.refusals import MethodRefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from bot.sandbox.slack.workspace import Workspace

TRIGGER_LIFETIME = timedelta(seconds=3)
VIEWS_IN_A_STACK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A person's interaction, good for opening one modal within three seconds."""

    user: str
    expires_at: datetime
    is_used: bool = False


class Views:
    """Each person's stack of modals and their Home tab, as view JSON."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._triggers: dict[str, Trigger] = {}
        self._stacks: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self._homes: dict[str, dict[str, Any]] = {}

    def new_trigger(self, user: str) -> str:
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user=user, expires_at=self._workspace.now() + TRIGGER_LIFETIME)
        return trigger_id

    def modal(self, user: str) -> dict[str, Any] | None:
        """The modal on top of a person's screen."""
        stack = self._stacks[user]
        return stack[-1] if stack else None

    def stack(self, user: str) -> list[dict[str, Any]]:
        """The modals a person has open, the topmost last."""
        return list(self._stacks[user])

    def home(self, user: str) -> dict[str, Any] | None:
        return self._homes.get(user)

    def open(self, view: Any, *, trigger_id: str) -> dict[str, Any]:
        """views.open: the new modal replaces whatever the person had open."""
        _require(view)
        user = self._take_trigger(trigger_id)
        self._stacks[user].clear()
        return self.lay(view, user=user)

    def push(self, view: Any, *, trigger_id: str) -> dict[str, Any]:
        """views.push: the new modal lies on top of the one that is open."""
        _require(view)
        return self.lay(view, user=self._take_trigger(trigger_id))

    def lay(self, view: Any, *, user: str) -> dict[str, Any]:
        """Lay a modal on a person's stack, three deep at most."""
        _require(view)
        stack = self._stacks[user]
        if len(stack) >= VIEWS_IN_A_STACK:
            raise MethodRefusedError("push_limit_reached")
        new = self._complete(view)
        new["root_view_id"] = stack[0]["id"] if stack else new["id"]
        new["previous_view_id"] = stack[-1]["id"] if stack else None
        stack.append(new)
        self._workspace.changes.announce()
        return new

    def update(self, view: Any, *, view_id: str | None, external_id: str | None, seen: str | None) -> dict[str, Any]:
        """views.update: a modal by id or external id; `seen` is the hash the caller believes the view has.

        Raises:
            MethodRefusedError: The view is gone (`not_found`), or has changed since (`hash_conflict`).
        """
        _require(view)
        for stack in self._stacks.values():
            for index, old in enumerate(stack):
                if old["id"] == view_id or (external_id and old["external_id"] == external_id):
                    stack[index] = self._replaced(old, view, seen)
                    return stack[index]
        raise MethodRefusedError("not_found")

    def publish(self, view: Any, *, user: str, seen: str | None) -> dict[str, Any]:
        """views.publish: a person's Home tab."""
        _require(view)
        old = self._homes.get(user)
        new = self._complete(view) if old is None else self._replaced(old, view, seen)
        self._homes[user] = new
        self._workspace.changes.announce()
        return new

    def close(self, user: str) -> None:
        """Take the topmost modal away."""
        if self._stacks[user]:
            self._stacks[user].pop()
            self._workspace.changes.announce()

    def clear(self, user: str) -> None:
        self._stacks[user].clear()
        self._workspace.changes.announce()

    def _take_trigger(self, trigger_id: str) -> str:
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise MethodRefusedError("invalid_trigger_id")
        if trigger.is_used:
            raise MethodRefusedError("exchanged_trigger_id")
        if trigger.expires_at < self._workspace.now():
            raise MethodRefusedError("expired_trigger_id")
        self._triggers[trigger_id] = replace(trigger, is_used=True)
        return trigger.user

    def _replaced(self, old: dict[str, Any], view: dict[str, Any], seen: str | None) -> dict[str, Any]:
        if seen is not None and seen != old["hash"]:
            raise MethodRefusedError("hash_conflict")
        kept = {name: old.get(name) for name in ("id", "root_view_id", "previous_view_id")}
        new = {**self._complete(view), **kept}
        self._workspace.changes.announce()
        return new

    def _complete(self, view: dict[str, Any]) -> dict[str, Any]:
        """The view as Slack hands it back: with ids, a hash, and the fields left out."""
        blocks = [{"block_id": f"v{index}", **block} for index, block in enumerate(view["blocks"])]
        return {
            "title": None,
            "submit": None,
            "close": None,
            "callback_id": "",
            "external_id": "",
            "private_metadata": "",
            "clear_on_close": False,
            "notify_on_close": False,
            **view,
            "blocks": blocks,
            "id": f"V{secrets.token_hex(5).upper()}",
            "hash": f"{self._workspace.new_ts()}.{secrets.token_hex(4)}",
            "team_id": self._workspace.team_id,
            "app_id": self._workspace.app_id,
            "app_installed_team_id": self._workspace.team_id,
            "bot_id": self._workspace.bot_id,
            "root_view_id": None,
            "previous_view_id": None,
            "state": {"values": {}},
        }


def _require(view: Any) -> None:
    refusal = refuse_view(view)
    if refusal is not None:
        raise MethodRefusedError(refusal)
