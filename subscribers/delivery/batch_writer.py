"""The one hand that writes for all lanes of a sender: one connection, one transaction for many.

A lane waits until its word is written, so that a killed sender leaves one repeat behind at most;
what other lanes have to say meanwhile is written with it.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from django.db import DatabaseError, connection, transaction

log = logging.getLogger(__name__)

NOTE_SECONDS = 30.0
"""How long the database may be away before what is to be written is given up."""
PAUSE = 0.5
MOST_AT_ONCE = 50


@dataclass(slots=True, eq=False)
class _Job:
    act: Callable[[], Any]
    alone: bool
    queued: bool = False
    done: Future[Any] = field(default_factory=Future)


class BatchWriter:
    """Use as a context manager: what was asked for is written before it ends."""

    def __init__(self) -> None:
        self._jobs: deque[_Job] = deque()
        self._come = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._come:
            self._ending = True
            self._come.notify()
        self._thread.join()

    def write(self, act: Callable[[], Any], *, alone: bool = False) -> Any:
        """Have `act` done, and wait for it; its answer is the answer, and its error is raised.

        It may be done more than once if the database goes away; `alone` keeps others out of its
        transaction. Whoever asks when all has ended does it themselves.
        """
        job = _Job(act, alone)
        with self._come:
            if not self._ending:
                self._jobs.append(job)
                self._come.notify()
                job.queued = True
        if job.queued:
            return job.done.result()
        try:
            return act()
        finally:
            connection.close()

    def _work(self) -> None:
        try:
            while jobs := self._take():
                self._carry_out(jobs)
        finally:
            connection.close()

    def _take(self) -> list[_Job]:
        """What is to be written next; nothing at the end."""
        with self._come:
            while not self._jobs and not self._ending:
                self._come.wait()
            taken = [self._jobs.popleft()] if self._jobs else []
            while taken and not taken[0].alone and len(taken) < MOST_AT_ONCE:
                if not self._jobs or self._jobs[0].alone:
                    break
                taken.append(self._jobs.popleft())
            return taken

    def _carry_out(self, jobs: Sequence[_Job]) -> None:
        until = time.monotonic() + NOTE_SECONDS
        while True:
            try:
                answers = _together(jobs)
            except DatabaseError as error:
                connection.close()
                if time.monotonic() > until:
                    _fail(jobs, error)
                    return
                time.sleep(PAUSE)
            except Exception as error:  # noqa: BLE001  (handed to the job that asked)
                if len(jobs) == 1:
                    _fail(jobs, error)
                    return
                # One of them has a bug in it, which is not the others' fault.
                for job in jobs:
                    self._carry_out([job])
                return
            else:
                for job, answer in zip(jobs, answers, strict=True):
                    job.done.set_result(answer)
                return


def _together(jobs: Sequence[_Job]) -> list[Any]:
    if len(jobs) == 1:
        return [jobs[0].act()]
    with transaction.atomic():
        return [job.act() for job in jobs]


def _fail(jobs: Sequence[_Job], error: Exception) -> None:
    for job in jobs:
        job.done.set_exception(error)
