"""Contract K: every setting of `config` has its effect, and what each listener answers."""

import asyncio
import json
import logging
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from prometheus_client.parser import text_string_to_metric_families

from monitors.readers.services import ReaderReport, receive_heartbeat
from statuspage.edge.app import EdgeApp
from statuspage.edge.pages import PublicPages
from statuspage.management import listeners
from statuspage.publishing import snapshot
from statuspage.renderers.html.csp import policy
from statuspage.renderers.html.markdown import render_markdown
from statuspage.runtime import progress
from statuspage.server.asgi_types import Message
from statuspage.server.request_counter import SERVED
from statuspage.server.sockets import ListenError
from tests import build
from tests.statuspage.asgi import Answer, ask, scope

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
MANAGEMENT, INTERNAL, OPENAI, VERTEX, SNOWFLAKE = 3001, 3005, 3003, 3002, 3004


async def behind(asked: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"django"})


def door(inner: Callable[..., Any] = behind) -> EdgeApp:
    made = EdgeApp(inner)
    made._started = True
    return made


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def put(**values: Any) -> None:
        for name, value in values.items():
            monkeypatch.setattr(settings.STATUSPAGE, name, value)

    return put


async def get(made: EdgeApp, path: str, port: int, method: str = "GET") -> Answer:
    return await ask(made, scope(path, method, port=port))


async def showing_a_page(*, age: timedelta = timedelta()) -> EdgeApp:
    made = door()
    made.pages.install(await sync_to_async(snapshot.publish)(now=datetime.now(UTC) - age))
    return made


def break_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", fail)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_k_ready_means_that_there_is_a_page_however_old_f_o2(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = await get(door(), path, MANAGEMENT)
    made = await showing_a_page(age=timedelta(hours=5))
    break_database(monkeypatch)

    answer = await get(made, path, MANAGEMENT)

    assert (without.status, json.loads(without.body)["status"]) == (503, "failing")
    assert "no page to serve" in json.loads(without.body)["detail"]
    assert (answer.status, json.loads(answer.body)["status"]) == (200, "ok")
    assert (await get(made, "/livez", MANAGEMENT)).status == 200


async def test_k_named_checks_are_the_alarms_f_o2(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await showing_a_page(age=timedelta(hours=5))
    well = await get(made, "/healthz/database", MANAGEMENT)
    break_database(monkeypatch)

    ill = {
        name: (await get(made, f"/healthz/{name}", MANAGEMENT)).status
        for name in ("database", "migrations", "workers", "keys", "mail", "snapshot")
    }
    listed = await ask(made, scope("/healthz", query="verbose", port=MANAGEMENT))

    assert well.status == 200
    assert ill["database"] == ill["workers"] == ill["snapshot"] == 503
    assert ill["mail"] == 200, "none is set"
    checks = json.loads(listed.body)["checks"]
    assert {check["name"] for check in checks} == ill.keys()
    assert listed.status == 200, "listing the alarms does not take the page out of the balancer"
    assert (await get(made, "/healthz/other", MANAGEMENT)).status == 404


async def test_k_a_database_that_only_reads_fails_its_check_f_o2(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_role: str) -> None:
        raise OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(progress, "store", refuse)

    answer = await get(door(), "/healthz/database", MANAGEMENT)

    assert answer.status == 503
    assert "not be written to" in json.loads(answer.body)["detail"]


async def test_k_management_listener_tells_config_and_status() -> None:
    answer = await get(door(), "/status", MANAGEMENT)

    told = json.loads(answer.body)
    assert answer.status == 200
    assert set(told) == {"config", "status"}
    assert told["config"]["management_port"] == MANAGEMENT


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/readers/heartbeat", 200),
        ("/api/v1/agent/results", 200),
        ("/api/v1/agent/assignments", 200),
        ("/status", 404),
        ("/", 404),
        ("/admin/", 404),
        ("/manage/status", 404),
        ("/api/v1/monitors", 404),
        ("/healthz", 404),
        ("/status/events", 404),
    ],
)
async def test_k_internal_port_is_for_agents_readers_and_heartbeats_only(
    path: str, status: int
) -> None:
    assert (await get(door(), path, INTERNAL)).status == status


async def test_k_internal_port_takes_pings_too(monkeypatch: pytest.MonkeyPatch) -> None:
    made = door()
    answered = asyncio.Event()

    async def ping_endpoint(*_: Any) -> int:
        answered.set()
        return 200

    monkeypatch.setattr(made.ping_endpoint, "respond", ping_endpoint)
    await made(scope("/ping/abc", port=INTERNAL), None, None)  # type: ignore[arg-type]

    assert answered.is_set()


async def test_k_readiness_listeners_are_off_unless_enabled() -> None:
    made = door()

    assert made._listener(scope("/", port=OPENAI)) == ""
    assert made._listener(scope("/", port=VERTEX)) == ""


async def test_k_openai_port_lists_the_models_of_live_readers(options: Any) -> None:
    options(readiness=("openai",))
    now = time.time()
    for name, model, age in (("a", "llama", 0), ("b", "llama", 0), ("c", "gone", 60)):
        beat = ReaderReport(name=name, model_name=model)
        await sync_to_async(receive_heartbeat)(beat, now=now - age)

    answer = await get(door(), "/v1/models", OPENAI)

    told = json.loads(answer.body)
    assert told["object"] == "list"
    assert [(item["id"], item["object"]) for item in told["data"]] == [("llama", "model")]
    assert (await get(door(), "/status", OPENAI)).status == 404


