"""The kind `postgresql` against the real server."""

import select
import socket
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from monitors.probing.base import ProbeStatus
from tests.environment import start_private_postgres
from tests.monitors.probers.services import check, hold_slowness
from tests.servers import Greeter, Listener


class Forwarder(Listener):
    """Passes what comes by TCP to a server that listens on a socket in the file system."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def _talk(self, connection: socket.socket) -> None:
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(self._path)
            other = {connection: server, server: connection}
            while True:
                for ready in select.select(list(other), [], [])[0]:
                    data = ready.recv(65_536)
                    if not data:
                        return
                    other[ready].sendall(data)


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, Any]]:
    """How to reach a server that asks for a password."""
    with start_private_postgres() as private:
        with psycopg.connect(private.url, autocommit=True) as connection:
            connection.execute("CREATE ROLE watcher LOGIN PASSWORD 'sesame'")
            (private.folder / "pg_hba.conf").write_text(
                "local all watcher scram-sha-256\nlocal all all trust\n"
            )
            connection.execute("SELECT pg_reload_conf()")
            path = f"{connection.info.host}/.s.PGSQL.{connection.info.port}"
        with Forwarder(path) as forwarder:
            yield {"port": forwarder.port, "username": "watcher", "password": "sesame"}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"query": "SELECT not pg_is_in_recovery()", "expect": "t"},
        {"query": "SELECT 7 AS days; ", "expect": "7"},
    ],
)
def test_a_server_that_answers_is_up(server: dict[str, Any], settings: dict[str, Any]) -> None:
    outcome = check("postgresql", **server, **settings)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"password": "wrong"},
            'password authentication failed for user "watcher"',
        ),
        ({"password": None}, "fe_sendauth: no password supplied"),
        ({"database": "nowhere"}, 'database "nowhere" does not exist'),
        ({"tls": "require"}, "server does not support SSL, but SSL was required"),
        ({"query": "SELECT 1 / 0"}, "division by zero"),
        (
            {"query": "CREATE TABLE t (x int)"},
            "cannot execute CREATE TABLE in a read-only transaction",
        ),
        ({"query": "SELECT 1; SELECT 2"}, "cannot insert multiple commands"),
        ({"expect": "2"}, "the query answered “1” instead of “2”"),
        ({"query": "SELECT NULL", "expect": "x"}, "the query answered “NULL” instead of “x”"),
        ({"query": "SELECT 1 WHERE false", "expect": "x"}, "the query answered “no row”"),
        ({"query": "SELECT pg_sleep(60)"}, "no answer to the query within 1 s"),
    ],
)
def test_what_is_wrong_is_told_in_the_servers_words(
    server: dict[str, Any], settings: dict[str, Any], message: str
) -> None:
    outcome = check("postgresql", **{**server, **settings}, timeout=1.0)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.startswith(message)


def test_another_protocol_is_down() -> None:
    with Greeter(b"HTTP/1.1 400 Bad Request\r\n\r\n") as target:
        outcome = check("postgresql", port=target.port, timeout=1.0)

    assert outcome.status is ProbeStatus.DOWN


def test_a_slow_answer_is_degraded_and_one_that_does_not_come_is_down(
    server: dict[str, Any],
) -> None:
    hold_slowness("postgresql", **server)
