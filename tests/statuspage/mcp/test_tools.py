"""The tools, called by the official client (contract P12)."""

import asyncio
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.conf import settings
from django.utils import timezone
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from components.models import JournalEntry
from components.services import save_component
from components.values.severity import Severity
from incidents.models import Incident, Note
from incidents.services import open_incident
from maintenance.models import Window
from statuspage.access import tokens
from statuspage.edge.app import EdgeApp
from statuspage.mcp.calls import ON_THE_MACHINE, Caller, caller_of
from statuspage.mcp.server import build_server
from statuspage.models import Page
from statuspage.publishing import snapshot
from tests import build

pytestmark = pytest.mark.django_db(transaction=True)
READING = {"status", "components", "incidents", "uptime", "maintenance"}
YEAR_1 = "0001-01-01T00:00:00+14:00"
WRITING = {"draft_incident", "draft_update", "draft_maintenance", "publish"}


def ask(caller: Caller, tool: str, **arguments: Any) -> Any:
    """Return what a tool tells the official client; the text of the error if it refuses."""

    async def talk() -> Any:
        async with Client(build_server(lambda headers: caller)) as client:
            answer = await client.call_tool(tool, arguments)
        if answer.is_error:
            return " ".join(getattr(each, "text", "") for each in answer.content)
        return answer.structured_content

    return asyncio.run(talk())


def assistant(*scopes: str, page: str = "") -> Caller:
    key = tokens.create(name="assistant", scopes=scopes, page=page)
    found = caller_of(key, now=timezone.now())
    assert found is not None
    return found


def calls() -> Iterable[tuple[str, bool]]:
    rows = JournalEntry.objects.filter(kind="mcp.called").order_by("pk")
    return [(each.data["tool"], each.data["refused"]) for each in rows]


def test_all_tools_are_listed_p12() -> None:
    async def names() -> set[str]:
        async with Client(build_server(lambda headers: ON_THE_MACHINE)) as client:
            return {each.name for each in (await client.list_tools()).tools}

    assert asyncio.run(names()) == READING | WRITING


def test_reading_tells_what_is_public_and_nothing_else_p12() -> None:
    shop = build.component("Shop", slug="shop")
    hidden = build.component("Secret", slug="secret", visible=False)
    save_component(hidden)
    open_incident(title="Slow", severity=Severity.MINOR, message="We look.", impacts={})
    open_incident(
        title="Draft of ours", severity=Severity.MINOR, message="x", impacts={}, published=False
    )
    snapshot.publish()

    told = {
        "status": ask(ON_THE_MACHINE, "status"),
        "components": ask(ON_THE_MACHINE, "components", name="SHO"),
        "incidents": ask(ON_THE_MACHINE, "incidents"),
        "uptime": ask(ON_THE_MACHINE, "uptime"),
        "maintenance": ask(ON_THE_MACHINE, "maintenance"),
    }

    assert told["status"]["counts"]["services"] == 1
    assert [each["id"] for each in told["components"]["components"]] == [shop.slug]
    assert [each["title"] for each in told["incidents"]["incidents"]] == ["Slow"]
    assert told["maintenance"] == {"maintenance": []}
    assert "Secret" not in str(told)
    assert "Draft of ours" not in str(told)
    assert {name for name, _ in calls()} == READING
    assert "There is no report" in ask(ON_THE_MACHINE, "uptime", month="../key.pem")
    month = f"{timezone.now():%Y-%m}"
    assert ask(ON_THE_MACHINE, "uptime", month=month)["month"] == month


