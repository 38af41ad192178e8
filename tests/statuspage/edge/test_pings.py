"""What pings are answered, at the edge, with the real thread behind it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from django.conf import settings
from django.db import DatabaseError, connection

from maintenance.lifecycle import WindowState
from maintenance.models import Window
from monitors.heartbeats import ingest
from monitors.heartbeats.ingest import rotate_key
from monitors.models import Doorkeeper, Monitor, Ping
from statuspage.edge.app import EdgeApp
from tests import build
from tests.statuspage.asgi import Answer, ask, scope
from tests.waiting import until

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.both,
    pytest.mark.django_db(transaction=True),
]
T = TypeVar("T")
RID = "0e5a8d5c-6b0f-4d43-9c3a-1f1f1f1f1f1f"


@pytest.fixture
def heartbeat() -> tuple[Monitor, str]:
    return build.heartbeat()


@pytest_asyncio.fixture
async def door(heartbeat: object) -> AsyncIterator[EdgeApp]:
    """A edge that takes pings in, and does nothing else."""

    async def behind(asked: Any, receive: Any, send: Any) -> None:
        raise AssertionError("pings never reach Django")

    made = EdgeApp(behind)
    made._started = True
    ping_writer = made.ping_endpoint.ping_writer
    ping_writer.start_on(asyncio.get_running_loop())
    yield made
    ping_writer.stop()
    await asyncio.to_thread(ping_writer.join, 5)


async def send(
    door: EdgeApp, path: str, method: str = "GET", body: bytes = b"", **more: Any
) -> Answer:
    return await ask(door, scope(path, method, **more), (body,))


async def aside(work: Callable[[], T]) -> T:
    """Do something with the database in a thread that leaves no connection behind."""

    def closing() -> T:
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(closing)


async def kept() -> list[Ping]:
    return await aside(lambda: list(Ping.objects.order_by("id")))


def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all batches that are stored from now on."""
    sizes: list[int] = []
    keep = ingest.store_pings

    def counting(calls: Sequence[ingest.ReceivedPing]) -> list[bool]:
        sizes.append(len(calls))
        return keep(calls)

    monkeypatch.setattr(ingest, "store_pings", counting)
    return sizes


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
async def test_a_ping_is_stored_when_it_is_answered(
    door: EdgeApp, heartbeat: tuple[Monitor, str], method: str
) -> None:
    before = time.time()
    answer = await send(door, f"/ping/{heartbeat[1]}", method)

    (ping,) = await kept()
    assert (answer.status, answer.body) == (200, b"" if method == "HEAD" else b"OK")
    assert answer.headers["cache-control"] == "no-store"
    assert (ping.monitor_id, ping.word) == (heartbeat[0].pk, "success")
    assert before <= ping.at <= time.time()


@pytest.mark.parametrize(
    ("action", "word", "code"),
    [
        ("start", "start", None),
        ("fail", "fail", None),
        ("log", "log", None),
        ("0", "success", 0),
        ("1", "fail", 1),
        ("255", "fail", 255),
        ("", "success", None),
    ],
)
async def test_what_a_run_says_of_itself(
    door: EdgeApp, heartbeat: tuple[Monitor, str], action: str, word: str, code: int | None
) -> None:
    answer = await send(door, f"/ping/{heartbeat[1]}/{action}", query=f"rid={RID}")

    (ping,) = await kept()
    assert answer.status == 200
    assert (ping.word, ping.code, ping.rid) == (word, code, RID)


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/ping/{key}/256", "", 400),
        ("/ping/{key}/999", "", 400),
        ("/ping/{key}/stop", "", 404),
        ("/ping/{key}/-1", "", 404),
        ("/ping/{key}", "rid=7", 400),
        ("/ping/", "", 404),
        ("/ping/not-hex", "", 404),
        ("/ping/" + "0" * 32, "", 404),
    ],
)
async def test_what_is_no_ping_is_refused_and_not_stored(
    door: EdgeApp, heartbeat: tuple[Monitor, str], path: str, query: str, status: int
) -> None:
    answer = await send(door, path.format(key=heartbeat[1]), query=query)

    assert answer.status == status
    assert answer.headers["cache-control"] == "no-store"
    assert await kept() == []


async def test_other_methods_are_refused(door: EdgeApp, heartbeat: tuple[Monitor, str]) -> None:
    answer = await send(door, f"/ping/{heartbeat[1]}", "DELETE")

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_a_body_is_kept_up_to_10_kb_and_cut_beyond(
    door: EdgeApp, heartbeat: tuple[Monitor, str]
) -> None:
    log = b"\x00\xff" + b"x" * 20_000

    answer = await send(door, f"/ping/{heartbeat[1]}/1", "POST", log)

    (ping,) = await kept()
    assert answer.status == 200
    assert ping.body == "\ufffd\ufffd" + "x" * 9_998
    assert answer.headers["ping-body-limit"] == "10000"


