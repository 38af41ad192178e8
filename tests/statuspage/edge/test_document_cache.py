"""Public documents at the edge: from memory, from the records, and without them."""

import asyncio
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db.backends.base.base import BaseDatabaseWrapper

from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident
from maintenance.models import Window
from maintenance.services import schedule
from statuspage.edge.app import EdgeApp
from statuspage.publishing import archive, projector, rendered
from statuspage.publishing.documents import HTML, Document
from statuspage.state.builder import gather
from tests import build
from tests.statuspage.asgi import ask, scope
from tests.statuspage.page_states import component, group, incident, page, update
from tests.waiting import FOR_EVER, PATIENCE

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
PAGES = ("/status/history", "/status/components/api", "/status/incidents/INC-2026-001")


async def behind(asked: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def showing(state: Any) -> EdgeApp:
    made = EdgeApp(behind)
    made._started = True
    made.pages.install(rendered.build(state))
    return made


def told() -> Any:
    opened = replace(
        incident(components=["API"], updates=[update("We look at it.")]), reference="INC-2026-001"
    )
    return page([group(components=[component("API")])], incidents=[opened])


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/status.txt", "text/plain; charset=utf-8"),
        ("/status/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/status/feed.rss", "application/rss+xml; charset=utf-8"),
        ("/status/calendar.ics", "text/calendar; charset=utf-8"),
        ("/status/badge.svg", "image/svg+xml"),
        ("/status/components/api/uptime.svg", "image/svg+xml"),
        ("/status/components/api/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/status/banner", "text/html; charset=utf-8"),
        ("/status/incidents/INC-2026-001", "text/html; charset=utf-8"),
    ],
)
async def test_documents_answer_conditional_requests_from_memory(
    path: str, content_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = showing(told())

    def refuse(connection: Any) -> Any:
        raise AssertionError("asked the database")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", refuse)

    first = await ask(door, scope(path))
    again = await ask(door, scope(path, headers={"if-none-match": first.headers["etag"]}))
    packed = await ask(door, scope(path, headers={"accept-encoding": "br"}))

    assert (first.status, first.headers["content-type"]) == (200, content_type)
    assert (again.status, again.body) == (304, b"")
    assert packed.headers["content-encoding"] == "br"
    assert "set-cookie" not in first.headers


async def test_open_incidents_are_ready_at_publication() -> None:
    door = showing(told())

    ready = door.immediate_response(scope("/status/incidents/INC-2026-001"))

    assert ready is not None
    assert b"We look at it." in ready[1]["body"]


@pytest.mark.parametrize(
    "path",
    [
        "/status/components/{}",
        "/status/components/{}/feed.atom",
        "/status/components/{}/badge.svg",
        "/status/components/{}/status.txt",
        "/status/history?component={}",
    ],
)
async def test_hidden_and_missing_components_answer_alike_s2(path: str) -> None:
    await sync_to_async(build.component)("Secret", slug="secret", visible=False)
    state = await sync_to_async(gather)(now=datetime.now(UTC))
    door = showing(state)
    answers = []

    for name in ("secret", "nothing"):
        asked, _, query = path.format(name).partition("?")
        answers.append(await ask(door, scope(asked, query=query)))

    assert answers[0].status == 404
    assert answers[0] == answers[1]
    assert b"secret" not in answers[0].body.lower()


async def test_a_draft_and_a_missing_incident_answer_alike_s2() -> None:
    draft = await sync_to_async(open_incident)(
        title="Not yet told", message="Nobody knows", severity=Severity.MINOR, published=False
    )
    door = showing(await sync_to_async(gather)(now=datetime.now(UTC)))

    hidden = await ask(door, scope(f"/status/incidents/{draft.reference}"))
    missing = await ask(door, scope("/status/incidents/INC-2026-999"))

    assert hidden.status == 404
    assert hidden == missing


async def test_an_incident_of_long_ago_has_its_page_and_stands_in_its_month() -> None:
    began = datetime(2026, 3, 5, 10, tzinfo=UTC)
    old = await sync_to_async(open_incident)(
        title="Cable cut", message="A digger found it.", severity=Severity.MAJOR, started_at=began
    )
    await sync_to_async(Incident.objects.filter(pk=old.pk).update)(
        status="resolved", resolved_at=began + timedelta(hours=2)
    )
    door = showing(await sync_to_async(gather)(now=datetime(2026, 11, 21, tzinfo=UTC)))

    alone = await ask(door, scope(f"/status/incidents/{old.reference}"))
    month = await ask(door, scope("/status/history/2026-03"))
    other = await ask(door, scope("/status/history/2026-04"))

    assert alone.status == month.status == other.status == 200
    assert b"A digger found it." in alone.body
    assert b"resolved after 2 h" in month.body
    assert b"Cable cut" not in other.body
    assert b"/status/history/2026-03" in other.body


async def test_a_window_of_long_ago_stands_in_its_month_and_keeps_its_page() -> None:
    begins = datetime(2026, 3, 5, 10, tzinfo=UTC)
    hidden = await sync_to_async(build.component)("Secret", slug="secret", visible=False)
    for title, covers in (("New disks", []), ("Secret disks", [hidden])):
        window = Window(title=title, starts_at=begins, ends_at=begins + timedelta(hours=2))
        await sync_to_async(schedule)(window, components=covers)
    door = showing(await sync_to_async(gather)(now=datetime(2026, 11, 21, tzinfo=UTC)))

    month = await ask(door, scope("/status/history/2026-03"))
    later = await ask(door, scope("/status/history/2026-04"))
    alone = await ask(door, scope("/status/maintenance/MAINT-2026-001"))

    assert month.status == later.status == alone.status == 200
    assert "Maintenance · completed · 2 h" in month.body.decode()
    assert b'href="/status/maintenance/MAINT-2026-001"' in month.body
    assert b"/status/history/2026-03" in later.body  # though no incident is that old
    assert b"Secret" not in month.body
    assert b"New disks" not in later.body


async def test_a_components_page_tells_its_year() -> None:
    made = await sync_to_async(build.component)("API", slug="api", status_override="degraded")
    await sync_to_async(projector.catch_up)()
    door = showing(await sync_to_async(gather)(now=datetime.now(UTC)))

    answer = await ask(door, scope("/status/components/api"))

    assert answer.status == 200
    assert made.name.encode() in answer.body
    assert b'class="year"' in answer.body
    assert b"Degraded" in answer.body


async def test_one_gathering_serves_all_who_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    door, made = showing(told()), []

    def gathered(*asked: Any) -> Document:
        made.append(asked)
        return _page()

    monkeypatch.setattr(archive, "_history", gathered)

    answers = await asyncio.gather(*(ask(door, scope("/status/history")) for _ in range(20)))

    assert {answer.status for answer in answers} == {200}
    assert len(made) == 1


def _page() -> Document:
    return Document(HTML, b"<p>then</p>")


async def test_r1_without_the_database_the_last_known_bytes_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    door = showing(told())
    monkeypatch.setattr(archive, "_history", lambda *asked: _page())
    assert (await ask(door, scope("/status/history"))).status == 200

    def away(*asked: Any) -> Any:
        raise OSError("the database is gone")

    monkeypatch.setattr(archive, "_history", away)
    monkeypatch.setattr(archive, "_component", away)
    newer = replace(told(), version=5000, built_at=told().built_at + timedelta(minutes=1))
    door.pages.install(rendered.build(newer))

    known = await ask(door, scope("/status/history"))
    never = await ask(door, scope("/status/components/api"))
    page_itself = await ask(door, scope("/status", headers={"accept": "text/html"}))

    assert (known.status, known.body) == (200, b"<p>then</p>")
    assert (never.status, never.headers["retry-after"]) == (503, "5")
    assert page_itself.status == 200


async def test_what_was_hidden_is_not_fallen_back_on_s2(monkeypatch: pytest.MonkeyPatch) -> None:
    door = showing(told())
    monkeypatch.setattr(archive, "_component", lambda *asked: _page())
    assert (await ask(door, scope("/status/components/api"))).status == 200
    hidden = replace(
        told(), groups=(), version=5000, built_at=told().built_at + timedelta(minutes=1)
    )
    door.pages.install(rendered.build(hidden))

    def away(*asked: Any) -> Any:
        raise OSError("the database is gone")

    monkeypatch.setattr(archive, "_component", away)

    assert (await ask(door, scope("/status/components/api"))).status == 404


async def test_r1_a_hung_database_holds_up_one_reader_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hung = threading.Event()
    monkeypatch.setattr("statuspage.edge.document_cache.RECORDS_TIMEOUT", 0.1)
    monkeypatch.setattr(archive, "_history", lambda *asked: hung.wait(FOR_EVER))
    door = showing(told())

    first = await ask(door, scope("/status/history"))
    monkeypatch.setattr("statuspage.edge.document_cache.RECORDS_TIMEOUT", FOR_EVER)
    async with asyncio.timeout(PATIENCE):
        second = await ask(door, scope("/status/history/2026-10"))
        feed = await ask(door, scope("/status/feed.atom"))
    hung.set()

    assert (first.status, second.status, feed.status) == (503, 503, 200)


async def test_made_up_references_cost_one_query_and_starve_nobody_s19(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up: list[str] = []

    def found(state: Any, reference: str, *_: Any, **__: Any) -> Document:
        looked_up.append(reference)
        return _page()

    monkeypatch.setattr(archive, "_incident", found)
    monkeypatch.setattr(archive, "_window", found)
    ended = await sync_to_async(open_incident)(
        title="Cable cut", message="A digger.", severity=Severity.MAJOR,
        started_at=datetime(2025, 3, 5, tzinfo=UTC),
    )  # fmt: skip
    door = showing(told())
    guesses = [
        *(f"/status/incidents/INC-2026-{n}" for n in range(500, 900)),
        *(f"/status/incidents/INC-2026-{n}/postmortem" for n in range(500, 600)),
        *(f"/status/maintenance/MAINT-2026-{n}.ics" for n in range(500, 600)),
    ]

    async with asyncio.TaskGroup() as group:
        tries = [group.create_task(ask(door, scope(path))) for path in guesses]
        await asyncio.sleep(0)
        month = await ask(door, scope("/status/history/2026-10"))
        real = await ask(door, scope(f"/status/incidents/{ended.reference}"))

    assert {task.result().status for task in tries} == {404}
    assert (month.status, real.status) == (200, 200)
    assert looked_up == [ended.reference]


async def test_one_network_cannot_take_all_places_at_the_records_s19(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = threading.Event()
    monkeypatch.setattr(archive, "_history", lambda *asked: free.wait(PATIENCE) and _page())
    door = showing(told())

    async with asyncio.TaskGroup() as group:
        greedy = [
            group.create_task(ask(door, scope(f"/status/history/{2001 + n // 12}-{n % 12 + 1:02}")))
            for n in range(200)
        ]
        await asyncio.sleep(0.1)
        other = {**scope("/status/history/2026-10"), "client": ("203.0.113.5", 5)}
        reader = group.create_task(ask(door, other))
        await asyncio.sleep(0.1)
        free.set()

    codes = [task.result().status for task in greedy]
    assert codes.count(503) >= 160
    assert reader.result().status == 200


async def test_kept_documents_are_bounded_s7(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("statuspage.edge.document_cache.MAX_DOCUMENTS", 3)
    door = showing(told())

    for form in ("feed.atom", "feed.rss", "badge.svg", "uptime.svg", "calendar.ics"):
        assert (await ask(door, scope(f"/status/{form}"))).status == 200

    assert len(door.documents._cache) == 3


@pytest.mark.parametrize("path", ["/status/feed.atom", "/status/history"])
async def test_documents_are_for_reading(path: str) -> None:
    answer = await ask(showing(told()), scope(path, method="POST"))

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "path", ["/status/components/api/why", "/status/subscribe", "/status/incidents/", "/admin/"]
)
async def test_other_paths_pass_through(path: str) -> None:
    assert (await ask(showing(told()), scope(path))).status == 299


async def test_no_page_carries_a_foreign_address() -> None:
    door = showing(told())

    for path in ("/status/incidents/INC-2026-001", "/status/history"):
        body = (await ask(door, scope(path, headers={"host": "evil.example"}))).body.decode()
        assert "evil" not in body
        assert not re.search(r'(?:src|url)\s*[=(]\s*["\']?https?:', body)