def test_from_a_draft_to_resolved_with_the_scopes_that_it_takes_p12() -> None:
    build.component("Shop", slug="shop")
    drafter, writer = assistant("status:draft"), Caller("writer", frozenset({"status:write"}))
    what = {"title": "Slow", "message": "We look.", "components": {"shop": "partial_outage"}}

    refused = ask(assistant_reading(), "draft_incident", **what)
    made = ask(drafter, "draft_incident", **what)
    reference = made["reference"]
    ask(drafter, "draft_update", reference=reference, message="Found.", status="identified")
    not_yet = ask(drafter, "publish", reference=reference)
    assert not Incident.objects.get().published
    public = ask(writer, "publish", reference=reference)
    note = ask(
        drafter, "draft_update", reference=public["reference"], message="Fixed.", status="resolved"
    )
    ask(
        writer, "publish", reference=public["reference"], message="Fixed.", status="resolved",
        notify=False,
    )  # fmt: skip

    assert "lacks the scope status:draft" in refused
    assert "lacks the scope status:write" in not_yet
    assert (made["published"], public["published"], note["kept_as"]) == (False, True, "note")
    incident = Incident.objects.get()
    assert incident.status == "resolved"
    assert "Fixed." in Note.objects.get().text
    entry = JournalEntry.objects.filter(kind="mcp.called", data__tool="publish").last()
    assert entry is not None
    assert (entry.actor, entry.data["token"]) == ("token writer", "writer")
    assert [refused for tool, refused in calls() if tool == "publish"] == [True, False, False]


def assistant_reading() -> Caller:
    return Caller("reader", frozenset({"status:read"}))


def test_maintenance_is_drafted_and_published() -> None:
    build.component("Shop", slug="shop")
    begin = timezone.now() + timedelta(days=1)
    times = {"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(hours=1)).isoformat()}
    writer = Caller("writer", frozenset({"status:write"}))

    made = ask(
        writer, "draft_maintenance", title="Upgrade", message="New disks.", components=["shop"],
        **times,
    )  # fmt: skip
    told = ask(writer, "publish", reference=made["reference"])

    assert (made["published"], told["state"]) == (False, "scheduled")
    assert [each.slug for each in Window.objects.get().components.all()] == ["shop"]


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("draft_incident", {"title": "a", "message": "b", "severity": "x"}, "not a severity"),
        ("draft_incident", {"title": "", "message": "b"}, "title"),
        ("draft_incident", {"title": "a", "message": "b", "components": {"no": "x"}}, "no compo"),
        ("draft_update", {"reference": "INC-1", "message": "b", "status": "x"}, "no incident"),
        ("publish", {"reference": "MAINT-1"}, "no maintenance"),
        (
            "draft_maintenance",
            {"title": "a", "message": "b", "starts_at": "2026-12-01T06:00:00",
             "ends_at": "2026-12-01T07:00:00"},
            "write the offset",
        ),
    ],
    ids=["severity", "title", "component", "incident", "maintenance", "offset"],
)  # fmt: skip
def test_what_cannot_be_done_says_why(tool: str, arguments: dict[str, Any], says: str) -> None:
    build.component("Shop", slug="shop")

    assert says in ask(Caller("w", frozenset({"status:write"})), tool, **arguments)
    assert not Incident.objects.exists()


def test_each_scope_writes_with_exactly_these_tools_s14() -> None:
    what: dict[str, dict[str, Any]] = {
        "draft_incident": {"title": "a", "message": "b", "severity": "no word"},
        "draft_update": {"reference": "INC-1", "message": "b", "status": "resolved"},
        "draft_maintenance": {"title": "a", "message": "b", "starts_at": YEAR_1, "ends_at": YEAR_1},
        "publish": {"reference": "INC-1"},
    }
    drafts = {"draft_incident", "draft_update", "draft_maintenance"}
    may = {"status:draft": drafts, "status:write": {*drafts, "publish"}}

    for scope in tokens.SCOPES:
        caller = Caller("assistant", frozenset({scope}))
        refused = {
            tool for tool in WRITING if "lacks the scope" in str(ask(caller, tool, **what[tool]))
        }
        assert refused == WRITING - may.get(scope, set()), scope


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("draft_incident", {"title": "a\0", "message": "b"}),
        ("draft_incident", {"title": "a", "message": "b", "components": {"\0": "degraded"}}),
        ("draft_update", {"reference": "\0", "message": "b", "status": "resolved"}),
        ("draft_maintenance", {"title": "a", "message": "\0", "starts_at": YEAR_1,
                               "ends_at": YEAR_1}),
        ("draft_maintenance", {"title": "a", "message": "b", "starts_at": YEAR_1,
                               "ends_at": "9999-12-31T23:59:59-14:00"}),
        ("publish", {"reference": "MAINT\0"}),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_stored_is_refused_in_words_s16(
    tool: str, arguments: dict[str, Any]
) -> None:
    told = ask(Caller("writer", frozenset({"status:write"})), tool, **arguments)

    assert "cannot be stored" in told or "write an instant after" in told


