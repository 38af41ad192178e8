"""The kind `mysql` against MariaDB's server, and by scripted packets where only MySQL's differs."""

import getpass
import hashlib
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitors.probing.base import ProbeStatus
from monitors.probing.services import mysql_packets as packets
from tests.certificates import Certificate, make_certificate
from tests.counterparts import program
from tests.monitors.probers.services import check, hold_slowness, running, shared_folder
from tests.ports import free_ports
from tests.servers import Greeter, Listener

ACCOUNTS = """\
CREATE DATABASE shop;
CREATE TABLE shop.orders (id INT PRIMARY KEY, note TEXT);
INSERT INTO shop.orders VALUES (7, 'größer'), (8, NULL);
INSERT INTO shop.orders VALUES (9, REPEAT('x', 20000));
CREATE USER watcher@'%' IDENTIFIED BY 'sésame';
GRANT ALL ON shop.* TO watcher@'%';
CREATE USER nobody@'%' IDENTIFIED BY '';
CREATE USER modern@'%' IDENTIFIED VIA ed25519 USING PASSWORD('sesame');
CREATE USER careful@'%' IDENTIFIED BY 'sesame' REQUIRE SSL;
"""

SHARE = next(filter(Path.exists, map(Path, ["/usr/share/mariadb", "/usr/share/mysql"])), Path())
SYSTEM_TABLES = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
"""What `mariadb-install-db` puts in, but for the help, which takes most of its time."""


@dataclass(frozen=True)
class Server:
    port: int
    certificate: Certificate


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    daemon = program("mariadbd")
    (port,) = free_ports(1)
    user = f"--user={getpass.getuser()}"
    with shared_folder() as folder:
        certificate = make_certificate(folder)
        common = ["--no-defaults", f"--datadir={folder / 'data'}", user]
        common += ["--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M"]
        (folder / "data" / "mysql").mkdir(parents=True)
        tables = b"".join((SHARE / name).read_bytes() for name in SYSTEM_TABLES)
        made = subprocess.run(
            [daemon, *common, "--bootstrap"],
            input=b"USE mysql;\n" + tables, capture_output=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr.decode()
        accounts = folder / "accounts.sql"
        accounts.write_text(ACCOUNTS, encoding="utf-8")
        command: list[str | Path] = [
            daemon, *common, f"--port={port}", "--bind-address=127.0.0.1",
            f"--socket={folder / 'socket'}", f"--init-file={accounts}", "--skip-name-resolve",
            "--character-set-server=utf8mb4", "--init-connect=", "--skip-log-bin",
            "--plugin-load-add=auth_ed25519",
            f"--ssl-cert={certificate.path}", f"--ssl-key={certificate.key_path}",
        ]  # fmt: skip
        with running(command, port, folder=folder):
            yield Server(port, certificate)


LOGIN: dict[str, Any] = {"username": "watcher", "password": "sésame"}


@pytest.mark.parametrize(
    "settings",
    [
        LOGIN,
        {"username": "nobody", "password": None},
        LOGIN | {"database": "shop", "query": "SELECT note FROM orders;", "expect": "größer"},
        LOGIN | {"query": "SELECT NOT @@read_only", "expect": "1"},
        LOGIN | {"query": "DO 1"},
    ],
)
def test_a_server_that_answers_is_up(server: Server, settings: dict[str, Any]) -> None:
    outcome = check("mysql", port=server.port, **settings)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"password": "wrong"}, "MySQL: the log-in is refused: Access denied for user 'watcher'"),
        ({"username": "stranger"}, "MySQL: the log-in is refused: "),
        ({"password": None}, "MySQL: the log-in is refused: Access denied for user"),
        ({"database": "nowhere"}, "MySQL: the log-in is refused: Access denied for user"),
        (
            {"username": "modern", "password": "sesame"},
            "MySQL: the log-in is refused: there is no such user, or its log-in by client_ed25519",
        ),
        (
            {"username": "careful", "password": "sesame"},
            "MySQL: the log-in is refused: Access denied for user 'careful'",
        ),
        ({"query": "SELECT broken"}, "MySQL: the query is refused: Unknown column 'broken'"),
        (
            {"query": "INSERT INTO shop.orders VALUES (1, '')"},
            "MySQL: the query is refused: Cannot execute statement in a READ ONLY transaction",
        ),
        ({"query": "SELECT 1; SELECT 2"}, "MySQL: the query is refused: You have an error"),
        ({"query": "SELECT note FROM shop.orders WHERE id = 9"}, "MySQL: an answer is longer than"),
        ({"expect": "2"}, "the query answered “1” instead of “2”"),
        ({"query": "SELECT NULL", "expect": "x"}, "the query answered “NULL” instead of “x”"),
        ({"query": "SELECT 1 FROM DUAL WHERE 0", "expect": "x"}, "the query answered “no row”"),
        ({"query": "SELECT SLEEP(60)"}, "no answer within 2 s"),
        ({"tls": True}, "certificate is not valid: self-signed certificate"),
    ],
)
def test_what_is_wrong_is_told_in_the_servers_words(
    server: Server, settings: dict[str, Any], message: str
) -> None:
    outcome = check("mysql", port=server.port, **{**LOGIN, **settings}, timeout=2.0)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.startswith(message)
    assert "sésame" not in outcome.message


def test_by_tls_its_certificate_is_looked_at(server: Server) -> None:
    login: dict[str, Any] = {
        "username": "careful",
        "password": "sesame",
        "tls": True,
        "port": server.port,
    }

    assert check("mysql", trusting=server.certificate, **login).status is ProbeStatus.UP
    assert check("mysql", verify_tls=False, **login).status is ProbeStatus.UP


