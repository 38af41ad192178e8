"""The kind `websocket` against the server of the library `websockets`."""

import threading
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from pydantic import ValidationError
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from monitors.probers.websocket import WebsocketConfig
from monitors.probing.base import ProbeStatus
from tests.certificates import LOCAL, Certificate, make_certificate
from tests.monitors.probers.services import check, hold_slowness
from tests.servers import Greeter, tls_server


def answer(connection: ServerConnection) -> None:
    path = connection.request.path if connection.request else ""
    if path == "/closing":
        connection.close(1013, "later")
        return
    if path == "/talking":
        connection.send("hello")
        connection.send("ready 7")
    for message in connection:
        connection.send(f"you said {message!s}")


def guard(connection: ServerConnection, request: Request) -> Response | None:
    if request.path == "/guarded" and request.headers.get("Authorization") != "Bearer sesame":
        return connection.respond(HTTPStatus.UNAUTHORIZED, "no")
    return None


def started(**options: Any) -> Any:
    server = serve(answer, LOCAL, 0, process_request=guard, **options)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    server = started(
        select_subprotocol=lambda _, offered: "v2.live" if "v2.live" in offered else None
    )
    yield f"{LOCAL}:{server.socket.getsockname()[1]}"
    server.shutdown()


@pytest.mark.parametrize(
    ("path", "settings"),
    [
        ("/", {}),
        ("/", {"send": "ping", "expect": "^you said ping$"}),
        ("/talking", {"expect": r"^ready \d"}),
        ("/", {"subprotocol": "v2.live"}),
        ("/guarded", {"headers": {"Authorization": "Bearer sesame"}}),
    ],
)
def test_a_server_that_answers_is_up(place: str, path: str, settings: dict[str, Any]) -> None:
    outcome = check("websocket", url=f"ws://{place}{path}", **settings)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")


@pytest.mark.parametrize(
    ("path", "settings", "message"),
    [
        ("/guarded", {}, "WebSocket: the handshake is refused with status 401"),
        (
            "/closing",
            {"expect": "ready"},
            "WebSocket: the server closed the connection, code 1013, without the expected answer",
        ),
        (
            "/",
            {"subprotocol": "v9"},
            "WebSocket: the server does not take the protocol v9",
        ),
    ],
)
def test_a_refusal_is_down_and_told(
    place: str, path: str, settings: dict[str, Any], message: str
) -> None:
    outcome = check("websocket", url=f"ws://{place}{path}", **settings)

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, message)


def test_another_message_than_expected_is_down_at_the_deadline(place: str) -> None:
    outcome = check("websocket", url=f"ws://{place}/talking", expect="^never$", timeout=0.5)

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, "no answer within 0.5 s")


def test_by_tls_its_certificate_is_looked_at(tmp_path_factory: pytest.TempPathFactory) -> None:
    certificate: Certificate = make_certificate(tmp_path_factory.mktemp("ws"))
    server = started(ssl=tls_server(certificate))
    url = f"wss://{LOCAL}:{server.socket.getsockname()[1]}/"
    try:
        assert check("websocket", url=url, trusting=certificate).status is ProbeStatus.UP
        assert "certificate is not valid" in check("websocket", url=url).message
    finally:
        server.shutdown()


def test_a_page_instead_of_a_socket_is_down() -> None:
    with Greeter(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") as server:
        outcome = check("websocket", url=f"ws://{LOCAL}:{server.port}/")

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message == "WebSocket: the handshake is refused with status 200"


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "https://example.org/"},
        {"url": "ws://user:word@example.org/"},
        {"url": "ws://exa mple/"},
        {"url": "ws://example.org/", "send": "hello"},
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        WebsocketConfig.model_validate(settings)


def test_a_name_may_have_letters_beyond_ascii() -> None:
    config = WebsocketConfig.model_validate({"url": "WSS://bücher.example/live"})

    assert (config.url, config.port, config.tls) == (
        "wss://xn--bcher-kva.example/live", 443, True,
    )  # fmt: skip


def test_a_slow_answer_is_degraded_and_one_that_does_not_come_is_down(place: str) -> None:
    hold_slowness("websocket", int(place.rpartition(":")[2]))
