"""PostgreSQL's own programs: pg_dump and pg_restore, found, checked and run."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from psycopg.pq import Conninfo

from statuspage.backup.errors import BackupError

_NOT_LIBPQ = ("cursor_factory", "context", "prepare_threshold", "client_encoding")
_POLL_SECONDS = 0.5


def find(name: str) -> str:
    """Return the path of a program. Raises BackupError where it is not installed."""
    folder = settings.STATUSPAGE.postgres_tools
    found = shutil.which(name, path=folder or None)
    if found is None:
        where = f"in {folder} (STATUSPAGE_POSTGRES_TOOLS)" if folder else "in PATH"
        raise BackupError(
            f"{name} was not found {where}. Install PostgreSQL's client programs (Debian: "
            "postgresql-client), or name their folder in STATUSPAGE_POSTGRES_TOOLS."
        )
    return found


def major_version(program: str) -> int:
    """Return the major version that a program says it has. Raises BackupError."""
    try:
        done = subprocess.run(  # noqa: S603  (found by its name)
            [program, "--version"], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackupError(f"{program} cannot be run: {error}") from None
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    if found is None:
        raise BackupError(f"{program} does not say which version it is: {done.stdout[:100]!r}")
    return int(found[1])


def server_version() -> int:
    """Return the major version of the server in use."""
    connection.ensure_connection()
    return int(connection.connection.info.server_version) // 10_000


def find_for_server(name: str) -> str:
    """Return a program that is as new as the server. Raises BackupError."""
    program = find(name)
    ours, server = major_version(program), server_version()
    if ours < server:
        raise BackupError(
            f"{program} is version {ours}, older than the server's {server}, and cannot be used "
            f"with it. Install the client programs of PostgreSQL {server}, or name their folder "
            "in STATUSPAGE_POSTGRES_TOOLS."
        )
    return program


def environ() -> dict[str, str]:
    """Return the environment in which they reach the database in use; the password stands there
    alone, for command lines are public."""
    variables = {
        item.keyword.decode(): item.envvar.decode()
        for item in Conninfo.get_defaults()
        if item.envvar
    }
    params = connection.get_connection_params()
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    given = {
        variables[name]: str(value)
        for name, value in params.items()
        if name in variables and name not in _NOT_LIBPQ and value not in (None, "")
    }
    return {**kept, **given, "PGAPPNAME": "statuspage command"}


def database_name() -> str:
    return str(connection.settings_dict["NAME"])


@contextmanager
def running(
    command: Sequence[str], *, with_database: bool = True
) -> Iterator[subprocess.Popen[str]]:
    """Run a program beside the block; it is gone when the block is left."""
    try:
        process = subprocess.Popen(  # noqa: S603  (our own arguments)
            command,
            env=environ() if with_database else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise BackupError(f"{command[0]} cannot be run: {error}") from None
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def finish(process: "subprocess.Popen[str]", *, meanwhile: Callable[[], None]) -> None:
    """Wait for a program's end, with something to do now and then. Raises BackupError."""
    while True:
        try:
            _, told = process.communicate(timeout=_POLL_SECONDS)
            break
        except subprocess.TimeoutExpired:
            meanwhile()
    if process.returncode:
        name = Path(str(process.args[0] if isinstance(process.args, list) else process.args)).name
        text = " ".join(told.split())[-600:]
        raise BackupError(f"{name} failed (exit status {process.returncode}): {text}")


def run(command: Sequence[str], *, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Run a program on the database in use. Raises BackupError with what it said."""
    with running(command) as process:
        finish(process, meanwhile=meanwhile)
