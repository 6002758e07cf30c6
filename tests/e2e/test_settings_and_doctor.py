"""Wrong settings are a line each; the doctor finds every fault and says its mend."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.admin_api import SANDBOX_KEY, error
from tests.e2e.harness import use_http

if TYPE_CHECKING:
    from tests.e2e.harness import Finished, World


# --- Settings ---


async def test_everything_that_is_missing_is_named_at_once(world: World) -> None:
    nothing = dict.fromkeys(world.settings, "")
    finished = await world.command("run", **nothing)

    assert finished.code == 2
    assert "Traceback" not in finished.err
    assert all(line.startswith("claudecost: ") and "is not set; " in line for line in finished.lines)
    assert named(finished) == {"ANTHROPIC_ADMIN_KEY", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "CLAUDECOST_CHANNEL"}


def named(finished: Finished) -> set[str]:
    """The settings that its lines begin with."""
    return {line.split(": ")[1] for line in finished.lines}


WRONG = {
    "ANTHROPIC_ADMIN_KEY": "sk-ant-api03-not-an-admin-key",
    "ANTHROPIC_BASE_URL": "api.anthropic.com",
    "SLACK_BOT_TOKEN": "xapp-the-other-token",
    "SLACK_APP_TOKEN": "xoxb-the-other-token",
    "CLAUDECOST_CHANNEL": "#claude-costs",
    "CLAUDECOST_THRESHOLD_PERCENT": "a quarter",
    "CLAUDECOST_MIN_INCREASE_USD": "-3",
    "CLAUDECOST_BACKFILL_DAYS": "4000",
    "CLAUDECOST_DIGEST": "someday",
    "CLAUDECOST_TIMEZONE": "Mars/Olympus",
    "PORT": "high",
}


@pytest.mark.parametrize("subcommand", ["run", "report"])
async def test_everything_that_is_wrong_is_a_line_of_its_own_without_its_secret(world: World, subcommand: str) -> None:
    finished = await world.command(subcommand, **WRONG)

    assert finished.code == 2
    assert finished.out == ""
    assert named(finished) == set(WRONG)
    assert len(finished.lines) == len(WRONG)
    assert not [secret for secret in list(WRONG.values())[:4] if secret in finished.err]
    assert "is a key for sending messages (sk-ant-api…), which cannot read costs" in finished.err


async def test_a_name_that_is_no_setting_in_the_file_gets_its_nearest(world: World) -> None:
    (world.folder / "claudecost.toml").write_text("CLAUDECOST_TRESHOLD_PERCENT = 30\n")
    finished = await world.command("report")

    assert finished.code == 2
    assert 'did you mean "CLAUDECOST_THRESHOLD_PERCENT"?' in finished.err
    assert len(finished.lines) == 1


async def test_settings_come_from_the_environment_then_env_then_the_file(synced: World) -> None:
    del synced.settings["ANTHROPIC_ADMIN_KEY"]
    (synced.folder / ".env").write_text(f"ANTHROPIC_ADMIN_KEY={SANDBOX_KEY}\nCLAUDECOST_THRESHOLD_PERCENT=30\n")
    (synced.folder / "claudecost.toml").write_text("CLAUDECOST_THRESHOLD_PERCENT = 40\nCLAUDECOST_BACKFILL_DAYS = 30\n")

    from_env = await synced.command("check", "--json")
    from_environment = await synced.command("check", "--json", CLAUDECOST_THRESHOLD_PERCENT="25.5")

    assert from_env.json["threshold_percent"] == "30"
    assert from_environment.json["threshold_percent"] == "25.5"


async def test_http_without_a_port_is_refused(world: World) -> None:
    use_http(world)
    finished = await world.command("run", PORT="")

    assert finished.code == 2
    assert named(finished) == {"PORT"}


async def test_a_port_that_is_taken_is_one_line(synced: World) -> None:
    with socket.create_server(("", 0)) as other:
        port = other.getsockname()[1]
        finished = await synced.command("run", PORT=str(port))

    assert finished.code == 2
    assert [line for line in finished.lines if "INFO" not in line] == [
        f"claudecost: port {port} cannot be listened on (Address already in use); set PORT to another one"
    ]


# --- Doctor ---


async def doctor(world: World, **settings: str) -> dict[str, dict[str, Any]]:
    """What it found, by what was examined; its exit code says whether all is well."""
    finished = await world.command("doctor", "--json", **settings)
    found = finished.json
    assert list(found) == ["ok", "checks"]
    assert all(list(check) == ["what", "ok", "detail", "mend"] for check in found["checks"])
    assert found["ok"] is all(check["ok"] for check in found["checks"])
    assert finished.code == (0 if found["ok"] else 1)
    assert all(check["mend"] for check in found["checks"] if not check["ok"])
    return {check["what"]: check for check in found["checks"]}


def faults(found: dict[str, dict[str, Any]]) -> set[str]:
    return {what for what, check in found.items() if not check["ok"]}


async def test_where_all_is_well_the_doctor_says_so_and_leaves_nothing_in_slack(synced: World) -> None:
    found = await doctor(synced)

    assert faults(found) == set()
    assert set(found) == {
        "ANTHROPIC_ADMIN_KEY",
        "clock",
        "bill",
        "CLAUDECOST_DATABASE",
        "SLACK_BOT_TOKEN",
        "scopes",
        "who asks",
        "SLACK_APP_TOKEN",
        "CLAUDECOST_CHANNEL",
    }
    assert synced.slack.messages() == []
    assert synced.slack._web_api.chat.scheduled == {}


async def test_every_fault_is_found_in_one_go(world: World) -> None:
    world.database.write_bytes(b"no database at all, but some words" * 100)
    world.admin_api._now = lambda: world.clock() - timedelta(hours=5)
    world.slack.remove_bot(world.slack.channel)
    found = await doctor(world, ANTHROPIC_ADMIN_KEY_NEXT="sk-ant-admin01-revoked", SLACK_APP_TOKEN="xapp-revoked")

    assert faults(found) == {
        "ANTHROPIC_ADMIN_KEY_NEXT",
        "clock",
        "CLAUDECOST_DATABASE",
        "SLACK_APP_TOKEN",
        "CLAUDECOST_CHANNEL",
    }
    assert "is not a SQLite database" in found["CLAUDECOST_DATABASE"]["detail"]
    assert "SLACK_APP_TOKEN" in found["SLACK_APP_TOKEN"]["detail"]
    assert "invite the bot" in found["CLAUDECOST_CHANNEL"]["mend"]


async def test_a_scope_that_was_not_granted_is_named(world: World) -> None:
    token = world.slack.tokens[world.slack.bot_token]
    world.slack.tokens[world.slack.bot_token] = type(token)(token.kind, ("chat:write",))
    found = await doctor(world)

    assert faults(found) == {"scopes"}
    assert found["scopes"]["detail"] == "commands not granted"


async def test_where_nothing_answers_the_doctor_still_ends(world: World) -> None:
    world.admin_api.faults.always("me", error(500))
    await world.slack.stop()
    found = await doctor(world)

    assert faults(found) == {"ANTHROPIC_ADMIN_KEY", "SLACK_BOT_TOKEN"}
    assert "unreachable" in found["SLACK_BOT_TOKEN"]["detail"]


async def test_wrong_settings_are_the_doctors_findings_too(world: World) -> None:
    found = await doctor(world, SLACK_BOT_TOKEN="", CLAUDECOST_CHANNEL="#claude-costs")

    assert "CLAUDECOST_CHANNEL" in faults(found)