def test_a_slow_answer_is_degraded(server: Server) -> None:
    outcome = check(
        "mysql", port=server.port, **LOGIN, query="SELECT SLEEP(0.2)", degraded_ms=100.0
    )

    assert outcome.status is ProbeStatus.DEGRADED
    assert "more than 100 ms" in outcome.message


NONCE = bytes(range(1, 21))


def greeting(method: str, *, tls: bool = False, version: bytes = b"8.0.36") -> bytes:
    """The first packet of MySQL 8, as its documentation has it."""
    capabilities = 0x000FFFFF if tls else 0x000FF7FF
    payload = b"\x0a" + version + b"\0" + bytes(4) + NONCE[:8] + b"\0"
    payload += (capabilities & 0xFFFF).to_bytes(2, "little") + b"\xff\x02\x00"
    payload += (capabilities >> 16).to_bytes(2, "little") + b"\x15" + bytes(10)
    return packets.framed(payload + NONCE[8:] + b"\0" + method.encode() + b"\0", 0)


class Scripted(Listener):
    """Greets, and gives the next answer whenever a packet came."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__()
        self.answers, self.heard = answers, list[bytes]()

    def _talk(self, connection: socket.socket) -> None:
        for answer in self.answers:
            connection.sendall(answer)
            with suppress(OSError):
                self.heard.append(connection.recv(65_536))
        connection.recv(1)


def ok(sequence: int) -> bytes:
    return packets.framed(b"\0\0\0\x02\0\0\0", sequence)


def rows() -> bytes:
    end = b"\xfe\0\0\x02\0"
    parts = [b"\x01", b"\x03def" + bytes(20), end, b"\x011", end]
    return b"".join(packets.framed(part, number + 1) for number, part in enumerate(parts))


def test_mysqls_own_log_in_is_known() -> None:
    """By the formula of caching_sha2_password: XOR(SHA256(p), SHA256(SHA256(SHA256(p)), nonce))."""
    fast = packets.framed(b"\x01\x03", 2)
    with Scripted(greeting(packets.CACHING), fast + ok(3), ok(1), rows()) as server:
        outcome = check("mysql", port=server.port, **LOGIN, expect="1")

    once = hashlib.sha256("sésame".encode()).digest()
    salted = hashlib.sha256(hashlib.sha256(once).digest() + NONCE).digest()
    proof = bytes(a ^ b for a, b in zip(once, salted, strict=True))
    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")
    assert b"watcher\0\x20" + proof + b"caching_sha2_password\0" in server.heard[0]


def test_the_password_itself_is_sent_by_tls_only() -> None:
    with Scripted(greeting(packets.CACHING), packets.framed(b"\x01\x04", 2)) as server:
        outcome = check("mysql", port=server.port, **LOGIN)
    clear = packets.framed(b"\xfemysql_clear_password\0", 2)
    with Scripted(greeting(packets.NATIVE), clear) as other:
        forced = check("mysql", port=other.port, **LOGIN)

    for each in (outcome, forced):
        assert each.status is ProbeStatus.DOWN
        assert each.message.endswith("which is sent by TLS only: switch TLS on")
    assert not any("sésame".encode() in each for each in server.heard + other.heard)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            packets.framed(b"\xff\x10\x04Too many connections", 0),
            "MySQL: the connection is refused: Too many connections (1040)",
        ),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the answer is not MySQL: its packets are not"),
        (b"\x05\0\0\0\x09abc\0", "the answer is not MySQL: it speaks another version"),
        (greeting(packets.NATIVE)[:30], "no complete answer within 0.5 s"),
        (
            packets.framed(greeting(packets.NATIVE)[4:20], 0),
            "the answer is not MySQL: a packet ends",
        ),
    ],
)
def test_another_greeting_is_down_and_shown(answer: bytes, message: str) -> None:
    with Greeter(answer) as server:
        outcome = check("mysql", port=server.port, timeout=0.5)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.startswith(message)


def test_tls_is_not_gone_without() -> None:
    """Whoever is between can take the offer away, or speak before the handshake."""
    with Greeter(greeting(packets.NATIVE)) as stripped:
        without = check("mysql", port=stripped.port, tls=True)
    with Greeter(greeting(packets.NATIVE, tls=True) + ok(2)) as talkative:
        injected = check("mysql", port=talkative.port, tls=True)

    assert without.message == "MySQL: TLS is not offered"
    assert injected.message == "the server says more before TLS than was asked for"
    assert not stripped.heard


@pytest.mark.parametrize(
    "reply",
    [
        lambda: packets.framed(b"\xfb/etc/passwd", 1),
        lambda: packets.framed(b"\xfc\xff\xff", 1),
        lambda: packets.framed(b"\xff", 1),
        lambda: packets.framed(b"", 1),
        lambda: packets.framed(b"\x01", 1) + packets.framed(b"x", 2) + packets.framed(b"y", 3),
        lambda: rows().replace(b"\x011", b"\x05a"),
    ],
    ids=["a file", "many columns", "short error", "empty", "no end", "short value"],
)
def test_a_hostile_answer_is_down_in_one_line(reply: Callable[[], bytes]) -> None:
    with Scripted(greeting(packets.NATIVE), ok(2), ok(1), reply()) as server:
        outcome = check("mysql", port=server.port, **LOGIN, timeout=1.0)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.isprintable()
    assert "file" not in b"".join(server.heard).decode(errors="replace")


def test_a_slow_answer_is_degraded_and_one_that_does_not_come_is_down(server: Server) -> None:
    hold_slowness("mysql", server.port, **LOGIN)
