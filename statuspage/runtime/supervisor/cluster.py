"""A django-q cluster in this process that works as a whole or ends as a whole.

A worker killed in the middle may hold the lock of the queue that all workers share; the cluster
then stays deaf although its sentinel replaces the worker. And a cluster whose sentinel was killed
leaves its workers behind. So: every process of the cluster dies with the one that forked it, and
the sentinel ends itself when one of its processes was killed. The supervisor of this process
sees it end and starts a fresh cluster.

Only the main process acts on SIGTERM and SIGINT, which a terminal and systemd (`KillMode=
control-group`) send to all of them: a sentinel killed by it would leave the main process waiting
for a lock that nobody releases any more.
"""

import os
import signal
from collections.abc import Callable, Mapping
from functools import wraps
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

import psutil
from django.db import DatabaseError, InterfaceError, connection
from django_q import cluster as django_q_cluster
from django_q import worker
from django_q.cluster import Cluster, Sentinel

from components.database.errors import is_unavailable
from statuspage.observability.logs import emergency_line
from statuspage.runtime.parent_death import die_with_forker
from statuspage.runtime.supervisor.broker import ResilientBroker

_SENTINEL = 1
STOP_SECONDS = 5.0
"""How long the cluster may take to stop; after that the main process ends, and all with it."""


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing. Not SIG_IGN, which a program that a task starts would inherit."""


class _Sentinel(Sentinel):  # type: ignore[misc]  # django-q2 has no types
    """A sentinel that leaves signals to the main process."""

    def start(self) -> None:
        signal.signal(signal.SIGTERM, _ignore)
        signal.signal(signal.SIGINT, _ignore)
        super().start()


class _Cluster(Cluster):  # type: ignore[misc]  # django-q2 has no types
    """A cluster that knows whether it was asked to stop."""

    def __init__(self, *, on_start: Callable[[], None], on_stop: Callable[[], None]) -> None:
        self.stop_requested = False
        self._on_start = on_start
        self._on_stop = on_stop
        super().__init__(ResilientBroker())

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        if self.stop_requested:
            return  # the lock that a first one holds would be waited for by the second
        self.stop_requested = True
        signal.signal(signal.SIGALRM, _end_hard)
        signal.setitimer(signal.ITIMER_REAL, STOP_SECONDS)
        self._on_stop()
        if self.sentinel is not None:
            super().sig_handler(signum, frame)

    def run(self) -> None:
        self.start()
        if self.stop_requested:  # before there was a sentinel to be told
            self.stop()
        self._on_start()
        self.sentinel.join()
        signal.setitimer(signal.ITIMER_REAL, 0)


def _end_hard(_number: int, _frame: FrameType | None) -> None:
    os.write(2, emergency_line("the cluster did not stop in time; it is ended"))
    os._exit(1)  # and the others with it


class _TaskLookup:
    """A lookup of tasks by name, in place of pydoc's: it finds the known ones and nothing else."""

    def __init__(self, known: Mapping[str, Callable[..., Any]]) -> None:
        self._known = {name: _without_outages(task) for name, task in known.items()}

    def locate(self, name: str) -> Callable[..., Any] | None:
        return self._known.get(name)


def _without_outages(task: Callable[..., Any]) -> Callable[..., Any]:
    """Return a task that ends well when the database goes away.

    It was only a wake-up, and the process says once what there is to say
    (`components.database.outage`). Of one that fails django-q logs it twice, with a traceback, for
    the failure cannot be stored either.
    """

    @wraps(task)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return task(*args, **kwargs)
        except (DatabaseError, InterfaceError) as error:
            if not is_unavailable(error):
                raise
            # It may be dead, and is asked for again only when the next task comes.
            connection.close()
            return None

    return run


def run_cluster(
    *,
    tasks: Mapping[str, Callable[..., Any]],
    on_stop: Callable[[], None],
    on_start: Callable[[], None] = lambda: None,
) -> int:
    """Run until SIGTERM or SIGINT (the exit code is 0) or until the cluster breaks (1).

    Only `tasks`, by their dotted names, are ever run. `on_stop` is called, in a signal handler,
    when that arrives; the cluster then waits for the tasks at work, for STOP_SECONDS. `on_start` is
    called once its processes are forked, and may start threads. Which
    cluster it is was read from Q_CLUSTER_NAME when Django started.
    """
    # Its own lookup imports and runs whatever a row of the queue names.
    worker.pydoc = _TaskLookup(tasks)
    django_q_cluster.Sentinel = _Sentinel
    # The sentinel ends a worker whose time is up so, and the worker ignores SIGTERM.
    BaseProcess.terminate = BaseProcess.kill  # type: ignore[method-assign]
    die_with_forker(in_child=_set_child_handlers)
    cluster = _Cluster(on_start=on_start, on_stop=on_stop)
    cluster.run()
    return 0 if cluster.stop_requested else 1


def _set_child_handlers(depth: int) -> None:
    signal.signal(signal.SIGTERM, _ignore)
    signal.signal(signal.SIGINT, _ignore)
    handler = _on_child_end if depth == _SENTINEL else signal.SIG_DFL
    signal.signal(signal.SIGCHLD, handler)


def _on_child_end(_number: int, _frame: FrameType | None) -> None:
    if _has_killed_child():
        os.write(
            2,
            emergency_line("a process of the cluster was killed; the whole cluster ends with it"),
        )
        os._exit(1)


def _has_killed_child() -> bool:
    """Return whether a child that is not collected yet was ended by a signal."""
    for child in psutil.Process().children():
        try:
            end = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            continue
        if end is not None and end.si_code in (os.CLD_KILLED, os.CLD_DUMPED):
            return True
    return False
