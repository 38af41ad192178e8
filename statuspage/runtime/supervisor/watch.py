"""Observation of the progress of `up`'s processes, in threads of its own that may hang freely.

Two kinds of evidence: rows in the database that beat and the workers move, and the answer of the
web process on the management listener. Each look leaves a `RoleProgress`; the supervisor takes
the last one and never waits for a look.
"""

import http.client
import logging
import threading
import time
from collections.abc import Callable, Mapping

from components.database.errors import is_unavailable, reason
from statuspage.runtime.supervisor.restart_policy import RoleProgress

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
SLOW_SECONDS = 2.0
ANSWER_SECONDS = 3.0
_TOLERANCE = 0.01


class RowProgress:
    """A derivation of progress from the ages of progress rows, by watching the rows *move*.

    Ages alone would not do: they are measured with the wall clock, and a clock that is set
    forward by an hour makes every process look silent for an hour. A row that moves is progress
    whatever the clock says, one that stands still is none.
    """

    def __init__(self) -> None:
        self._bounds: dict[str, tuple[float, float] | None] = {}
        self._progress: dict[str, RoleProgress] = {}

    def update(
        self,
        *,
        ages: Mapping[str, float | None],
        requested_at: float,
        answered_at: float,
        now: float,
    ) -> dict[str, RoleProgress]:
        """Return the progress by role, given the `ages` in seconds; None: no row yet.

        `requested_at` and `answered_at` are wall-clock seconds around the measurement, which lies
        somewhere between; `now` is the monotonic clock's.
        """
        for name, age in ages.items():
            bounds = None if age is None else (requested_at - age, answered_at - age)
            known = self._progress.get(name)
            if known is None or _differ(bounds, self._bounds[name]):
                self._bounds[name] = bounds
                self._progress[name] = RoleProgress(observed_at=now, progress_at=now)
            else:
                self._progress[name] = RoleProgress(observed_at=now, progress_at=known.progress_at)
        return dict(self._progress)

    def reset(self) -> None:
        """Reset, because nothing could be observed: that time is held against no process."""
        self._bounds.clear()
        self._progress.clear()


def _differ(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    """Return whether two instants, each known between two bounds, cannot be the same."""
    if one is None or other is None:
        return one is not other
    return one[0] > other[1] + _TOLERANCE or one[1] < other[0] - _TOLERANCE


class Watch:
    """A watcher with the last observed progress of every role.

    `ages` asks the database (it may raise and it may hang), `answers` asks the web process. A
    database that takes more than `slow` seconds to answer keeps the processes waiting too: what
    it says then is not held against them.
    """

    def __init__(
        self,
        *,
        ages: Callable[[], Mapping[str, float | None]],
        answers: Callable[[], bool],
        web: str = "web",
        pause: float = PAUSE_SECONDS,
        slow: float = SLOW_SECONDS,
    ) -> None:
        self._ages = ages
        self._answers = answers
        self._web = web
        self._pause = pause
        self._slow = slow
        self._by_row: dict[str, RoleProgress] = {}
        self._by_answer: RoleProgress | None = None
        self.web_answered = threading.Event()
        """Set once the web process has answered for the first time."""

    def start(self) -> None:
        """Begin to watch the web process."""
        threading.Thread(target=self._watch_web, name="watch web", daemon=True).start()

    def start_rows(self) -> None:
        """Begin to watch the rows; to be called when the database has its tables."""
        threading.Thread(target=self._watch_rows, name="watch rows", daemon=True).start()

    def progress(self, name: str) -> RoleProgress | None:
        """Return the last observed progress of the role `name`; None when there is none yet."""
        return self._by_answer if name == self._web else self._by_row.get(name)

    def _watch_web(self) -> None:
        progress_at = time.monotonic()
        while True:
            requested_at = time.monotonic()
            if self._answers():
                progress_at = time.monotonic()
                self.web_answered.set()
            self._by_answer = RoleProgress(observed_at=time.monotonic(), progress_at=progress_at)
            # No pause after an answer that was waited for in vain: a hung process is found sooner.
            time.sleep(max(0.0, self._pause - (time.monotonic() - requested_at)))

    def _watch_rows(self) -> None:
        rows = RowProgress()
        reachable = True
        ages: Mapping[str, float | None] | None
        while True:
            requested_at, began = time.time(), time.monotonic()
            try:
                ages = self._ages()
            # The edge of the loop: progress cannot be read now.
            except Exception as error:  # noqa: BLE001
                # Whatever it is, it is no evidence against a process, and watching must go on.
                if reachable and not is_unavailable(error):
                    logger.warning("progress cannot be seen: %s", reason(error))
                reachable = False
                ages = None
            if ages is None or time.monotonic() - began > self._slow:
                rows.reset()
                self._by_row = {}
            else:
                reachable = True
                self._by_row = rows.update(
                    ages=ages,
                    requested_at=requested_at,
                    answered_at=time.time(),
                    now=time.monotonic(),
                )
            time.sleep(self._pause)


def answers(*, host: str, port: int, path: str = "/livez") -> bool:
    """Return whether the listener answers `path` with 200 in time."""
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
