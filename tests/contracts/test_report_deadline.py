"""Contract K: reports are answered in time while the database is locked, and counted once."""

import asyncio
import json
import os
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.db import connection, connections

from monitors.models import Agent, Reader
from monitors.readers import selectors
from statuspage.access import tokens
from statuspage.asgi import SingleThreadHandler
from statuspage.edge.app import EdgeApp
from tests.statuspage.asgi import Answer, ask, scope
from tests.waiting import FOR_EVER, PATIENCE

pytestmark = [pytest.mark.both, pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
HEARTBEAT, RESULTS = "/api/v1/readers/heartbeat", "/api/v1/agent/results"
REPORT = {
    "consumer_name": "llama-0",
    "report_id": "8c6d4b1e",
    "metrics": {"requests": {"total": 10, "failed": 1, "average_ms": 5}},
}
RESULT: dict[str, Any] = {
    "agent": "us",
    "region": "us-east-1",
    "stream": "s",
    "sequence": 1,
    "results": [],
}


@contextmanager
def _locked_sqlite() -> Iterator[None]:
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def _locked_tables() -> Iterator[None]:
    name = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["DATABASE_URL"], dbname=name) as other:
        other.execute("LOCK TABLE monitors_reader, monitors_agent IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


@contextmanager
def locked() -> Iterator[None]:
    """Nothing of reports can be stored; whoever tries waits for as long as it lasts."""
    with _locked_sqlite() if connection.vendor == "sqlite" else _locked_tables():
        yield


@pytest.fixture
async def edge(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EdgeApp]:
    """The edge before Django itself, whose views wait for the database longer than any test."""
    if connection.vendor == "sqlite":
        options = {**connections.settings["default"]["OPTIONS"], "timeout": FOR_EVER}
        monkeypatch.setitem(connections.settings["default"], "OPTIONS", options)
    monkeypatch.setattr(settings.STATUSPAGE, "reader_message_timeout_ms", 200)
    made = EdgeApp(ProtocolTypeRouter({"http": SingleThreadHandler()}))
    made._started = True
    yield made
    # Threads that were left are done before the store is emptied.
    for deadline in made._deadlines.values():
        await asyncio.wait_for(asyncio.gather(*deadline._running), PATIENCE)


@pytest.fixture
async def key() -> str:
    made = await sync_to_async(tokens.create)(
        name=uuid.uuid4().hex, scopes=["readers:write", "agents:write", "manage"],
        agent=RESULT["agent"], region=RESULT["region"],
    )  # fmt: skip
    await Agent.objects.acreate(name=RESULT["agent"], region=RESULT["region"], seen=1)
    # Its first use is stored: not under a lock, where all the rest would wait for that.
    await sync_to_async(tokens.find)(made, now=datetime.now(UTC))
    return made


async def send(edge: EdgeApp, key: str, path: str, body: dict[str, Any]) -> Answer:
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    encoded = json.dumps(body).encode()
    asked = scope(path, "POST", headers={**headers, "content-length": str(len(encoded))})
    return await asyncio.wait_for(ask(edge, asked, (encoded,)), PATIENCE)


async def settle(edge: EdgeApp) -> None:
    """Wait for what was given up."""
    running = {task for deadline in edge._deadlines.values() for task in deadline._running}
    await asyncio.wait_for(asyncio.gather(*running), PATIENCE)


@sync_to_async
def counted() -> int:
    return selectors.api_requests(now=time.time()).total


async def test_k_reports_are_answered_while_the_database_is_locked_f_t18(
    edge: EdgeApp, key: str
) -> None:
    with locked():
        heartbeat = await send(edge, key, HEARTBEAT, REPORT)
        results = await send(edge, key, RESULTS, RESULT)
        # Others are answered meanwhile: nobody waits inside the loop.
        other = await asyncio.wait_for(ask(edge, scope("/")), PATIENCE)

    assert (heartbeat.status, results.status, other.status) == (503, 503, 307)
    assert heartbeat.headers["retry-after"] == "1"
    assert "200 ms" in json.loads(heartbeat.body)["detail"]


async def test_k_a_report_that_was_given_up_and_is_sent_again_counts_once_f_t18(
    edge: EdgeApp, key: str
) -> None:
    with locked():
        first = [(await send(edge, key, HEARTBEAT, REPORT)).status for _ in range(3)]
    await settle(edge)
    again = await send(edge, key, HEARTBEAT, REPORT)
    following = await send(edge, key, HEARTBEAT, {**REPORT, "report_id": "next"})

    assert first == [503, 503, 503]
    assert (again.status, json.loads(again.body)["replayed"]) == (200, True)
    assert json.loads(following.body)["replayed"] is False
    assert await counted() == 20


async def test_k_so_does_one_without_a_number_f_t18(edge: EdgeApp, key: str) -> None:
    report = {name: value for name, value in REPORT.items() if name != "report_id"}
    with locked():
        first = await send(edge, key, HEARTBEAT, report)
    await settle(edge)
    before = await counted()
    again = await send(edge, key, HEARTBEAT, report)

    assert (first.status, again.status) == (503, 200)
    assert (before, await counted()) == (0, 10)
    assert await sync_to_async(Reader.objects.count)() == 1


@pytest.mark.postgres
async def test_k_the_management_status_is_not_waited_for_either_f_t18(
    edge: EdgeApp, key: str
) -> None:
    headers = {"authorization": f"Bearer {key}"}
    with locked():
        public = await asyncio.wait_for(
            ask(edge, scope("/manage/status", headers=headers)), PATIENCE
        )
        private = await asyncio.wait_for(ask(edge, scope("/status", port=3001)), PATIENCE)

    for answer in (public, private):
        assert answer.status == 503
        assert "2.5 s" in json.loads(answer.body)["detail"]


async def test_an_agents_results_are_taken_once_f_t18(edge: EdgeApp, key: str) -> None:
    with locked():
        first = await send(edge, key, RESULTS, RESULT)
    await settle(edge)
    again = await send(edge, key, RESULTS, RESULT)

    assert first.status == 503
    assert json.loads(again.body) == {"sequence": 1, "replayed": True}
    assert await sync_to_async(lambda: Agent.objects.get().sequence)() == 1


@pytest.mark.parametrize(
    "change", [{"report_id": ""}, {"report_id": "a b"}, {"report_id": "x" * 65}]
)
async def test_k_a_number_that_will_not_do_is_named_f_t18(
    edge: EdgeApp, key: str, change: dict[str, str]
) -> None:
    answer = await send(edge, key, HEARTBEAT, {**REPORT, **change})

    assert answer.status == 400
    assert json.loads(answer.body)["errors"][0]["field"] == "report_id"
