"""The kind `mysql`: logs in to MySQL or MariaDB and has a query answered in a read-only session.

The password leaves only as a proof that fits one challenge, or by TLS.
"""

import re

from pydantic import Field, SecretStr, field_validator

from monitors.probing.host_fields import Port
from monitors.probing.services import mysql_packets as packets
from monitors.probing.services.base import ServiceConfig, ServiceProber, revealed
from monitors.probing.services.dialogue import MAX_REPLY_BYTES, Dialogue
from monitors.probing.services.query_answer import check_answer

MAX_COLUMNS = 4096
MAX_LOGIN_STEPS = 5
_FULL_LOGIN, _FAST_LOGIN = b"\x04", b"\x03"
_READ_ONLY = "SET SESSION TRANSACTION READ ONLY"
_ENDS = re.compile(r"[\s;]+\Z")


class MysqlConfig(ServiceConfig):
    """Where the server is, whom to log in as, and what to ask."""

    port: Port = Field(default=3306, description="Port to connect to.")
    tls: bool = Field(default=False, description="Whether to switch to TLS before the log-in.")
    database: str = Field(
        default="", max_length=64, description="Database to open; empty: none is opened."
    )
    username: str = Field(
        default="statuspage", min_length=1, max_length=128, description="User to log in as."
    )
    password: SecretStr | None = Field(
        default=None, max_length=1000, description="Password of this user."
    )
    query: str = Field(
        default="SELECT 1",
        min_length=1,
        max_length=1000,
        description="One query, read only, such as “SELECT @@read_only”.",
    )
    expect: str = Field(
        default="",
        max_length=200,
        description="What the first column of its first row must be, as text; empty: anything.",
    )

    @field_validator("database", "username", "query", "expect")
    @classmethod
    def _check_text(cls, text: str) -> str:
        if "\0" in text:
            raise ValueError("must not contain a NUL character")
        return text


class MysqlProber(ServiceProber):
    """One connection: the log-in, then one query."""

    kind = "mysql"
    label = "MySQL"
    protocol = "MySQL"
    begins_with_tls = False
    config_type = MysqlConfig

    def talk(self, dialogue: Dialogue, config: MysqlConfig) -> str:
        session = _Session(dialogue)
        try:
            greeting = packets.parse_greeting(session.receive("the connection is refused"))
            if config.tls:
                self._switch_to_tls(session, config, greeting)
            _log_in(session, config, greeting)
            session.begin(packets.QUERY + _READ_ONLY.encode())
            session.receive("the session cannot be made read-only")
            value, has_row = _ask(session, config.query)
        except packets.PacketError as error:
            raise dialogue.failed(f"the answer is not MySQL: {error}") from None
        check_answer(value, has_row=has_row, wanted=config.expect)
        session.begin(packets.QUIT)
        return ""

    def _switch_to_tls(
        self, session: "_Session", config: MysqlConfig, greeting: packets.Greeting
    ) -> None:
        if not greeting.offers_tls:
            raise session.dialogue.failed("MySQL: TLS is not offered")
        if not session.dialogue.is_drained:
            text = "the server says more before TLS than was asked for"
            raise session.dialogue.failed(text)
        session.send(packets.tls_request(database=config.database))
        self.secure(session.dialogue.connection, config, session.dialogue.deadline)


class _Session:
    """Packets over a dialogue, each with its number in the exchange."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.dialogue = dialogue
        self._sequence = 0

    def begin(self, payload: bytes) -> None:
        """Send a command."""
        self._sequence = 0
        self.send(payload)

    def send(self, payload: bytes) -> None:
        self.dialogue.send(packets.framed(payload, self._sequence))
        self._sequence += 1

    def receive(self, wrong: str) -> bytes:
        """Return what is in the next packet. Raises ProbeAbortedError, with `wrong`, for an error.

        Raises PacketError for one of another protocol.
        """
        head = self.dialogue.receive_exactly(packets.HEADER_BYTES)
        if head[3] != self._sequence % 256:
            raise packets.PacketError("its packets are not in order")
        self._sequence += 1
        length = int.from_bytes(head[:3], "little")
        if length > MAX_REPLY_BYTES:
            text = f"MySQL: an answer is longer than {MAX_REPLY_BYTES:,} bytes"
            raise self.dialogue.failed(text)
        payload = self.dialogue.receive_exactly(length)
        if not payload:
            raise packets.PacketError("a packet is empty")
        if payload[0] == packets.ERROR:
            said = packets.parse_error(payload)
            raise self.dialogue.failed(f"MySQL: {wrong}: {said}")
        return payload


def _log_in(session: _Session, config: MysqlConfig, greeting: packets.Greeting) -> None:
    """Log in, by whichever way the server asks for. Raises ProbeAbortedError or PacketError."""
    password, method, nonce = revealed(config.password), greeting.method, greeting.nonce
    answer = packets.scramble(method, password, nonce)
    if answer is None:  # it is told which are known here, and asks for one
        method = packets.NATIVE
        answer = packets.scramble(method, password, nonce) or b""
    session.send(
        packets.login(
            username=config.username,
            database=config.database,
            method=method,
            answer=answer,
            tls=config.tls,
        )
    )
    for _ in range(MAX_LOGIN_STEPS):
        reply = session.receive("the log-in is refused")
        if reply[0] == packets.OK:
            return
        if reply[0] == packets.END:
            method, nonce = packets.parse_switch(reply)
            session.send(_answer(session, config, method, nonce))
        elif reply[0] == packets.MORE and reply[1:2] == _FULL_LOGIN:
            session.send(_answer(session, config, packets.CLEAR, b""))
        elif reply[0] != packets.MORE or reply[1:2] != _FAST_LOGIN:
            raise packets.PacketError("the log-in is answered with something else")
    raise packets.PacketError("the log-in has no end")


def _answer(session: _Session, config: MysqlConfig, method: str, nonce: bytes) -> bytes:
    """Return what is sent for a way to log in. Raises ProbeAbortedError."""
    password = revealed(config.password)
    if method == packets.CLEAR:
        if not config.tls:
            raise session.dialogue.failed(
                "MySQL: it asks for the password itself, which is sent by TLS only: switch TLS on"
            )
        return password.encode() + b"\0"
    answer = packets.scramble(method, password, nonce)
    if answer is None:
        # MariaDB makes up the way of a user that does not exist.
        raise session.dialogue.failed(
            f"MySQL: the log-in is refused: there is no such user, or its log-in by {method} is not"
            f" known here; {packets.NATIVE} and {packets.CACHING} are"
        )
    return answer


def _ask(session: _Session, query: str) -> tuple[bytes | None, bool]:
    """Return the first column of the first row, and whether there is a row."""
    session.begin(packets.QUERY + _ENDS.sub("", query).encode())
    count = packets.column_count(session.receive("the query is refused"))
    if not count:
        return None, False
    if count > MAX_COLUMNS:
        raise packets.PacketError("it has too many columns")
    for _ in range(count):
        session.receive("the query is refused")
    if not packets.is_end(session.receive("the query is refused")):
        raise packets.PacketError("its columns have no end")
    row = session.receive("the query failed")
    if packets.is_end(row):
        return None, False
    return packets.Reader(row).value(), True
