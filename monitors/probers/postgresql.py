"""The kind `postgresql`: logs in and has a query answered, by libpq.

libpq speaks the protocol, its log-ins and TLS; what it waits for is waited for here, so that the
deadline holds and only allowed addresses are connected to.
"""

import re
import select
from collections.abc import Mapping
from typing import Any, Literal

from psycopg import pq
from psycopg.conninfo import make_conninfo
from pydantic import Field, SecretStr, field_validator

from components.network.address_guard import AddressGuard
from components.network.ca_bundle import trusted_authorities
from monitors.probing.base import BlockingProber, Config, Outcome, ProbeStatus, one_line
from monitors.probing.connections import Deadline, ProbeAbortedError, allowed_addresses
from monitors.probing.host_fields import DegradedMs, Host, Port
from monitors.probing.services.base import revealed
from monitors.probing.services.query_answer import check_answer

_SEVERITY = re.compile(r"^(FATAL|ERROR|PANIC):\s+")
_GOOD = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


class PostgresqlConfig(Config):
    """Where the server is, whom to log in as, and what to ask."""

    host: Host = Field(description="Name or address to connect to.")
    port: Port = Field(default=5432, description="Port to connect to.")
    database: str = Field(default="postgres", max_length=100, description="Database to open.")
    username: str = Field(default="postgres", max_length=100, description="Role to log in as.")
    password: SecretStr | None = Field(
        default=None, max_length=1000, description="Password of this role."
    )
    query: str = Field(
        default="SELECT 1",
        max_length=1000,
        description="One query, read only, such as “SELECT not pg_is_in_recovery()”.",
    )
    expect: str = Field(
        default="",
        max_length=200,
        description="What the first column of its first row must be, as text; empty: anything.",
    )
    tls: Literal["disable", "prefer", "require", "verify-full"] = Field(
        default="prefer",
        description="Whether to speak TLS: prefer takes it where it is offered, verify-full asks "
        "for a valid certificate of this host.",
    )
    degraded_ms: DegradedMs = None

    @field_validator("database", "username", "query", "expect")
    @classmethod
    def _check_text(cls, text: str) -> str:
        if "\0" in text:
            raise ValueError("must not contain a NUL character")
        return text


class PostgresqlProber(BlockingProber):
    """One connection and one query in a read-only session."""

    kind = "postgresql"
    label = "PostgreSQL"
    config_type = PostgresqlConfig

    def probe(self, config: PostgresqlConfig, *, timeout: float, guard: AddressGuard) -> Outcome:
        deadline = Deadline(timeout)
        try:
            addresses, _ = allowed_addresses(config.host, deadline=deadline, guard=guard)
            named = deadline.elapsed_ms()
            connection = _connect(_parameters(config, addresses), deadline)
            connected = deadline.elapsed_ms()
            try:
                _ask(connection, config, deadline)
            finally:
                connection.finish()
        except ProbeAbortedError as aborted:
            return aborted.outcome
        total = deadline.elapsed_ms()
        phases = {"name": named, "connect": connected - named, "total": total}
        if config.degraded_ms is not None and total > config.degraded_ms:
            message = f"took {total:.0f} ms, more than {config.degraded_ms:g} ms"
            return Outcome(ProbeStatus.DEGRADED, message, latency_ms=total, phases=phases)
        return Outcome(ProbeStatus.UP, latency_ms=total, phases=phases)


def _parameters(config: PostgresqlConfig, addresses: list[str]) -> Mapping[str, Any]:
    """Return libpq's parameters; every one that an environment could give is among them."""
    return {
        # A certificate names no dot at the end.
        "host": ",".join([config.host.removesuffix(".")] * len(addresses)),
        "hostaddr": ",".join(addresses),
        "port": config.port,
        "dbname": config.database,
        "user": config.username,
        "password": revealed(config.password),
        "passfile": "/nonexistent",
        "sslmode": config.tls,
        "sslrootcert": trusted_authorities() if config.tls == "verify-full" else "",
        "gssencmode": "disable",
        "target_session_attrs": "any",
        "application_name": "statuspage",
        "options": "-c default_transaction_read_only=on",
    }


def _connect(parameters: Mapping[str, Any], deadline: Deadline) -> "pq.abc.PGconn":
    connection = pq.PGconn.connect_start(make_conninfo(**parameters).encode())
    try:
        if connection.status == pq.ConnStatus.BAD:
            raise _down(connection)
        waiting = pq.PollingStatus.WRITING
        while waiting is not pq.PollingStatus.OK:
            if waiting is pq.PollingStatus.FAILED:
                raise _down(connection)
            _wait(connection, deadline, "no connection", write=waiting is pq.PollingStatus.WRITING)
            waiting = pq.PollingStatus(connection.connect_poll())
    except BaseException:
        connection.finish()
        raise
    connection.nonblocking = 1
    return connection


def _ask(connection: "pq.abc.PGconn", config: PostgresqlConfig, deadline: Deadline) -> None:
    connection.send_query_params(config.query.encode(), None)
    while connection.flush():
        _wait(connection, deadline, "could not send", write=True)
    results = []
    while True:
        while connection.is_busy():
            _wait(connection, deadline, "no answer to the query", write=False)
            _consume(connection)
        result = connection.get_result()
        if result is None:
            break
        results.append(result)
    if not results or results[-1].status not in _GOOD:
        raise _down(connection)
    answer = results[-1]
    has_row = bool(answer.ntuples and answer.nfields)
    value = answer.get_value(0, 0) if has_row else None
    check_answer(value, has_row=bool(answer.ntuples), wanted=config.expect)


def _consume(connection: "pq.abc.PGconn") -> None:
    try:
        connection.consume_input()
    except Exception:  # noqa: BLE001  (psycopg's error says less than the connection's own text)
        raise _down(connection) from None


def _wait(connection: "pq.abc.PGconn", deadline: Deadline, missing: str, *, write: bool) -> None:
    poll = select.poll()
    poll.register(connection.socket, select.POLLOUT if write else select.POLLIN)
    if not poll.poll(deadline.left(missing) * 1000):
        raise deadline.missed(missing)


def _down(connection: "pq.abc.PGconn") -> ProbeAbortedError:
    """Return the error of a connection in trouble, in the words of the server or of libpq."""
    text = connection.get_error_message().strip()
    if "Connection refused" in text:
        return ProbeAbortedError(ProbeStatus.DOWN, "connection refused")
    if "certificate verify failed" in text:
        return ProbeAbortedError(ProbeStatus.DOWN, "certificate is not valid: its chain or dates")
    # Each address has a line; the first says it. Addresses and ports are known to who reads it.
    line = text.splitlines()[0] if text else "the connection broke"
    said = line.rpartition(" failed: ")[2]
    return ProbeAbortedError(ProbeStatus.DOWN, one_line(_SEVERITY.sub("", said)))
