"""What is not there: a page with ways on for browsers, a problem for programs."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler

from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import delete_incident, open_incident
from maintenance.models import Window
from maintenance.services import delete_window, schedule
from statuspage.edge.app import EdgeApp
from statuspage.publishing import rendered
from statuspage.renderers.html.missing_page import NOTHING_HERE, WITHDRAWN
from statuspage.state.builder import gather
from tests.statuspage.asgi import Answer, ask, scope
from tests.statuspage.page_html import read

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def opened(**fields: Any) -> Incident:
    return open_incident(
        title="Shop is down", message="We look.", severity=Severity.MAJOR, **fields
    )


async def door() -> EdgeApp:
    made = EdgeApp(ASGIHandler())  # type: ignore[arg-type]
    made._started = True
    made.pages.install(rendered.build(await sync_to_async(gather)(now=datetime.now(UTC))))
    return made


async def visit(path: str, **headers: str) -> Answer:
    return await ask(await door(), scope(path, headers=headers or BROWSER))


@pytest.mark.parametrize(
    "path",
    ["/status/incidents/INC-2026-999", "/status/maintenance/MAINT-2026-999", "/nothing",
     "/status/components/nothing", "/status/nothing", "/status/history/1999-01",
     "/status/components/nothing/feed.atom"],
)  # fmt: skip
async def test_a_browser_gets_a_page_with_the_status_and_ways_on(path: str) -> None:
    """F-M10."""
    answer = await visit(path)

    assert answer.status == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers
    document = read(answer.body)
    assert document.one("h1").text == NOTHING_HERE
    assert document.one("a", class_="now")
    assert {"/status", "/status/history", "/status/subscribe"} <= {
        each.attributes.get("href") for each in document.all("a")
    }


@pytest.mark.parametrize("path", ["/status/incidents/INC-2026-999", "/nothing"])
@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
async def test_a_program_gets_a_problem(path: str, accept: str) -> None:
    answer = await visit(path, accept=accept)

    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body)["status"] == 404


async def test_an_unknown_address_of_the_api_is_a_problem_for_everybody() -> None:
    answer = await visit("/api/v1/status/incidents/9999")

    assert "html" not in answer.headers["content-type"]


@pytest.mark.parametrize("deleted", [True, False])
async def test_what_was_public_and_is_not_was_withdrawn(deleted: bool) -> None:
    """F-M10: deleted, or hidden again."""
    incident = await sync_to_async(opened)()
    if deleted:
        await sync_to_async(delete_incident)(incident)
    else:
        await sync_to_async(Incident.objects.filter(pk=incident.pk).update)(published=False)

    answer = await visit(f"/status/incidents/{incident.reference}")
    told = await visit(f"/status/incidents/{incident.reference}", accept="application/json")

    assert (answer.status, told.status) == (404, 404)
    assert read(answer.body).one("h1").text == WITHDRAWN
    assert json.loads(told.body)["detail"] == WITHDRAWN
    assert b"Shop is down" not in answer.body


async def test_a_deleted_window_was_withdrawn() -> None:
    now = datetime.now(UTC)
    planned = Window(
        title="Disks", starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2)
    )
    window = await sync_to_async(schedule)(planned, components=[])
    await sync_to_async(delete_window)(window)

    answer = await visit(f"/status/maintenance/{window.reference}")

    assert read(answer.body).one("h1").text == WITHDRAWN


@pytest.mark.parametrize("deleted", [True, False])
async def test_what_never_was_public_answers_like_what_is_not_there(deleted: bool) -> None:
    """S2: a draft, and one that was deleted as such."""
    draft = await sync_to_async(opened)(published=False)
    if deleted:
        await sync_to_async(delete_incident)(draft)

    hidden = await visit(f"/status/incidents/{draft.reference}")
    missing = await visit("/status/incidents/INC-2026-999")

    assert hidden.status == 404
    assert read(hidden.body).one("h1").text == read(missing.body).one("h1").text == NOTHING_HERE


async def test_a_head_has_no_body() -> None:
    answer = await ask(await door(), scope("/nothing", method="HEAD", headers=BROWSER))

    assert (answer.status, answer.body) == (404, b"")