def test_a_token_of_one_page_reads_that_page_and_does_not_write() -> None:
    shop = build.component("Shop", slug="shop")
    build.component("Desk", slug="desk")
    page = Page.objects.create(slug="sales", name="Sales")
    page.components.add(shop)
    save_component(shop)
    snapshot.publish()
    caller = assistant("status:write", page="sales")

    told = ask(caller, "components")

    assert [each["id"] for each in told["components"]] == ["shop"]
    assert "only reads here" in ask(caller, "draft_incident", title="a", message="b")


def test_on_standard_input_and_output_p12(tmp_path: Path) -> None:
    """A process of its own, with a store of its own: nothing but the protocol is on its output."""
    root = Path(__file__).parents[3]

    async def talk() -> tuple[set[str], bool]:
        server = StdioServerParameters(
            command=sys.executable, args=[str(root / "manage.py"), "mcp"], cwd=root,
            env={"STATUSPAGE_DATA_DIR": str(tmp_path)},
        )  # fmt: skip
        async with Client(server) as client:
            names = {each.name for each in (await client.list_tools()).tools}
            answer = await client.call_tool("draft_incident", {"title": "a", "message": "b"})
        return names, bool(answer.is_error)

    assert asyncio.run(talk()) == (READING | WRITING, True)


def test_by_http_on_the_management_listener_with_a_token_p12(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wrong keys are slowed as on the API, whatever they say of proxies (S17); valid ones are not
    held up by them."""
    monkeypatch.setattr(settings.STATUSPAGE, "anonymous_requests_per_minute", 2)
    key = tokens.create(name="http", scopes=["status:read"])
    port = settings.STATUSPAGE.management_port
    snapshot.publish()

    async def behind(asked: Any, receive: Any, send: Any) -> None:
        raise AssertionError("Django was asked")

    async def talk() -> tuple[int, int, int, Any]:
        app = EdgeApp(behind)
        app._started = True
        own = httpx2.ASGITransport(app=app)
        url = f"http://127.0.0.1:{port}/mcp"
        async with httpx2.AsyncClient(transport=own) as nobody:
            refused = await nobody.post(url, json={})
            wrong = await nobody.post(url, json={}, headers={"authorization": "Bearer sp_x"})
            spoofed = {"authorization": "Bearer sp_y", "x-forwarded-for": "9.9.9.9"}
            many = await nobody.post(url, json={}, headers=spoofed)
        bearer = {"authorization": f"Bearer {key}"}
        async with (
            httpx2.AsyncClient(transport=own, headers=bearer) as web,
            Client(streamable_http_client(url, http_client=web)) as client,
        ):
            answer = await client.call_tool("status", {})
        app.mcp.stop()
        return refused.status_code, wrong.status_code, many.status_code, answer.structured_content

    refused, wrong, many, told = asyncio.run(talk())

    assert (refused, wrong, many) == (401, 401, 429)
    assert told["overall"] == "operational"
    entry = JournalEntry.objects.get(kind="mcp.called")
    assert (entry.actor, entry.data["token"]) == ("token http", "http")
