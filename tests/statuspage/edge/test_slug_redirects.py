"""Addresses of a component's former slugs lead on."""

from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from components.models import Component
from components.services import save_component
from statuspage.edge.app import EdgeApp
from statuspage.publishing import rendered
from statuspage.state.builder import gather
from tests import build
from tests.statuspage.asgi import Answer, ask, scope

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def behind(asked: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def rename(component: Component, slug: str) -> None:
    component.slug = slug
    save_component(component)


async def visit(path: str, query: str = "", method: str = "GET") -> Answer:
    door = EdgeApp(behind)
    door._started = True
    door.pages.install(rendered.build(await sync_to_async(gather)(now=datetime.now(UTC))))
    return await ask(door, scope(path, query=query, method=method))


@pytest.mark.parametrize("rest", ["", "/badge.svg", "/feed.atom", "/calendar.ics", "/status.txt"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_former_slug_redirects_for_ever(rest: str, method: str) -> None:
    """F-M12."""
    component = await sync_to_async(build.component)("API", slug="api")
    for slug in ("api-2", "api-3"):
        await sync_to_async(rename)(component, slug)

    for former in ("api", "api-2"):
        answer = await visit(f"/status/components/{former}{rest}", method=method)
        assert answer.status == 308
        assert answer.headers["location"] == f"/status/components/api-3{rest}"
    assert (await visit(f"/status/components/api-3{rest}", method=method)).status == 200


async def test_the_history_of_a_former_slug_redirects_with_the_rest_of_its_query() -> None:
    component = await sync_to_async(build.component)("API", slug="api")
    await sync_to_async(rename)(component, "gateway")

    answer = await visit("/status/history/2026-11", query="a=1&component=api&b=2")

    assert answer.headers["location"] == "/status/history/2026-11?a=1&component=gateway&b=2"


async def test_a_slug_that_another_component_has_by_now_is_that_ones() -> None:
    component = await sync_to_async(build.component)("API", slug="api")
    await sync_to_async(rename)(component, "gateway")
    await sync_to_async(build.component)("New API", slug="api")

    assert (await visit("/status/components/api/badge.svg")).status == 200


async def test_a_slug_that_came_back_is_no_former_one() -> None:
    component = await sync_to_async(build.component)("API", slug="api")
    for slug in ("gateway", "api"):
        await sync_to_async(rename)(component, slug)

    assert component.former_slugs == ["gateway"]
    assert (await visit("/status/components/api/badge.svg")).status == 200


async def test_what_is_hidden_redirects_nowhere() -> None:
    """S2."""
    component = await sync_to_async(build.component)("Secret", slug="secret", visible=False)
    await sync_to_async(rename)(component, "hidden")

    assert (await visit("/status/components/secret/badge.svg")).status == 404
