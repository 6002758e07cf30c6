"""Names are other people's words: nothing in them calls a channel, breaks a message, or gets lost."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from tests.e2e.harness import markup_of

if TYPE_CHECKING:
    from tests.e2e.harness import World

NAMES = (
    "<!channel> everybody <@U0BOB0001>",
    "<!channel>&" + "x" * 189,
    "*bold* `code` ~gone~ <https://example.com|here>",
    "line\none\x1b[2J\u202eright-to-left",
    "   ",
)
"""A mention, a long one, markup, characters that steer a terminal, and nothing but blanks."""


async def test_no_workspaces_name_calls_anybody_or_breaks_a_message(synced: World) -> None:
    world = synced
    for workspace, name in zip(list(world.organization.workspaces), cycle(NAMES), strict=False):
        world.organization.rename_workspace(workspace.id, name)
    async with world.bot() as bot:
        await bot.until(lambda: world.all_sent(count=2))
        answers = [await world.ask(question) for question in ("7d", "7d by key", "alerts")]
    report, digest = await world.command("report"), await world.command("digest", "--post")

    everything = [*world.slack.messages(), *answers]
    assert (report.code, digest.code) == (0, 0)
    assert len(world.slack.messages()) == 3
    assert all(message.blocks for message in everything)
    for forbidden in ("<!channel", "<@", "<http"):
        assert not [message.text for message in everything if forbidden in markup_of(message)]
    assert "\x1b" not in report.out + digest.out


async def test_a_new_name_is_used_from_the_next_sync_on(synced: World) -> None:
    synced.organization.rename_workspace(synced.organization.stories.broken_cache, "Intake")
    await synced.command("sync")

    assert "\nIntake\t$" in (await synced.command("report")).out
