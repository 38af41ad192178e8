"""The services of a demonstration: real servers, broken and mended by URL and by key."""

import asyncio
import http.client
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from statuspage.demo import http as wire
from statuspage.demo import targets
from statuspage.demo.control_server import ControlServer
from statuspage.demo.keyboard import Keyboard
from statuspage.demo.targets import DemoTargets, State, Target
from statuspage.server.sockets import listen
from tests.waiting import PATIENCE


@dataclass
class Switchboard:
    targets: DemoTargets
    port: int
    changed: list[str] = field(default_factory=list)

    def target(self, name: str) -> Target:
        found = self.targets.named(name)[0]
        assert isinstance(found, Target)
        return found

    async def call(self, method: str, path: str) -> tuple[int, Any]:
        status, body = await ask(self.port, path, method=method)
        return status, json.loads(body)


async def ask(
    port: int, path: str = "/", *, method: str = "GET", within: float = 5.0
) -> tuple[int, bytes]:
    def blocking() -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=within)
        try:
            connection.request(method, path)
            response_bytes = connection.getresponse()
            return response_bytes.status, response_bytes.read()
        finally:
            connection.close()

    return await asyncio.to_thread(blocking)


@pytest.fixture
async def board(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Switchboard]:
    monkeypatch.setattr(targets, "PACE_SECONDS", (0.0, 0.0))
    monkeypatch.setattr(targets, "SLOW_SECONDS", 0.2)
    made = DemoTargets(
        [
            Target(slug="api", name="API", component="api"),
            Target(slug="router-1", name="Router 1", component="routing"),
            Target(slug="router-2", name="Router 2", component="routing"),
        ]
    )
    listener = targets.reserve(0)
    board = Switchboard(made, listener.getsockname()[1])
    control = ControlServer(
        targets=made, on_change=lambda target: board.changed.append(target.slug)
    )
    await made.open()
    server = await control.open(listener)
    yield board
    server.close()
    made.close()


async def test_a_service_breaks_and_mends_by_url(board: Switchboard) -> None:
    port = board.target("api").port

    seen = [await ask(port)]
    for state in ("failing", "healthy"):
        await board.call("POST", f"/api/{state}")
        seen.append(await ask(port))

    assert [status for status, _ in seen] == [200, 503, 200]
    assert board.changed == ["api", "api"]


async def test_a_slow_service_answers_late_but_well(board: Switchboard) -> None:
    await board.call("POST", "/api/slow")
    began = asyncio.get_running_loop().time()

    status, _ = await ask(board.target("api").port)

    assert status == 200
    assert asyncio.get_running_loop().time() - began >= 0.2


async def test_a_silent_service_accepts_and_never_answers(board: Switchboard) -> None:
    await board.call("POST", "/api/silent")

    with pytest.raises(TimeoutError):
        await ask(board.target("api").port, within=0.3)


async def test_a_stopped_service_refuses_and_comes_back_on_its_port(board: Switchboard) -> None:
    port = board.target("api").port
    await board.call("POST", "/api/stopped")
    with pytest.raises(ConnectionRefusedError):
        await ask(port)

    await board.call("POST", "/api/healthy")

    assert (await ask(port))[0] == 200


async def test_stopping_cuts_off_whoever_waits(board: Switchboard) -> None:
    await board.call("POST", "/api/silent")
    reader, writer = await asyncio.open_connection("127.0.0.1", board.target("api").port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")

    await board.call("POST", "/api/stopped")

    assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
    writer.close()
    await writer.wait_closed()


async def test_a_port_that_somebody_took_meanwhile_is_told_and_can_be_tried_again(
    board: Switchboard,
) -> None:
    await board.call("POST", "/api/stopped")
    thief = listen(host="127.0.0.1", port=board.target("api").port, option="")

    status, body = await board.call("POST", "/api/healthy")

    thief.close()
    assert status == 409
    assert str(board.target("api").port) in body["error"]
    assert board.target("api").state is State.STOPPED
    assert (await board.call("POST", "/api/healthy"))[0] == 200


async def test_a_component_s_name_or_all_breaks_several_at_once(board: Switchboard) -> None:
    await board.call("POST", "/routing/failing")
    broken = [target.slug for target in board.targets if target.state is State.FAILING]
    await board.call("POST", "/all/healthy")

    assert broken == ["router-1", "router-2"]
    assert {target.state for target in board.targets} == {State.HEALTHY}


async def test_get_tells_and_never_changes(board: Switchboard) -> None:
    status, told = await board.call("GET", "/")
    refused, _ = await board.call("GET", "/api/failing")

    assert status == 200
    assert {service["name"]: service["state"] for service in told["services"]} == {
        "api": "healthy", "router-1": "healthy", "router-2": "healthy",
    }  # fmt: skip
    assert refused == 405
    assert board.target("api").state is State.HEALTHY


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("/web/failing", 404, "router-1"),
        ("/web", 404, "router-1"),
        ("/", 404, "router-1"),
        ("/api/broken", 400, "silent"),
        ("/api", 400, "silent"),
        ("/api/failing/now", 400, "silent"),
    ],
)
async def test_a_wrong_name_or_state_changes_nothing_and_says_what_there_is(
    board: Switchboard, path: str, status: int, named: str
) -> None:
    answered, body = await board.call("POST", path)

    assert answered == status
    assert named in body["error"]
    assert board.changed == []


async def test_garbage_ends_one_connection_and_nothing_else(board: Switchboard) -> None:
    for port in (board.port, board.target("api").port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x16\x03\x01 what is this\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()

    assert (await ask(board.target("api").port))[0] == 200
    assert (await board.call("GET", "/"))[0] == 200


async def test_a_client_that_sends_nothing_is_let_go(
    board: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", board.target("api").port)

    assert await reader.read() == b""

    writer.close()
    await writer.wait_closed()


async def test_a_key_breaks_breaks_differently_and_mends(board: Switchboard) -> None:
    keys = Keyboard(targets=board.targets, on_change=lambda target: None, say=lambda line: None)
    seen = []

    for _ in range(3):
        await keys.press("2")
        seen.append(board.target("router-1").state)

    assert seen == [State.FAILING, State.SLOW, State.HEALTHY]


async def test_r_mends_all_and_other_keys_do_nothing(board: Switchboard) -> None:
    changed: list[str] = []
    lines: list[str] = []
    keys = Keyboard(
        targets=board.targets, on_change=lambda target: changed.append(target.slug),
        say=lines.append,
    )  # fmt: skip
    await board.call("POST", "/router-2/stopped")

    for key in ("r", "x", "9"):
        await keys.press(key)
    await keys.press("?")

    assert changed == ["router-2"]
    assert "2 Router 1" in "\n".join(lines)


def test_a_taken_port_is_given_up_for_a_free_one() -> None:
    with listen(host="127.0.0.1", port=0, option="") as holder:
        taken = holder.getsockname()[1]
        other = Target(slug="a", name="A", component="a", port=taken)

    other.close()
    assert other.port not in (0, taken)