@pytest.mark.parametrize(
    ("name", "port", "path"),
    [("vertex", VERTEX, "/health"), ("snowflake", SNOWFLAKE, "/healthcheck")],
)
async def test_k_vertex_and_snowflake_ports_say_ready(
    options: Any, name: str, port: int, path: str
) -> None:
    options(readiness=(name,))
    made = await showing_a_page()

    assert (await get(made, path, port)).status == 200
    assert (await get(made, "/other", port)).status == 404


async def test_k_enable_metrics_is_prometheus_text_or_nothing(options: Any) -> None:
    await sync_to_async(snapshot.publish)(now=datetime.now(UTC))
    made = door()
    made.pages = PublicPages()

    answer = await get(made, "/metrics", MANAGEMENT)
    options(enable_metrics=False)
    off = await get(made, "/metrics", MANAGEMENT)

    families = {f.name: f for f in text_string_to_metric_families(answer.body.decode())}
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert {"statuspage_requests", "statuspage_readers", "statuspage_checks_scheduled"} <= set(
        families
    )
    assert off.status == 404


async def test_p09_metrics_have_the_names_of_uptime_kuma_where_asked_for() -> None:
    await sync_to_async(build.check)(await sync_to_async(build.monitor)())
    made = door()

    def asked(names: str) -> dict[str, Any]:
        return scope("/metrics", query=f"names={names}", port=MANAGEMENT)

    answer, other = await ask(made, asked("kuma")), await ask(made, asked("other"))

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b"\nmonitor_status{monitor_id=" in answer.body
    assert b"statuspage_monitor_up" not in answer.body
    assert other.status == 400
    assert (
        json.loads(other.body)["detail"] == "names: write kuma, or leave it out for our own names."
    )


async def test_k_echo_logs_request_lines_without_secrets(
    options: Any, caplog: pytest.LogCaptureFixture
) -> None:
    options(echo=True)
    with caplog.at_level(logging.INFO, logger="statuspage.edge.app"):
        await get(door(), "/status", 3000)
        await get(door(), "/ping/0123456789abcdef", 3000)
    options(echo=False)
    await get(door(), "/status/api", 3000)

    assert "public GET /status" in caplog.text
    assert "GET /ping/…" in caplog.text
    assert "0123456789abcdef" not in caplog.text
    assert "/status/api" not in caplog.text


async def test_k_reader_message_timeout_gives_up_on_slow_reports_only(options: Any) -> None:
    async def slow(asked: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.3)
        await behind(asked, receive, send)

    options(reader_message_timeout_ms=100)
    made = door(slow)

    report = await get(made, "/api/v1/agent/results", 3000, "POST")
    other = await get(made, "/api/v1/monitors", 3000)

    assert (report.status, report.headers["retry-after"]) == (503, "1")
    assert "100 ms" in json.loads(report.body)["detail"]
    assert other.status == 200


async def test_k_body_size_limit_bytes(options: Any) -> None:
    options(body_size_limit_bytes=10)

    async def reading(asked: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] == "http.request":
            pass

    answer = await ask(door(reading), scope("/api/v1/monitors", "POST"), (b"x" * 8, b"x" * 8))

    assert answer.status == 413


async def test_k_allow_remote_images(options: Any) -> None:
    text = "![logo](https://cdn.example.org/l.png) ![x](http://e.org/x.png) ![y](data:image/png,z)"
    without = render_markdown(text)
    options(allow_remote_images=True)
    images = render_markdown(text)

    assert "<img" not in without
    assert images.count("src=") == 1
    assert 'src="https://cdn.example.org/l.png"' in images
    assert "https:" in policy(remote_images=True).split("img-src")[1].split(";")[0]
    assert "https:" not in policy(remote_images=False).split("img-src")[1].split(";")[0]


async def test_k_a_taken_internal_port_stops_only_who_asked_for_it(
    options: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options(internal_port=taken.getsockname()[1])
        monkeypatch.setattr(settings.STATUSPAGE, "given", dict)
        assert listeners.side_sockets() == []
        assert "There is no internal listener" in caplog.text

        monkeypatch.setattr(settings.STATUSPAGE, "given", lambda: {"STATUSPAGE_INTERNAL_PORT": "1"})
        with pytest.raises(ListenError, match="STATUSPAGE_INTERNAL_PORT"):
            listeners.side_sockets()


async def test_requests_are_counted_by_how_they_ended() -> None:

    async def failing(asked: Any, receive: Any, send: Callable[[Message], Any]) -> None:
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    before = SERVED.copy()
    await get(door(), "/api/v1/monitors", 3000)
    await get(door(failing), "/api/v1/monitors", 3000)
    await get(door(), "/", 3000)
    await get(door(), "/livez", MANAGEMENT)
    counted = SERVED.since(before)

    assert (counted["total"], counted["failed"]) == (3, 1)
    assert counted["average_ms"] > 0
