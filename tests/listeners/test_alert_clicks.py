"""An alert's buttons: what a click does, and what whoever clicked is told where it cannot."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.analysis.lifecycle import reference
from bot.listeners.alert_clicks import find_alert, keep_click
from bot.listeners.alert_details import load_details
from bot.messages.alert_state import ACKNOWLEDGE, DETAILS, EXPECT, MORE, SNOOZE
from bot.messages.alert_views import EXPECTED_VIEW, REASON, UNTIL
from bot.model import WHOLE_ORGANIZATION, AlertState, Organization, OutboxState, Resolution, Verb
from bot.sandbox.slack.faults import Broken, Refused
from bot.sandbox.slack.workspace import SlackUser
from bot.settings.tables import AlertLevels
from bot.settings.values import Hours
from tests.builders import TODAY, YESTERDAY, handling
from tests.listeners.conftest import listening
from tests.loopback import loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.model import Alert
    from bot.sandbox.slack.answers import Interaction
    from bot.sandbox.slack.workspace import SlackMessage
    from tests.listeners.conftest import Listening
    from tests.loopback import Past, World

DAY = timedelta(days=1)
UPDATE = "chat.update"


@dataclass(kw_only=True, repr=False)
class Alerted:
    """A bot that has told of one alert."""

    bot: Listening

    @property
    def world(self) -> World:
        return self.bot.world

    @property
    def message(self) -> SlackMessage:
        """The alert as everybody sees it now."""
        return self.world.slack.messages()[0]

    @property
    def thread(self) -> list[SlackMessage]:
        """What was said in its thread."""
        return [said for said in self.world.slack.messages() if said.thread_ts == self.message.ts]

    @property
    def alert(self) -> Alert:
        with self.world.open_store() as store:
            alert = store.alerts.load_alert(1)
        assert alert is not None
        return alert

    def store(self, alert: Alert) -> None:
        with self.world.open_store() as store:
            store.alerts.save_alert(alert)

    async def click(self, action_id: str, *, user: str | None = None, choose: Any = None) -> Interaction:
        """Somebody clicks on the alert, and the bot has done what it does."""
        clicked = await self.world.slack.click(self.message, action_id, user=user, choose=choose)
        assert await self.bot.running.finished(within=5)
        return clicked

    async def snooze(self, days: int, *, user: str | None = None) -> Interaction:
        return await self.click(SNOOZE, user=user, choose=self.option(SNOOZE, f":{days}"))

    async def call_noise(self, *, user: str | None = None) -> Interaction:
        return await self.click(MORE, user=user, choose=self.option(MORE, ""))

    def option(self, action_id: str, end: str) -> str:
        """A menu's value."""
        (menu,) = (element for element in self.elements() if element["action_id"] == action_id)
        return next(str(option["value"]) for option in menu["options"] if option["value"].endswith(end))

    def elements(self) -> list[dict[str, Any]]:
        (block,) = (block for block in self.message.blocks if block["block_id"] == "buttons")
        return list(block["elements"])

    def state(self) -> str:
        (block,) = (block for block in self.message.blocks if block["block_id"] == "state")
        return str(block["text"]["text"])

    async def expect(self, reason: str = "launch of the new search", *, until: str = "2026-11-30") -> Interaction:
        await self.click(EXPECT)
        sent = await self.world.slack.submit({REASON: reason, UNTIL: until})
        assert await self.bot.running.finished(within=5)
        return sent

    def told(self, user: str | None = None) -> list[str]:
        """What somebody alone was told."""
        return [said.text for said in self.world.slack.whispers(user)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def alert_told(tmp_path_factory: pytest.TempPathFactory, synced_database: Path) -> Past:
    """An alert of the ingest pipeline."""
    async with loopback(tmp_path_factory.mktemp("alerting")) as made:
        made.adopt(synced_database)
        with made.open_store() as store:
            made.build_clock().checker.check(store, day=YESTERDAY)
        await made.build_deliverer().deliver()
        return made.past


@pytest.fixture
async def alerted(world: World, alert_told: Past) -> AsyncIterator[Alerted]:
    world.go_on_from(alert_told)
    async with listening(world) as bot:
        yield Alerted(bot=bot)


# --- What a click does ---


async def test_acknowledging_shows_who_and_when_and_says_so_in_the_thread(alerted: Alerted) -> None:
    clicked = await alerted.click(ACKNOWLEDGE)

    assert clicked.acked_after is not None
    assert clicked.answers == []
    assert alerted.alert.state is AlertState.ACKNOWLEDGED
    assert alerted.state().startswith("👀 *Acknowledged* by <@U0ALICE01>, <!date^")
    assert alerted.message.text.startswith("👀 Acknowledged: Ingest pipeline up")
    assert [said.text for said in alerted.thread] == ["👀 Acknowledged"]
    assert ACKNOWLEDGE not in [element["action_id"] for element in alerted.elements()]


async def test_an_acknowledgement_changes_nothing_else_of_the_message(alerted: Alerted) -> None:
    def rest(message: SlackMessage) -> list[dict[str, Any]]:
        return [block for block in message.blocks if block["block_id"] not in {"state", "buttons"}]

    before = rest(alerted.message)
    await alerted.click(ACKNOWLEDGE)

    assert rest(alerted.message) == before


@pytest.mark.parametrize("days", [1, 3, 7])
async def test_a_snooze_lasts_as_long_as_was_chosen(alerted: Alerted, days: int) -> None:
    await alerted.snooze(days)

    assert alerted.alert.handling is not None
    assert alerted.alert.handling.until == alerted.world.clock() + days * DAY
    assert alerted.state().startswith("💤 *Snoozed* until <!date^")


async def test_a_snooze_that_is_over_fires_again_in_the_thread_once(alerted: Alerted) -> None:
    await alerted.snooze(1)
    alerted.world.clock.advance(days=1)
    clock = alerted.world.build_clock()
    clock.has_pulled = True

    await clock.tick()
    await clock.tick()

    assert alerted.state().startswith("🔴 *Firing*")
    assert [said.text for said in alerted.thread] == ["💤 Snoozed", "🔴 Firing again: the snooze is over"]
    assert not alerted.thread[-1].broadcast


async def test_in_quiet_hours_clicks_are_answered_at_once_and_a_snooze_ends_silently(alerted: Alerted) -> None:
    alerted.world.change(claudecost_alerts=AlertLevels(quiet_hours=Hours(time(9), time(10))))
    await alerted.snooze(1)
    answered = [said.text for said in alerted.thread]
    alerted.world.clock.advance(days=1)
    clock = alerted.world.build_clock()
    clock.has_pulled = True

    await clock.tick()
    in_the_night = alerted.state(), [said.text for said in alerted.thread]
    alerted.world.clock.advance(minutes=31)
    await clock.tick()

    assert answered == ["💤 Snoozed"]
    assert in_the_night[0].startswith("🔴 *Firing*")
    assert in_the_night[1] == answered
    assert alerted.thread[-1].text == "🔴 Firing again: the snooze is over"


async def test_what_is_expected_is_closed_with_its_reason(alerted: Alerted) -> None:
    await alerted.expect("launch of <!channel> & more")

    assert alerted.alert.state is AlertState.EXPECTED
    assert "up to Mon 30 Nov, by <@U0ALICE01>: “launch of &lt;\u2060!channel&gt; &amp; more”" in alerted.state()
    assert [said.text for said in alerted.thread] == ["📌 Expected"]
    assert [element["action_id"] for element in alerted.elements()] == [DETAILS]
    assert alerted.world.slack.modal() is None


async def test_a_last_day_that_is_over_is_asked_for_again(alerted: Alerted) -> None:
    sent = await alerted.expect(until=str(YESTERDAY))

    assert sent.ack_payload == {"response_action": "errors", "errors": {UNTIL: "Choose today or a later day."}}
    assert alerted.alert.state is AlertState.FIRING
    assert alerted.world.slack.require_modal()["callback_id"] == EXPECTED_VIEW


async def test_today_is_a_last_day(alerted: Alerted) -> None:
    await alerted.expect(until=str(TODAY))

    assert alerted.alert.state is AlertState.EXPECTED


async def test_details_show_drivers_keys_and_days(alerted: Alerted) -> None:
    await alerted.click(DETAILS)

    shown = str(alerted.world.slack.require_modal()["blocks"])
    for words in ("Ingest pipeline up", "cache hit rate", "By key", "By day", "Sat 21 Nov", "Firing"):
        assert words in shown


async def test_noise_on_an_open_alert_quiets_it(alerted: Alerted) -> None:
    await alerted.call_noise()

    assert alerted.alert.state is AlertState.ACKNOWLEDGED
    assert alerted.state().startswith("🔇 *Called noise* by <@U0ALICE01>")
    assert [said.text for said in alerted.thread] == ["🔇 Called noise"]


async def test_noise_on_a_resolved_alert_is_kept(alerted: Alerted) -> None:
    alerted.store(replace(alerted.alert, state=AlertState.RESOLVED, resolution=Resolution.BACK_TO_NORMAL))

    await alerted.call_noise()

    assert alerted.alert.handling is not None
    assert alerted.alert.handling.verb is Verb.NOISE
    assert alerted.state().endswith("called noise by <@U0ALICE01>")


# --- Clicks that cannot do what they are for ---


@pytest.mark.usefixtures("threads")
async def test_of_two_people_at_once_one_acknowledges_and_the_other_is_told_who(alerted: Alerted) -> None:
    slack, people = alerted.world.slack, (alerted.world.slack.user, alerted.world.slack.colleague)

    clicks = await asyncio.gather(*(slack.click(alerted.message, ACKNOWLEDGE, user=user) for user in people))
    assert await alerted.bot.running.finished(within=5)
    (told,) = (answer for click in clicks for answer in click.answers)

    assert alerted.alert.handling is not None
    assert told.text.startswith(f"<@{alerted.alert.handling.user}> has already acknowledged this alert, ")
    assert {alerted.alert.handling.user, told.visible_to} == {*people}
    assert [said.text for said in alerted.thread] == ["👀 Acknowledged"]


async def test_of_two_equal_snoozes_the_second_is_told_so(alerted: Alerted) -> None:
    await alerted.snooze(3)

    told = await (await alerted.snooze(3, user=alerted.world.slack.colleague)).answer()

    assert told.text.startswith("<@U0ALICE01> has already snoozed this alert until ")


async def test_a_window_opened_before_somebody_else_closed_the_alert_says_who(alerted: Alerted) -> None:
    slack = alerted.world.slack
    await slack.click(alerted.message, EXPECT, user=slack.colleague)
    await slack.wait_until(lambda: slack.modal(slack.colleague) is not None)
    await alerted.expect()

    await slack.submit({REASON: "mine", UNTIL: "2026-11-30"}, user=slack.colleague)
    assert await alerted.bot.running.finished(within=5)

    (told,) = alerted.told(slack.colleague)
    assert told.startswith("<@U0ALICE01> closed this alert as expected, ")


async def test_a_resolved_alert_takes_no_acknowledgement(alerted: Alerted) -> None:
    alerted.store(replace(alerted.alert, state=AlertState.RESOLVED, resolution=Resolution.BACK_TO_NORMAL))

    told = await (await alerted.click(ACKNOWLEDGE)).answer()

    assert told.text == "This alert was resolved on Sat 21 Nov. Nothing changed."
    assert alerted.alert.handling is None
    assert alerted.thread == []


@pytest.mark.parametrize("action_id", [ACKNOWLEDGE, EXPECT, DETAILS])
async def test_a_button_of_another_database_says_so(alerted: Alerted, action_id: str) -> None:
    alerted.store(replace(alerted.alert, opened_day=TODAY))

    told = await (await alerted.click(action_id)).answer()

    assert "from before the bot's data was set up anew" in told.text


async def test_a_button_from_before_a_restart_works(alerted: Alerted) -> None:
    shown = alerted.message
    async with listening(alerted.world) as restarted:
        await alerted.world.slack.click(shown, ACKNOWLEDGE)
        assert await restarted.running.finished(within=5)
        await alerted.world.slack.wait_until(lambda: bool(alerted.thread))

    assert alerted.alert.state is AlertState.ACKNOWLEDGED


async def test_what_was_kept_before_a_crash_is_shown_once_afterwards(alerted: Alerted) -> None:
    click = handling(Verb.ACKNOWLEDGE)
    with alerted.world.open_store() as store:
        keep_click(store, reference(alerted.alert), click)  # and the process dies before it is said

    for _ in range(2):
        deliverer = alerted.world.build_deliverer()
        await deliverer.take_over()
        await deliverer.deliver()

    assert alerted.state().startswith("👀 *Acknowledged*")
    assert [said.text for said in alerted.thread] == ["👀 Acknowledged"]


async def test_a_click_that_fails_in_between_leaves_nothing_behind(alerted: Alerted) -> None:
    broken = replace(handling(Verb.ACKNOWLEDGE), reason=None)  # type: ignore[arg-type]  # no column takes it
    with (
        alerted.world.open_store() as store,
        pytest.raises(Exception, match="NOT NULL"),
    ):
        keep_click(store, reference(alerted.alert), broken)

    assert alerted.alert.state is AlertState.FIRING
    with alerted.world.open_store() as store:
        assert store.outbox.claim_due(alerted.world.clock()) is None


async def test_each_organisation_has_its_own_alerts(alerted: Alerted) -> None:
    ours = alerted.alert
    with alerted.world.open_store() as store:
        store.save_organization(Organization("org_other", "Other"), seen_at=alerted.world.clock())
        theirs = store.alerts.save_alert(replace(ours, id=0, message_key=None))

        keep_click(store, reference(ours), handling(Verb.ACKNOWLEDGE))

        assert store.alerts.load_open_alerts() == [theirs]
        assert find_alert(store, reference(ours))[1].state is AlertState.ACKNOWLEDGED
        assert find_alert(store, reference(theirs))[1].state is AlertState.FIRING


async def test_somebody_from_another_organisation_may_not(alerted: Alerted) -> None:
    slack = alerted.world.slack
    slack.workspace.add_user(SlackUser(id="U0EVE0001", name="eve", team_id="T0OTHER01", is_stranger=True))
    slack.workspace.channels[slack.channel].members.add("U0EVE0001")

    told = await (await alerted.click(ACKNOWLEDGE, user="U0EVE0001")).answer()

    assert told.text.startswith("Only members of this Slack workspace can do that")
    assert alerted.alert.state is AlertState.FIRING


async def test_a_deleted_message_keeps_the_click_and_says_so(alerted: Alerted) -> None:
    shown = alerted.message
    alerted.world.slack.delete_message(shown)

    told = await (await alerted.world.slack.click(shown, ACKNOWLEDGE)).answer()

    assert told.text.startswith("That is kept, but nobody sees it in the message: it was deleted.")
    assert alerted.alert.state is AlertState.ACKNOWLEDGED


async def test_a_channel_without_the_bot_keeps_the_click_and_says_what_to_do(alerted: Alerted) -> None:
    shown, slack = alerted.message, alerted.world.slack
    slack.remove_bot(slack.channel)

    told = await (await slack.click(shown, ACKNOWLEDGE)).answer()

    assert "Slack said not_in_channel; invite the bot to the channel" in told.text
    assert alerted.alert.state is AlertState.ACKNOWLEDGED


async def test_a_window_sent_off_in_a_channel_without_the_bot_is_answered_directly(alerted: Alerted) -> None:
    slack = alerted.world.slack
    await alerted.click(EXPECT)
    slack.remove_bot(slack.channel)

    await slack.submit({REASON: "launch", UNTIL: "2026-11-30"})
    assert await alerted.bot.running.finished(within=5)

    direct = slack.workspace.direct_message_with(slack.user).id
    (told,) = slack.messages(direct)
    assert "That is kept" in told.text
    assert alerted.alert.state is AlertState.EXPECTED


async def test_a_window_that_slack_waits_no_longer_for_says_so(alerted: Alerted) -> None:
    alerted.world.slack.faults.add("views.open", Refused("expired_trigger_id"))

    told = await (await alerted.click(DETAILS)).answer()

    assert told.text == "Slack waits no longer for that window. Click again."


@pytest.mark.parametrize(
    ("faults", "logged"),
    [
        ({"chat.postEphemeral": 1}, "somebody could not be told"),
        ({"chat.postEphemeral": 0, "chat.postMessage": 1}, "nobody knows whether somebody was told"),
    ],
)
async def test_somebody_who_cannot_be_told_is_no_trouble_for_others(
    alerted: Alerted, faults: dict[str, int], logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    await alerted.click(EXPECT)
    alerted.store(replace(alerted.alert, state=AlertState.RESOLVED, resolution=Resolution.BACK_TO_NORMAL))
    for method, is_lost in faults.items():
        alerted.world.slack.faults.add(method, Broken(500) if is_lost else Refused("not_in_channel"))

    await alerted.world.slack.submit({REASON: "launch", UNTIL: "2026-11-30"})
    assert await alerted.bot.running.finished(within=5)

    assert logged in caplog.text
    assert alerted.told() == []


async def test_what_goes_wrong_with_a_click_is_said_to_whoever_clicked(alerted: Alerted) -> None:
    alerted.world.slack.faults.add("views.open", Refused("fatal_error"))

    told = await (await alerted.click(DETAILS)).answer()

    assert "Something went wrong" in told.text


async def test_the_details_of_the_organisations_alert_are_its_days(alerted: Alerted) -> None:
    everywhere = replace(alerted.alert, workspace_id=WHOLE_ORGANIZATION)
    with alerted.world.open_store() as store:
        view = load_details(store, everywhere, subject="All workspaces up 30 %")

    assert [block["block_id"] for block in view["blocks"]] == ["headline", "state", "days"]


async def test_an_edit_whose_answer_is_lost_stays_queued_and_is_no_ones_worry(alerted: Alerted) -> None:
    alerted.world.slack.faults.add(UPDATE, Refused("fatal_error"))

    clicked = await alerted.click(ACKNOWLEDGE)

    assert clicked.answers == []
    with alerted.world.open_store() as store:
        latest = store.outbox.load_latest("alert:1")
    assert latest is not None
    assert latest.state is OutboxState.SENDING


async def test_guests_may_not_where_slack_tells_who_they_are(synced: World) -> None:
    synced.slack.grant("users:read")
    guest = SlackUser(id="U0GUEST01", name="guest", team_id=synced.slack.workspace.team_id, is_restricted=True)
    synced.slack.workspace.add_user(guest)
    async with listening(synced) as bot:
        clock = synced.build_clock()
        with synced.open_store() as store:
            clock.checker.check(store, day=YESTERDAY)
        await clock.deliverer.deliver()
        alerted = Alerted(bot=bot)

        told = await (await alerted.click(ACKNOWLEDGE, user=guest.id)).answer()
        assert told.text.startswith("Only members of this Slack workspace can do that")

        await alerted.click(ACKNOWLEDGE)
        assert alerted.alert.state is AlertState.ACKNOWLEDGED
