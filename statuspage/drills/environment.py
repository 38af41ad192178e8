"""The environment of a drill: a private store, the product's processes, and queries on both.

Nothing of the operator's own store or settings is touched: the processes get an environment
without them, and a folder that is gone afterwards.
"""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from monitors.models import WORDS
from statuspage.drills import queries

ROOT = Path(__file__).resolve().parents[2]
MANAGE = ROOT / "manage.py"
STORE = "db.sqlite3"
_STOP_SECONDS = 10.0
_OURS = ("STATUSPAGE_", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "DJANGO_")


class Entry(NamedTuple):
    """The fields of a journal entry that drills compare."""

    kind: str
    subject: int | None
    data: dict[str, Any]


class DrillEnvironment:
    """A private store and the processes on it; leaving its context ends all that was started."""

    def __init__(self, *, database: str = "") -> None:
        """Create it on the empty PostgreSQL database at `database`, by default on a new SQLite."""
        self.folder = Path(tempfile.mkdtemp(prefix="status-drill-"))
        self.data = self.folder / "data"
        self.data.mkdir()
        self._database = database
        self.environ = _environ(self.data)
        if database:
            self.environ["DATABASE_URL"] = database
        self._processes: list[subprocess.Popen[bytes]] = []
        self.log = self.folder / "processes.log"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        # By force: this store is never used again.
        for process in self._processes:
            _kill_group(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def prepare(self, catalogue: Mapping[str, Any]) -> str:
        """Create the store and load a catalogue, given as a preset's content.

        Returns a key for the API.
        """
        path = self.folder / "catalogue.json"  # JSON is YAML
        path.write_text(json.dumps(catalogue))
        if self._database:
            _prepare("--tables", environ=self.environ)
        else:
            shutil.copy(_empty_store(), self.data)
        return _prepare(str(path), environ=self.environ).strip()

    def manage(self, *arguments: str) -> None:
        """Run a command of the product and wait for it. Raises RuntimeError if it fails."""
        done = subprocess.run(  # noqa: S603  (our own commands)
            [sys.executable, str(MANAGE), *arguments], env=self.environ,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{arguments[0]} failed: {done.stderr[-1000:]}")

    def start(
        self,
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
        module: str = "",
        fds: Sequence[int] = (),
        piped: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Start `manage.py ARGUMENTS`, or another module with them, in its own process group.

        `piped`: its input and output are the caller's.
        """
        if "--queue" in arguments:
            # Spares `work` the detour of starting itself again (see its module).
            queue = arguments[arguments.index("--queue") + 1]
            environ = {"Q_CLUSTER_NAME": queue, **(environ or {})}
        command = [sys.executable, *(["-m", module] if module else [str(MANAGE)]), *arguments]
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  (our own commands)
                command,
                cwd=ROOT,
                env={**self.environ, **(environ or {})},
                stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else log,
                stderr=log,
                start_new_session=True,
                pass_fds=fds,
                preexec_fn=before,  # noqa: PLW1509  (no threads here)
            )
        self._processes.append(process)
        return process

    def stop(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        """Stop processes as an operator would; by force what does not end or leaves something."""
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _kill_group(process)

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return rows of the store; none while it does not answer. Parameters are `?`."""
        if self._database:
            return queries.query_postgres(self._database, sql, values)
        return queries.query_sqlite(self.data / STORE, sql, values)

    def status_counts(self) -> dict[str, int]:
        """Return how many results there are of each status."""
        rows = self.query("SELECT word, COUNT(*) FROM monitors_result GROUP BY word")
        return {WORDS[word]: count for word, count in rows}

    def results(self) -> dict[int, int]:
        """Return how many results there are of each check."""
        return dict(self.query("SELECT check_id, COUNT(*) FROM monitors_result GROUP BY check_id"))

    def journal_data(self, kind: str) -> list[dict[str, Any]]:
        """Return the data of the journal's entries of one type."""
        return [entry.data for entry in self.journal(kind)]

    def journal(self, *kinds: str) -> list[Entry]:
        """Return the journal's entries of these types, in order."""
        places = ", ".join("?" * len(kinds))
        rows = self.query(
            "SELECT kind, subject_id, data FROM components_journalentry"  # noqa: S608  (places)
            f" WHERE kind IN ({places}) ORDER BY id",
            *kinds,
        )
        return [
            Entry(kind, subject, json.loads(data) if isinstance(data, str) else data)
            for kind, subject, data in rows
        ]

    def wait_until(self, holds: Callable[[], bool], *, seconds: float, what: str) -> float:
        """Wait until it holds; return for how long. Raises TimeoutError saying `what`."""
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"{what} did not happen within {seconds:g} s")
            time.sleep(0.1)
        return time.monotonic() - began

    def all_up(self) -> bool:
        rows = self.query(
            "SELECT COUNT(*), SUM(CASE WHEN verdict = 'up' THEN 1 ELSE 0 END) FROM monitors_check"
        )
        return bool(rows) and rows[0][0] > 0 and rows[0][0] == rows[0][1]


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a process's group, workers that have lost their parent among them."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environ(data: Path) -> dict[str, str]:
    kept = {
        name: text
        for name, text in os.environ.items()
        # Where programs are is the machine's matter, not the store's.
        if not name.startswith(_OURS) or name == "STATUSPAGE_POSTGRES_TOOLS"
    }
    return {
        **kept,
        "STATUSPAGE_DATA_DIR": str(data),
        "STATUSPAGE_SECRET_KEY": "of-a-drill-" * 5,
        "PYTHONUNBUFFERED": "1",
    }


def _prepare(argument: str, *, environ: Mapping[str, str]) -> str:
    command = [sys.executable, "-m", "statuspage.drills.setup_store", argument]
    done = subprocess.run(  # noqa: S603  (our own module)
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the store could not be made: {done.stderr[-2000:]}")
    return done.stdout


@cache
def _empty_store() -> Path:
    """Return a store with nothing but the tables, created once for all drills of this process."""
    folder = Path(tempfile.mkdtemp(prefix="status-drill-tables-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _prepare("--tables", environ=_environ(folder))
    return folder / STORE


def catalogue(urls: Sequence[str], **monitor: Any) -> dict[str, Any]:
    """Return a preset with one component for each address."""
    return {
        "groups": [
            {
                "name": "Drill",
                "components": [
                    {
                        "name": f"Target {number}",
                        "slug": f"target-{number}",
                        "monitors": [
                            {"name": f"Target {number}", "config": {"url": url}, **monitor}
                        ],
                    }
                    for number, url in enumerate(urls)
                ],
            }
        ]
    }
