"""The kind `websocket`: the opening handshake, a ping, an exchange if one is wanted (RFC 6455)."""

from functools import cached_property
from typing import Any, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from monitors.probing import pem, url_validators
from monitors.probing.base import Config, one_line
from monitors.probing.connections import ProbeAbortedError
from monitors.probing.host_fields import DegradedMs
from monitors.probing.regex import compile_pattern
from monitors.probing.services.base import ServiceProber
from monitors.probing.services.dialogue import Dialogue, shown

MAX_MESSAGE_BYTES = 65_536
_PING = b"statuspage"


class WebsocketConfig(Config):
    """Where to connect to, what to send, and what to expect."""

    url: str = Field(max_length=2000, description="Address, such as “wss://example.org/live”.")
    headers: dict[str, str | SecretStr] = Field(
        default_factory=dict,
        max_length=32,
        description="Sent with the handshake. Values of headers with names like Authorization or "
        "Cookie are kept as secrets.",
    )
    subprotocol: str = Field(
        default="",
        pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{0,100}$",
        description="Protocol to offer, which the server must take; empty: none.",
    )
    send: str = Field(
        default="", max_length=4096, description="Text to send when connected; empty: a ping."
    )
    expect: str = Field(
        default="",
        max_length=1000,
        description="Regular expression (RE2) that one of the server's messages must match; "
        "empty: the answer to a ping is enough.",
    )
    verify_tls: bool = Field(default=True, description="Whether the certificate must be valid.")
    authorities: pem.Authorities = ""
    degraded_ms: DegradedMs = None

    _check_headers = field_validator("headers")(url_validators.validate_headers)

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        scheme, separator, rest = url.partition("://")
        if scheme.lower() not in ("ws", "wss") or not separator:
            raise ValueError("must begin with ws:// or wss://")
        # What a URL may be does not depend on its scheme.
        checked = url_validators.validate_url(f"http{'s' * (len(scheme) - 2)}://{rest}")
        return f"{scheme.lower()}://{checked.partition('://')[2]}"

    @field_validator("expect")
    @classmethod
    def _check_expect(cls, text: str) -> str:
        compile_pattern(text)
        return text

    @model_validator(mode="after")
    def _check_send(self) -> Self:
        if self.send and not self.expect:
            raise ValueError("expect: say what the answer to the text has to match")
        return self

    @cached_property
    def pattern(self) -> Any:
        return compile_pattern(self.expect) if self.expect else None

    @cached_property
    def _place(self) -> "tuple[str, int, bool]":
        from websockets.uri import parse_uri  # noqa: PLC0415  (only who has such a check loads it)

        parsed = parse_uri(self.url)
        return parsed.host, parsed.port, parsed.secure

    @property
    def host(self) -> str:
        return self._place[0]

    @property
    def port(self) -> int:
        return self._place[1]

    @property
    def tls(self) -> bool:
        return self._place[2]


class WebsocketProber(ServiceProber):
    """One connection, closed in order."""

    kind = "websocket"
    label = "WebSocket"
    protocol = "WebSocket"
    config_type = WebsocketConfig

    def talk(self, dialogue: Dialogue, config: WebsocketConfig) -> str:
        session = _Session(dialogue, config)
        session.open()
        session.exchange()
        session.close()
        return ""


class _Session:
    """A connection by the protocol's own library, which does no input and output."""

    def __init__(self, dialogue: Dialogue, config: WebsocketConfig) -> None:
        from websockets.client import ClientProtocol  # noqa: PLC0415
        from websockets.uri import parse_uri  # noqa: PLC0415

        offered: Any = [config.subprotocol] if config.subprotocol else None
        self._protocol: ClientProtocol = ClientProtocol(
            parse_uri(config.url), subprotocols=offered, max_size=MAX_MESSAGE_BYTES
        )
        self._dialogue, self._config = dialogue, config

    def open(self) -> None:
        """Make the opening handshake. Raises ProbeAbortedError."""
        from websockets.exceptions import InvalidStatus  # noqa: PLC0415

        request = self._protocol.connect()
        for name, value in self._config.headers.items():
            request.headers.pop(name, None)
            request.headers[name] = url_validators.plain_text(value)
        self._protocol.send_request(request)
        self._flush()
        while self._protocol.state.name == "CONNECTING" and not self._protocol.handshake_exc:
            self._receive()
        refused = self._protocol.handshake_exc
        if isinstance(refused, InvalidStatus):
            raise self._dialogue.failed(
                f"WebSocket: the handshake is refused with status {refused.response.status_code}"
            )
        if refused is not None:
            raise self._dialogue.failed(f"WebSocket: the handshake fails: {one_line(str(refused))}")
        if self._config.subprotocol and self._protocol.subprotocol != self._config.subprotocol:
            raise self._dialogue.failed(
                f"WebSocket: the server does not take the protocol {self._config.subprotocol}"
            )

    def exchange(self) -> None:
        """Send the text, or a ping; wait for what is expected. Raises ProbeAbortedError."""
        if self._config.send:
            self._protocol.send_text(self._config.send.encode())
        else:
            self._protocol.send_ping(_PING)
        self._flush()
        last = b""
        while True:
            for frame in self._frames():
                name, data = frame.opcode.name, bytes(frame.data)
                if name == "PONG" and data == _PING and self._config.pattern is None:
                    return
                if name in ("TEXT", "BINARY", "CONT"):
                    last = data
                    if self._config.pattern is not None and self._config.pattern.search(data):
                        return
            self._flush()
            if self._protocol.close_expected() or self._protocol.state.name != "OPEN":
                raise self._dialogue.failed(f"WebSocket: {self._ended(last)}")
            self._receive()

    def close(self) -> None:
        """Say goodbye; whether that arrives is not waited for."""
        self._protocol.send_close(1000)
        try:
            self._flush()
        except ProbeAbortedError:
            return  # all that was asked for had been answered

    def _ended(self, last: bytes) -> str:
        received = self._protocol.close_rcvd
        said = f", code {received.code}" if received is not None else ""
        if last and self._config.pattern is not None:
            wanted = one_line(self._config.expect, limit=80)
            return f"closed{said}; the message “{shown(last)}” does not match “{wanted}”"
        return f"the server closed the connection{said}, without the expected answer"

    def _frames(self) -> Any:
        """Return the frames received; the handshake's own response is not one."""
        return [each for each in self._protocol.events_received() if hasattr(each, "opcode")]

    def _receive(self) -> None:
        self._protocol.receive_data(self._dialogue.receive_chunk())

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._dialogue.send(data)
