"""Two PostgreSQL servers of a drill: a primary, and a standby that follows it by streaming.

Replication is synchronous: what the primary has confirmed, the standby has too. So a promotion
loses nothing that anybody was told of.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg

from statuspage.drills.base import NotSupportedError

PROGRAMS = ("initdb", "postgres", "pg_basebackup")
DATABASE = "statuspage"
_HOST = "127.0.0.1"
_USER = "statuspage"
_START_SECONDS = 60.0
_ACCOUNTS = ("postgres", "nobody")
"""PostgreSQL refuses to run as root; one of these accounts runs it then."""
_SETTINGS = {
    "listen_addresses": _HOST,
    "unix_socket_directories": "",
    "wal_level": "replica",
    "hot_standby": "on",
    "wal_keep_size": "64MB",
    "shared_buffers": "32MB",
    # Its data has to survive no loss of power.
    "fsync": "off",
    "full_page_writes": "off",
}


def find_programs(folder: str) -> Path:
    """Return where PostgreSQL's server programs are: `folder` if it is named, else found.

    Raises NotSupportedError if they are not installed.
    """
    beside = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    candidates = [Path(folder)] if folder else [*([Path(beside).parent] if beside else []), *debian]
    for each in candidates:
        if all((each / name).is_file() for name in PROGRAMS):
            return each
    raise NotSupportedError(
        f"it needs PostgreSQL's own programs ({', '.join(PROGRAMS)}; Debian: postgresql): install "
        "them, or name their folder in STATUSPAGE_POSTGRES_TOOLS"
    )


def _version(path: Path) -> int:
    return int(path.parent.name) if path.parent.name.isdecimal() else 0


class PostgresServer:
    """One server in a folder of its own, on a port of its own."""

    def __init__(self, programs: Path, folder: Path, port: int) -> None:
        self.port = port
        self._programs, self._folder = programs, folder
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of this server alone."""
        return f"postgresql://{_USER}@{_HOST}:{self.port}/{DATABASE}"

    def create(self) -> None:
        """Make it an empty primary, with the database, and start it."""
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--no-sync",
                  f"--username={_USER}", f"--pgdata={self._data}")  # fmt: skip
        lines = (f"{name} = '{value}'\n" for name, value in _SETTINGS.items())
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(lines)
        self.start()
        self.execute(f"CREATE DATABASE {DATABASE}", database="postgres")

    def copy(self, primary: "PostgresServer") -> None:
        """Make it a standby of `primary`, whatever it was before, and start it."""
        shutil.rmtree(self._data, ignore_errors=True)
        origin = f"host={_HOST} port={primary.port} user={_USER} application_name=standby"
        self._run("pg_basebackup", "--write-recovery-conf", "--checkpoint=fast", "--no-sync",
                  f"--dbname={origin}", f"--pgdata={self._data}")  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start it where it was, and wait until it answers."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  (found by its name)
                [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self.port)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                **_account(),
            )  # fmt: skip
        self.wait_until(self.answers, "its start")

    def answers(self) -> bool:
        """Return whether it takes a connection and answers at once."""
        try:
            self.execute("SELECT 1", database="postgres")
        except psycopg.Error:
            return False
        return True

    def takes_writes(self) -> bool:
        """Return whether it is a primary."""
        try:
            return not self.execute("SELECT pg_is_in_recovery()", database="postgres")[0][0]
        except psycopg.Error:
            return False

    def promote(self) -> None:
        """Make this standby the primary."""
        self.execute("SELECT pg_promote()", database="postgres")
        self.wait_until(self.takes_writes, "its promotion")

    def stop(self) -> None:
        """Stop it in order: its standby gets everything."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_START_SECONDS)

    def kill(self) -> None:
        """Kill all its processes at once, as the loss of a machine does."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def freeze(self) -> None:
        """Have all its processes hang: connections stay, and nobody answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def execute(self, sql: str, *, database: str = DATABASE) -> list[tuple[Any, ...]]:
        """Run a statement on this server; return its rows. Raises psycopg's errors."""
        url = f"postgresql://{_USER}@{_HOST}:{self.port}/{database}"
        with psycopg.connect(url, autocommit=True, connect_timeout=3) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until it holds. Raises RuntimeError with the end of the server's log."""
        deadline = time.monotonic() + _START_SECONDS
        while not holds():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                log = (self._folder / "log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL: {what} failed: {log[-1000:]}")
            time.sleep(0.05)

    def _signal(self, number: int) -> None:
        """Send a signal to each of its processes, which are in sessions of their own."""
        if self._process is None or self._process.poll() is not None:
            return
        main = psutil.Process(self._process.pid)
        for each in (main, *main.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                each.send_signal(number)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603  (found by its name)
            [str(self._programs / program), *arguments], capture_output=True, text=True,
            check=False, cwd=self._folder, **_account(),
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr[-1000:]}")


class PostgresPair:
    """Both servers; leaving its context ends them and removes what they wrote."""

    def __init__(self, programs: Path, *, standby: bool = True) -> None:
        """`standby`: whether the second one follows from the start."""
        self._follows = standby
        self._folder = Path(tempfile.mkdtemp(prefix="status-drill-postgres-"))
        _give_away(self._folder)
        servers = []
        for name, port in zip(("one", "two"), _free_ports(2), strict=True):
            folder = self._folder / name
            folder.mkdir()
            _give_away(folder)
            servers.append(PostgresServer(programs, folder, port))
        self.primary, self.standby = self._servers = (servers[0], servers[1])

    def __enter__(self) -> Self:
        try:
            self.primary.create()
            if self._follows:
                self.follow()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        for server in self._servers:
            server.thaw()
            server.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """The address of both servers, in one order always, as `DATABASE_URL` says it."""
        hosts = ",".join(f"{_HOST}:{server.port}" for server in self._servers)
        return f"postgresql://{_USER}@{hosts}/{DATABASE}"

    def follow(self) -> None:
        """Make the standby anew from the primary; commits wait for it from then on."""
        self.standby.copy(self.primary)
        primary = self.primary
        primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.execute("SELECT pg_reload_conf()")
        primary.wait_until(
            lambda: primary.execute("SELECT sync_state FROM pg_stat_replication") == [("sync",)],
            "replication",
        )

    def promote(self) -> None:
        """Make the standby the primary; the other one must have been stopped or fenced."""
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary


def _free_ports(number: int) -> list[int]:
    """Return ports that were free just now; a standby has to come back on its own."""
    taken = [socket.create_server((_HOST, 0)) for _ in range(number)]
    ports = [int(each.getsockname()[1]) for each in taken]
    for each in taken:
        each.close()
    return ports


def _account() -> Mapping[str, Any]:
    """Return the arguments by which a process gets the servers' account."""
    if os.geteuid() != 0:
        return {}
    entry = _entry()
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _entry() -> pwd.struct_passwd:
    for name in _ACCOUNTS:
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise NotSupportedError("PostgreSQL does not run as root: run it under another account")


def _give_away(folder: Path) -> None:
    if os.geteuid() == 0:
        entry = _entry()
        os.chown(folder, entry.pw_uid, entry.pw_gid)
