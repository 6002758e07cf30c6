"""Doctor: the settings first, then everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.commands.doctor import examine
from bot.sandbox.admin_api import SANDBOX_KEY
from bot.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.loopback import World


@pytest.fixture
def _only_these_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder and an environment without any setting."""
    monkeypatch.chdir(tmp_path)
    for name in (*Settings.model_fields, "claudecost_config"):
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.usefixtures("_only_these_settings")
async def test_doctor_begins_with_the_settings(world: World) -> None:
    found = await examine(now=world.clock)

    names = ["ANTHROPIC_ADMIN_KEY", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "CLAUDECOST_CHANNEL"]
    assert [each.what for each in found if not each.ok] == names
    assert [each.what for each in found if each.ok] == ["CLAUDECOST_DATABASE"]


@pytest.mark.usefixtures("_only_these_settings")
async def test_doctor_goes_on_with_everything_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", SANDBOX_KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", world.admin_api.base_url)
    monkeypatch.setenv("SLACK_BOT_TOKEN", world.slack.bot_token)
    monkeypatch.setenv("SLACK_APP_TOKEN", world.slack.app_token)
    monkeypatch.setenv("SLACK_API_URL", world.slack.api_url)
    monkeypatch.setenv("CLAUDECOST_CHANNEL", world.slack.channel)

    found = await examine(now=world.clock)

    assert all(each.ok for each in found)


@pytest.mark.usefixtures("_only_these_settings")
async def test_doctor_asks_nobody_at_an_address_that_was_not_meant(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", SANDBOX_KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "nowhere")
    monkeypatch.setenv("SLACK_API_URL", world.slack.api_url)
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-wrong")
    monkeypatch.setenv("CLAUDECOST_DATABASE", "postgresql://somewhere")

    found = {each.what: each for each in await examine(now=world.clock)}

    assert list(found) == [
        "ANTHROPIC_BASE_URL",
        "CLAUDECOST_DATABASE",
        "SLACK_BOT_TOKEN",
        "CLAUDECOST_CHANNEL",
        "SLACK_APP_TOKEN",
    ]
    assert not any(each.ok for each in found.values())