@pytest.mark.parametrize(
    ("path", "method", "word"),
    [
        ("/ping/{key}", "POST", "success"),
        ("/ping/{key}/start", "POST", "start"),
        ("/ping/{key}/fail", "POST", "fail"),
        ("/ping/{key}/log", "POST", "log"),
        ("/ping/{key}/0", "POST", "success"),
        ("/ping/{key}/7", "POST", "fail"),
        ("/ping/{key}", "GET", "success"),
        ("/ping/{key}", "HEAD", "success"),
        ("/api/push/{key}", "POST", "success"),
    ],
)
async def test_a_ping_with_a_body_beyond_the_limit_for_all_bodies_counts_f_t9(
    door: EdgeApp, heartbeat: tuple[Monitor, str], path: str, method: str, word: str
) -> None:
    chunk = b"x" * 65_536
    chunks = (chunk,) * (settings.STATUSPAGE.body_size_limit_bytes // len(chunk) + 1)
    asked = scope(path.format(key=heartbeat[1]), method, transfer_encoding="chunked")

    answer = await ask(door, asked, chunks)

    (ping,) = await kept()
    assert answer.status == 200
    assert "connection" not in answer.headers
    assert (ping.word, ping.body) == (word, "x" * 10_000 if method == "POST" else "")


async def test_a_ping_is_stored_before_the_rest_of_its_body_has_come_f_t9(
    door: EdgeApp, heartbeat: tuple[Monitor, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest never comes: it is not waited for for ever, and the ping counts all the same."""
    monkeypatch.setattr("statuspage.edge.ping_body.BODY_SECONDS", 0.3)
    pieces = [b"x" * 20_000, b"y"]

    async def stalling() -> Any:
        if not pieces:
            await asyncio.sleep(3_600)
        return {"type": "http.request", "body": pieces.pop(0), "more_body": True}

    sent: list[Any] = []

    async def record(message: Any) -> None:
        sent.append(message)

    status = await door.ping_endpoint.respond(
        scope(f"/ping/{heartbeat[1]}", "POST"), stalling, record
    )

    (ping,) = await kept()
    assert status == 200
    assert (b"connection", b"close") in sent[0]["headers"]
    assert ping.body == "x" * 10_000


async def test_the_rest_of_a_body_is_not_read_for_ever(
    door: EdgeApp, heartbeat: tuple[Monitor, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("statuspage.edge.ping_body.REST_SECONDS", 0.2)

    async def endless() -> Any:
        await asyncio.sleep(0.001)
        return {"type": "http.request", "body": b"x" * 20_000, "more_body": True}

    async def forget(message: Any) -> None: ...

    asked = scope(f"/ping/{heartbeat[1]}", "POST")

    assert await door.ping_endpoint.respond(asked, endless, forget) == 200
    assert len(await kept()) == 1


async def test_who_leaves_in_the_middle_of_a_body_has_pinged(
    door: EdgeApp, heartbeat: tuple[Monitor, str]
) -> None:
    messages = [
        {"type": "http.request", "body": b"half a l", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def leaving() -> Any:
        return messages.pop(0)

    async def forget(message: Any) -> None: ...

    await door.ping_endpoint.respond(scope(f"/ping/{heartbeat[1]}", "POST"), leaving, forget)

    (ping,) = await kept()
    assert ping.body == "half a l"


async def test_whose_key_is_not_known_is_not_listened_to_f_t9(
    door: EdgeApp, heartbeat: tuple[Monitor, str]
) -> None:
    read = 0

    async def endless() -> Any:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 5_000, "more_body": True}

    async def forget(message: Any) -> None: ...

    asked = scope("/ping/" + "0" * 32, "POST")

    assert await door.ping_endpoint.respond(asked, endless, forget) == 404
    assert read == 2


async def test_a_body_that_never_ends_is_given_up(
    door: EdgeApp, heartbeat: tuple[Monitor, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("statuspage.edge.ping_body.BODY_SECONDS", 0.05)

    answer = await ask(door, scope(f"/ping/{heartbeat[1]}", "POST"), ())

    assert answer.status == 408


@pytest.mark.parametrize(
    ("query", "word", "message", "took_ms"),
    [
        ("status=up&msg=OK&ping=", "success", "OK", None),
        ("status=up&msg=OK&ping=12.5", "success", "OK", 12.5),
        ("status=down&msg=disk%20full&ping=nan", "fail", "disk full", None),
        ("status=up&ping=1e999", "success", "", None),
        ("status=up&ping=%D9%A3", "success", "", None),
        ("status=up&ping=1_000", "success", "", None),
        ("status=up&ping=+5", "success", "", None),
        ("status=up&ping=" + "1" * 5_000, "success", "", None),
        ("", "success", "", None),
    ],
)
async def test_push_agents_are_understood(
    door: EdgeApp,
    heartbeat: tuple[Monitor, str],
    query: str,
    word: str,
    message: str,
    took_ms: float | None,
) -> None:
    answer = await send(door, f"/api/push/{heartbeat[1]}", query=query)

    (ping,) = await kept()
    assert (answer.status, json.loads(answer.body)) == (200, {"ok": True})
    assert (ping.word, ping.message, ping.took_ms) == (word, message, took_ms)


async def test_a_push_agent_with_an_unknown_key_is_told_so(door: EdgeApp) -> None:
    answer = await send(door, "/api/push/" + "0" * 32, query="status=up")

    told = json.loads(answer.body)
    assert (answer.status, told["ok"]) == (404, False)
    assert told["msg"]


async def test_a_key_made_or_voided_after_the_start_is_known_to_the_next_ping(
    door: EdgeApp, heartbeat: tuple[Monitor, str]
) -> None:
    monitor, old = heartbeat
    await send(door, f"/ping/{old}")
    new = await aside(lambda: rotate_key(monitor))

    fresh = await send(door, f"/ping/{new}")
    void = await send(door, f"/ping/{old}")

    assert (fresh.status, void.status) == (200, 404)


async def test_guessing_keys_costs_a_query_for_all_and_delays_no_known_one_s19(
    door: EdgeApp, heartbeat: tuple[Monitor, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(door, f"/ping/{heartbeat[1]}")
    sizes = batches(monkeypatch)
    readings: list[int] = []
    read = ingest.known_keys

    def counted() -> set[str]:
        readings.append(1)
        return read()

    monkeypatch.setattr(ingest, "known_keys", counted)
    guesses = [send(door, f"/ping/{number:032x}") for number in range(3_000)]

    async with asyncio.TaskGroup() as group:
        tries = [group.create_task(guess) for guess in guesses]
        await asyncio.sleep(0)
        real = await send(door, f"/ping/{heartbeat[1]}")

    assert real.status == 200
    assert {task.result().status for task in tries} == {404}
    assert sum(sizes) == 1, "guesses are not looked up among the heartbeats"
    # One for each moment that the guesses take, however slow the machine; never one for each.
    assert len(readings) < 300


async def test_the_first_ping_of_a_new_heartbeat_is_taken_among_guesses_s19(
    door: EdgeApp, heartbeat: tuple[Monitor, str]
) -> None:
    await send(door, f"/ping/{heartbeat[1]}")
    new = await aside(lambda: rotate_key(heartbeat[0]))

    async with asyncio.TaskGroup() as group:
        for number in range(3_000):
            group.create_task(send(door, f"/ping/{number:032x}"))
        await asyncio.sleep(0)
        first = await send(door, f"/ping/{new}")

    assert first.status == 200


async def test_pings_that_come_together_are_stored_together(
    door: EdgeApp, heartbeat: tuple[Monitor, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(door, f"/ping/{heartbeat[1]}")
    sizes = batches(monkeypatch)

    answers = await asyncio.gather(*(send(door, f"/ping/{heartbeat[1]}") for _ in range(200)))

    assert {answer.status for answer in answers} == {200}
    assert len(await kept()) == 201
    assert len(sizes) < 20


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "store_pings", fail)
        yield


async def test_without_the_database_it_is_503_and_never_a_false_ok(
    heartbeat: tuple[Monitor, str], broken: None, door: EdgeApp
) -> None:
    ping = await send(door, f"/ping/{heartbeat[1]}")
    push = await send(door, f"/api/push/{heartbeat[1]}")

    assert (ping.status, push.status) == (503, 503)
    assert ping.headers["retry-after"] == "5"
    assert json.loads(push.body)["ok"] is False
    assert await kept() == []


async def test_a_database_that_hangs_is_503_within_the_deadline(
    door: EdgeApp, heartbeat: tuple[Monitor, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("statuspage.edge.pings.STORE_SECONDS", 0.1)

    def hang(calls: Sequence[ingest.ReceivedPing]) -> list[bool]:
        time.sleep(0.5)
        return [True] * len(calls)

    monkeypatch.setattr(ingest, "store_pings", hang)

    answer = await send(door, f"/ping/{heartbeat[1]}")

    assert answer.status == 503


async def test_c6_pings_are_taken_while_a_window_blocks_the_api(
    door: EdgeApp, heartbeat: tuple[Monitor, str]
) -> None:
    now = datetime.now(UTC)
    window = Window(title="W", starts_at=now, ends_at=now + timedelta(hours=1), blocks_api=True)
    window.state = WindowState.IN_PROGRESS
    await aside(window.save)

    ping = await send(door, f"/ping/{heartbeat[1]}")
    push = await send(door, f"/api/push/{heartbeat[1]}")

    assert (ping.status, push.status) == (200, 200)


async def test_the_open_door_is_written_down_for_who_judges_silence(
    door: EdgeApp, heartbeat: tuple[Monitor, str]
) -> None:
    before = time.time()

    seen = Doorkeeper.objects.filter(seen__gte=before)

    assert await aside(lambda: until(seen.exists, what="the open door is written down"))
