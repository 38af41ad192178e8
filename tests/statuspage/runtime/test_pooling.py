"""A pooler that shares sessions is found out, and refused (F-O6)."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pytest
from django.core.management.base import CommandError
from django.db import connection

from statuspage.management import admission
from statuspage.runtime import pooling
from statuspage.runtime.keys import check
from tests.counterparts import program
from tests.waiting import until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


@contextmanager
def pgbouncer(folder: Path, *, mode: str) -> Iterator[int]:
    """PgBouncer before the database of the tests; its port."""
    binary = program("pgbouncer")
    parts = urlsplit(os.environ["DATABASE_URL"])
    host = parts.hostname or parse_qs(parts.query)["host"][0]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    settings = folder / "pgbouncer.ini"
    password = f" password={parts.password}" if parts.password else ""
    settings.write_text(
        f"[databases]\n* = host={unquote(host)} port={parts.port or 5432} "
        f"user={parts.username or 'postgres'}{password}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = any\npool_mode = {mode}\n"
    )
    for each in (folder, *folder.parents[:3]):
        each.chmod(each.stat().st_mode | 0o055)
    # It will not run as root; who owns the socket's folder may use it.
    owner = Path(host).owner() if host.startswith("/") else "nobody"
    user = ["-u", owner] if os.getuid() == 0 else []
    process = subprocess.Popen(
        [str(binary), *user, str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: _listens(port), what=f"PgBouncer on port {port}")
        yield port
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.mark.parametrize(
    ("mode", "shared"), [("session", False), ("transaction", True), ("statement", True)]
)
def test_f_o6_a_pooler_that_shares_sessions_is_told_from_one_that_does_not(
    mode: str, shared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pgbouncer(tmp_path, mode=mode) as port:
        behind = {**connection.get_connection_params(), "host": "127.0.0.1", "port": port}
        monkeypatch.setattr(connection, "get_connection_params", lambda: dict(behind))

        assert pooling.shares_sessions() is shared


def test_f_o6_postgresql_itself_gives_each_its_session() -> None:
    assert pooling.shares_sessions() is False


def test_f_o6_a_role_does_not_start_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "admit_role", lambda **_: None)
    monkeypatch.setattr(pooling, "shares_sessions", lambda: True)

    with pytest.raises(CommandError, match="pool_mode = session"):
        admission.admit()


def test_f_o6_a_database_that_is_away_is_waited_for_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away() -> bool:
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(pooling, "shares_sessions", away)

    pooling.refuse_shared_sessions()
