"""Both ASGI servers on two bound sockets, with real connections."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from websockets.sync.client import connect

from statuspage.server.serve import SERVERS
from statuspage.server.sockets import ListenError, listen
from tests.statuspage.runtime.supervisor.toy import killed_in_the_end
from tests.waiting import PATIENCE, until


@dataclass
class Running:
    """A server process and its two ports."""

    popen: "subprocess.Popen[str]"
    ports: list[int]

    @contextmanager
    def get(self, port: int, path: str = "/", **headers: str) -> Iterator[http.client.HTTPResponse]:
        """An answer whose body is still to be read."""
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
            connection.request("GET", path, headers=headers)
            with connection.getresponse() as response:
                yield response

    def json(self, port: int, path: str = "/", **headers: str) -> dict[str, Any]:
        with self.get(port, path, **headers) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    def stop(self) -> str:
        """End it by SIGTERM; what it printed and complained about."""
        self.popen.send_signal(signal.SIGTERM)
        out, _ = self.popen.communicate(timeout=PATIENCE)
        return out


def start(server: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.statuspage.toy_asgi", server, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def serving(server: str) -> Iterator[Running]:
    with start(server) as popen, killed_in_the_end(popen):
        assert popen.stdout is not None
        yield Running(popen, [int(port) for port in popen.stdout.readline().split()])


@pytest.fixture(scope="module", params=SERVERS)
def shared(request: pytest.FixtureRequest) -> Iterator[Running]:
    """One server for all tests that only ask."""
    with serving(request.param) as server:
        yield server


@pytest.fixture(params=SERVERS)
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    with serving(request.param) as server:
        yield server


def test_both_sockets_are_served_and_told_apart_by_their_port(shared: Running) -> None:
    served = [shared.json(port)["server"] for port in shared.ports]

    assert served == [["127.0.0.1", port] for port in shared.ports]


def test_a_websocket_knows_its_port_too(shared: Running) -> None:
    with connect(f"ws://127.0.0.1:{shared.ports[1]}/") as websocket:
        assert websocket.recv(timeout=PATIENCE) == str(shared.ports[1])


def test_a_forwarded_address_is_not_believed(shared: Running) -> None:
    told = shared.json(shared.ports[0], **{"X-Forwarded-For": "203.0.113.9"})

    assert told["client"][0] == "127.0.0.1"


def test_an_answer_names_no_server(shared: Running) -> None:
    with shared.get(shared.ports[0]) as response:
        assert response.getheader("server") is None


def test_the_application_is_started_before_the_first_request_and_shut_down(
    running: Running,
) -> None:
    assert running.json(running.ports[0])["lifespan"] == ["startup"]

    printed = running.stop()

    assert printed == "startup\nshutdown\nclean\n"
    assert running.popen.returncode == 0


def test_sigterm_ends_open_streams_quietly(running: Running) -> None:
    with ExitStack() as stack:
        for port in running.ports * 3:
            stream = stack.enter_context(running.get(port, "/stream"))
            assert stream.read(9) == b"data: 1\n\n"

        printed = running.stop()

    assert printed.splitlines()[-1] == "clean", "it ended in order, not by its deadline"
    assert "Traceback" not in printed


def test_sigterm_ends_a_server_whose_application_heeds_nothing() -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(server)) for server in SERVERS]
        for running in servers:
            running.json(running.ports[1], "/block")
            stack.enter_context(running.get(running.ports[0], "/rude")).read(9)

        for running in servers:
            running.popen.send_signal(signal.SIGTERM)
        codes = [running.popen.wait(PATIENCE) for running in servers]

    assert codes == [0, 0]


def test_sigterm_lets_an_answer_under_way_finish(running: Running) -> None:
    with running.get(running.ports[0], "/slow") as answer:
        begun = answer.read(9)

        running.popen.send_signal(signal.SIGTERM)

        assert begun + answer.read() == b"data: 1\n\ndata: 2\n\n"


def test_a_stopping_server_leaves_new_connections_to_its_successor(running: Running) -> None:
    address = ("127.0.0.1", running.ports[0])
    with running.get(running.ports[0], "/stream") as stream:
        stream.read(9)
        running.popen.send_signal(signal.SIGTERM)

        def is_left_alone() -> bool:
            answer = b""
            with suppress(OSError), socket.create_connection(address, timeout=0.3) as late:
                late.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = late.recv(100)
            return answer == b""

        until(is_left_alone, what="it takes no new connection")


@pytest.mark.parametrize("server", SERVERS)
def test_an_application_that_cannot_start_is_an_error(server: str) -> None:
    with start(server, "broken") as popen, killed_in_the_end(popen):
        out, _ = popen.communicate(timeout=PATIENCE)

    assert popen.returncode == 1
    assert "did not start" in out


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with listen(host="127.0.0.1", port=0, option="--port") as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ListenError) as raised:
            listen(host="127.0.0.1", port=port, option="--port")

    message = str(raised.value)
    assert f"Port {port} on 127.0.0.1 is taken" in message
    assert "choose another port with --port" in message


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("203.0.113.7", "203.0.113.7 is not an address of this machine"),
        ("no such host", "no such host is not an address to listen on"),
    ],
)
def test_a_host_that_cannot_be_listened_on_is_named(host: str, message: str) -> None:
    with pytest.raises(ListenError, match=message):
        listen(host=host, port=0, option="--port")
