"""The lists of workspaces and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.admin_api import Nonsense
from bot.model import DEFAULT_WORKSPACE, ApiKey, Workspace
from tests.admin_api.stand_in import COST_ROW, ONE_DAY, answering, api, bucket, cost_row, entries, everything, ok, page

if TYPE_CHECKING:
    import httpx


def workspace(id_: str | None, name: str = "Search", **fields: object) -> dict[str, Any]:
    return {"id": id_, "type": "workspace", "name": name, "archived_at": None, **fields}


def key(id_: str = "apikey_1", **fields: object) -> dict[str, Any]:
    return {"id": id_, "type": "api_key", "name": "ci", "status": "active", **fields}


class Directory:
    """Lists one entry per page, and the default workspace only to those who ask for it."""

    def __init__(self, *, workspaces: list[Any] | None = None, keys: list[Any] | None = None) -> None:
        self.workspaces = workspaces or []
        self.keys = keys or []
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        parameters = request.url.params
        everything = self.keys if request.url.path.endswith("/api_keys") else self.workspaces
        listed = [entry for entry in everything if "include_default" in parameters or entry["name"] != "Default"]
        after = next((n for n, entry in enumerate(listed, 1) if entry["id"] == parameters.get("after_id")), 0)
        rest = listed[after:]
        return ok(entries(*rest[:1], last_id=rest[0]["id"] if len(rest) > 1 else None))


async def workspaces(*listed: dict[str, Any]) -> list[Workspace]:
    return await api(Directory(workspaces=list(listed))).fetch_workspaces()


async def api_keys(*listed: dict[str, Any]) -> list[ApiKey]:
    directory = Directory(workspaces=[workspace("wrkspc_real", "Default"), workspace("wrkspc_1")], keys=list(listed))
    return await api(directory).fetch_api_keys()


async def test_workspaces_come_from_every_page() -> None:
    names = [w.id for w in await workspaces(*(workspace(f"wrkspc_{n}") for n in range(5)))]
    assert names == [f"wrkspc_{n}" for n in range(5)]


async def test_archived_workspaces_are_asked_for_and_marked() -> None:
    directory = Directory(workspaces=[workspace("wrkspc_1", archived_at="2026-11-01T00:00:00Z")])
    assert await api(directory).fetch_workspaces() == [Workspace("wrkspc_1", "Search", archived=True)]
    assert {request.url.params["include_archived"] for request in directory.requests} == {"true"}


async def test_the_default_workspace_has_one_id() -> None:
    listed = await workspaces(workspace("wrkspc_1"), workspace("wrkspc_real", "Default"))
    assert listed == [Workspace("wrkspc_1", "Search"), Workspace(DEFAULT_WORKSPACE, "Default")]


async def test_a_workspace_without_id_is_the_default_one() -> None:
    assert await api(answering(ok(entries(workspace(None, "Default"))))).fetch_workspaces() == [
        Workspace(DEFAULT_WORKSPACE, "Default")
    ]


async def test_a_list_that_always_has_the_default_workspace_renames_nobody() -> None:
    both = answering(ok(entries(workspace("wrkspc_1"), workspace("wrkspc_2", "Default"))))
    assert [w.id for w in await api(both).fetch_workspaces()] == ["wrkspc_1", "wrkspc_2"]


async def test_two_workspaces_that_could_be_the_default_one_keep_their_ids() -> None:
    listed = await workspaces(workspace("wrkspc_1", "Default"), workspace("wrkspc_2", "Default"))
    assert [w.id for w in listed] == ["wrkspc_1", "wrkspc_2"]


async def test_the_bill_knows_the_default_workspaces_real_id_from_the_list() -> None:
    directory = Directory(workspaces=[workspace("wrkspc_real", "Default")])
    bill = ok(page(bucket(COST_ROW, cost_row(workspace_id="wrkspc_real"))))
    client = api(lambda request: bill if request.url.path.endswith("cost_report") else directory(request))
    await client.fetch_workspaces()
    assert [line.series.workspace_id for line in await everything(client.fetch_cost(ONE_DAY))] == [
        "wrkspc_search",
        DEFAULT_WORKSPACE,
    ]


async def test_a_key_of_the_old_shape_names_its_workspace() -> None:
    assert await api_keys(key(workspace_id="wrkspc_1")) == [ApiKey("apikey_1", "ci", "active", "wrkspc_1")]


async def test_a_key_of_the_old_shape_without_workspace_is_the_default_ones() -> None:
    assert (await api_keys(key(workspace_id=None)))[0].workspace_id == DEFAULT_WORKSPACE


async def test_a_key_of_the_new_shape_names_its_workspace() -> None:
    scope = {"type": "workspace", "workspace_id": "wrkspc_1"}
    assert (await api_keys(key(scope=scope, workspace_id=None)))[0].workspace_id == "wrkspc_1"


async def test_a_key_of_the_new_shape_names_even_the_default_workspace() -> None:
    scope = {"type": "workspace", "workspace_id": "wrkspc_real"}
    assert (await api_keys(key(scope=scope)))[0].workspace_id == DEFAULT_WORKSPACE


async def test_a_key_of_the_whole_organisation_has_no_workspace() -> None:
    assert (await api_keys(key(scope={"type": "organization"}, workspace_id=None)))[0].workspace_id == ""


async def test_a_status_nobody_knows_yet_is_kept() -> None:
    assert (await api_keys(key(workspace_id=None, status="dreaming")))[0].status == "dreaming"


@pytest.mark.parametrize("field", ["id", "name", "status", "workspace_id"])
async def test_a_key_that_lacks_a_field_is_nonsense(field: str) -> None:
    entry = {name: value for name, value in key(workspace_id=None).items() if name != field}
    with pytest.raises(Nonsense, match=f'"{field}" is missing'):
        await api(answering(ok(entries()), ok(entries()), ok(entries(entry)))).fetch_api_keys()


@pytest.mark.parametrize("entry", [None, 7, "wrkspc_1", [], {"id": 7, "name": "x"}, {"id": "wrkspc_1", "name": 7}])
async def test_a_workspace_that_is_none_is_nonsense(entry: object) -> None:
    with pytest.raises(Nonsense):
        await api(answering(ok(entries(entry)))).fetch_workspaces()


async def test_a_list_that_leads_in_a_circle_is_nonsense() -> None:
    with pytest.raises(Nonsense, match="leads back"):
        await api(answering(ok(entries(workspace("wrkspc_1"), last_id="wrkspc_1")))).fetch_workspaces()


async def test_a_list_that_has_more_and_does_not_say_where_is_nonsense() -> None:
    with pytest.raises(Nonsense, match='"last_id" does not say where'):
        await api(answering(ok({"data": [], "has_more": True, "last_id": None}))).fetch_workspaces()
