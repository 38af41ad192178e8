"""Where a drill is played: a private store, the product's own processes, and what they left.

Nothing of the operator's own store or settings is touched: the processes get an environment
without them, and a folder that is gone afterwards.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from monitors.models import WORDS

ROOT = Path(__file__).resolve().parents[2]
MANAGE = ROOT / "manage.py"
_STOP_SECONDS = 6.0
_OURS = ("STATUSPAGE_", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "DJANGO_")


class Stage:
    """Use as a context manager: everything that was started ends with it."""

    def __init__(self, *, environ: Mapping[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="status-drill-"))
        self.data = self.folder / "data"
        self.data.mkdir()
        kept = {name: text for name, text in os.environ.items() if not name.startswith(_OURS)}
        self.environ = {
            **kept,
            "STATUSPAGE_DATA_DIR": str(self.data),
            "STATUSPAGE_SECRET_KEY": "of-a-drill-" * 5,
            "PYTHONUNBUFFERED": "1",
            **(environ or {}),
        }
        self._processes: list[subprocess.Popen[bytes]] = []
        self.log = self.folder / "processes.log"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self._processes):
            self._stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def prepare(self, catalogue: Mapping[str, Any]) -> None:
        """Make the store and load a catalogue, given as a preset's content."""
        path = self.folder / "catalogue.json"  # JSON is YAML
        path.write_text(json.dumps(catalogue))
        command = [sys.executable, "-m", "statuspage.drills.prepare", str(path)]
        done = subprocess.run(  # noqa: S603  (our own module)
            command, cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"the store could not be made: {done.stderr[-2000:]}")

    def start(
        self,
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
        module: str = "",
    ) -> subprocess.Popen[bytes]:
        """Start `manage.py ARGUMENTS`, or another module with them, in its own process group."""
        command = [sys.executable, *(["-m", module] if module else [str(MANAGE)]), *arguments]
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  (our own commands)
                command,
                cwd=ROOT,
                env={**self.environ, **(environ or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=before,  # noqa: PLW1509  (no threads here)
            )
        self._processes.append(process)
        return process

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
        # Whatever is left of its group, workers that have lost their parent among them.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the store says; nothing while it does not answer."""
        try:
            path = f"file:{self.data / 'db.sqlite3'}?mode=ro"
            connection = sqlite3.connect(path, uri=True, timeout=5)
            try:
                return connection.execute(sql, values).fetchall()
            finally:
                connection.close()
        except sqlite3.Error:
            return []

    def words(self) -> dict[str, int]:
        """How many results there are of each word."""
        rows = self.ask("SELECT word, COUNT(*) FROM monitors_result GROUP BY word")
        return {WORDS[word]: count for word, count in rows}

    def results(self) -> dict[int, int]:
        """How many results there are of each check."""
        return dict(self.ask("SELECT check_id, COUNT(*) FROM monitors_result GROUP BY check_id"))

    def told(self, kind: str) -> list[dict[str, Any]]:
        """What the journal has of a kind."""
        rows = self.ask("SELECT data FROM components_journalentry WHERE kind = ? ORDER BY id", kind)
        return [json.loads(row[0]) for row in rows]

    def until(self, holds: Callable[[], bool], *, seconds: float, what: str) -> float:
        """Wait until it holds; the answer is for how long. Raises TimeoutError saying `what`."""
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"{what} did not happen within {seconds:g} s")
            time.sleep(0.1)
        return time.monotonic() - began

    def all_up(self) -> bool:
        rows = self.ask("SELECT COUNT(*), SUM(verdict = 'up') FROM monitors_check")
        return bool(rows) and rows[0][0] > 0 and rows[0][0] == rows[0][1]


def catalogue(urls: Sequence[str], **monitor: Any) -> dict[str, Any]:
    """A preset with one component for each address."""
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
