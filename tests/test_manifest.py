"""manifest.yml, the listeners, the scopes and the README say the same, and the manifest keeps to Slack's limits."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from aiohttp import web
from pydantic import SecretStr

from bot.jobs.replay import replay
from bot.listeners.claudecost import Answers
from bot.listeners.running import Running
from bot.model import Interval, Organization, Source
from bot.sandbox.slack import LocalSlack
from bot.settings import Settings
from bot.wiring import build_digest_desk, build_gate, build_open_store, build_transport
from tests.builders import CONTRACT
from tests.databases import lay_empty_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.messages.status import Status

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    return manifest


def test_names_and_descriptions_are_within_slacks_limits(manifest: dict[str, Any]) -> None:
    shown = manifest["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000


def test_every_command_is_escaped_and_described(manifest: dict[str, Any]) -> None:
    for command in manifest["features"]["slash_commands"]:
        assert command["should_escape"] is True
        assert command["command"].startswith("/")
        assert 0 < len(command["description"]) <= 2000
        assert 0 < len(command["usage_hint"]) <= 1000


def test_every_shortcut_is_named_within_slacks_limits(manifest: dict[str, Any]) -> None:
    for shortcut in manifest["features"]["shortcuts"]:
        assert shortcut["type"] == "global"
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150


def test_socket_mode_is_the_default_and_tokens_do_not_rotate(manifest: dict[str, Any]) -> None:
    settings = manifest["settings"]
    assert settings["socket_mode_enabled"] is True
    assert settings["interactivity"]["is_enabled"] is True
    assert settings["token_rotation_enabled"] is False
    assert settings["org_deploy_enabled"] is False


def test_two_scopes_are_enough(manifest: dict[str, Any]) -> None:
    assert manifest["oauth_config"]["scopes"]["bot"] == ["chat:write", "commands"]


def test_the_home_tab_is_there_and_told_when_it_is_opened(manifest: dict[str, Any]) -> None:
    assert manifest["features"]["app_home"]["home_tab_enabled"] is True
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"]


# --- Against what is registered ---


@pytest.fixture
async def slack(manifest: dict[str, Any], tmp_path: Path) -> AsyncIterator[LocalSlack]:
    """A local Slack that grants the manifest's scopes, with the bot's listeners connected."""
    async with LocalSlack(now=present, scopes=manifest["oauth_config"]["scopes"]["bot"]) as slack:
        settings = Settings.model_construct(
            slack_bot_token=SecretStr(slack.bot_token),
            slack_app_token=SecretStr(slack.app_token),
            slack_api_url=slack.api_url,
            claudecost_database=tmp_path / "claudecost.db",
            claudecost_channel=slack.channel,
        )
        lay_empty_database(settings.claudecost_database)
        open_store = build_open_store(settings)
        with open_store() as store:
            week = Interval(present().date() - timedelta(days=7), present().date())
            store.save_organization(Organization("org_1", "Example"), seen_at=present())
            store.ledger.save_days(week, cost=[], usage=[], source=Source.COST_REPORT, fetched_at=present())
        answers = Answers(
            contract=CONTRACT,
            gate=build_gate(settings, open_store, now=present),
            digests=build_digest_desk(settings, now=present),
            open_store=open_store,
            now=present,
            status=no_status,
            running=Running(),
            say_now=nothing_to_say,
            replay=replay,
        )
        transport = build_transport(settings, answers, web.Application())
        await transport.connect()
        yield slack
        await transport.close()


def present() -> datetime:
    return datetime.now(UTC)


async def nothing_to_say() -> None:
    """No clock runs here."""


async def no_status() -> Status:
    raise LookupError("nobody asks for it here")


async def test_every_command_of_the_manifest_is_answered(slack: LocalSlack, manifest: dict[str, Any]) -> None:
    for command in manifest["features"]["slash_commands"]:
        answer = await slack.ask(command["command"], "7d")
        assert answer.text


async def test_every_shortcut_of_the_manifest_opens_a_window(slack: LocalSlack, manifest: dict[str, Any]) -> None:
    await slack.ask("/claudecost", "help")  # so that they are known to be in a channel with the bot
    for shortcut in manifest["features"]["shortcuts"]:
        await slack.shortcut(shortcut["callback_id"])
        await slack.wait_until(lambda: slack.modal() is not None)
        await slack.close_modal()


async def test_every_button_of_an_answer_is_acknowledged(slack: LocalSlack) -> None:
    answer = await slack.ask("/claudecost", "7d")
    buttons = {
        element["action_id"]: element.get("options", [{"value": None}])[0]["value"]
        for block in answer.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    }
    assert buttons
    for action_id, choice in buttons.items():
        clicked = await slack.click(answer, action_id, choose=choice)
        assert clicked.acked_after is not None


async def test_every_event_of_the_manifest_is_heard(slack: LocalSlack, manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"]
    await slack.open_home()
    await slack.wait_until(lambda: slack.home() is not None)


async def test_every_button_of_the_home_tab_is_acknowledged(slack: LocalSlack) -> None:
    await slack.open_home()
    await slack.wait_until(lambda: slack.home() is not None)
    home = slack.home() or {}
    buttons = [button for block in home["blocks"] if block["type"] == "actions" for button in block["elements"]]
    assert buttons
    for button in buttons:
        assert (await slack.click(home, button["action_id"])).acked_after is not None


async def test_a_command_nobody_registered_is_not_acknowledged(slack: LocalSlack) -> None:
    with pytest.raises(Exception, match="ack"):
        await slack.command("/somethingelse", within=0.3)


# --- Against the README ---


def test_the_readme_names_the_scopes_the_manifest_asks_for(manifest: dict[str, Any]) -> None:
    for scope in manifest["oauth_config"]["scopes"]["bot"]:
        assert f"`{scope}`" in README


def test_the_readme_knows_only_commands_of_the_manifest(manifest: dict[str, Any]) -> None:
    known = {command["command"] for command in manifest["features"]["slash_commands"]}
    assert set(re.findall(r"(?<![\w/.:-])/claude\w+", README)) <= known


def test_the_procfile_runs_the_service() -> None:
    assert (ROOT / "Procfile").read_text(encoding="utf-8") == "worker: claudecost run\n"


def test_ci_runs_the_readmes_test_command() -> None:
    (command,) = re.findall(r"^python3 -m venv .* python tests/check\.py$", README, re.MULTILINE)
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
