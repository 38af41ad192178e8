"""A writer thread for all lanes of a sender: one connection, one transaction for many jobs.

A lane waits until its job is written, so that a killed sender leaves one repeat behind at most;
what other lanes have to write meanwhile is written with it.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Self

from django.db import DatabaseError, connection, transaction

log = logging.getLogger(__name__)

GIVE_UP_SECONDS = 30.0
"""How long the database may be away before what is to be written is given up."""
RETRY_SECONDS = 0.5
MAX_BATCH = 50


@dataclass(slots=True, eq=False)
class _Job:
    function: Callable[[], Any]
    exclusive: bool
    queued: bool = False
    future: Future[Any] = field(default_factory=Future)


class BatchWriter:
    """A thread that runs database jobs in batches; leaving its context waits for all of them."""

    def __init__(self) -> None:
        self._jobs: deque[_Job] = deque()
        self._condition = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        with self._condition:
            self._ending = True
            self._condition.notify()
        self._thread.join()

    def write(self, function: Callable[[], Any], *, exclusive: bool = False) -> Any:
        """Run `function` and wait for it; return its result or raise its error.

        It may run more than once if the database goes away; `exclusive` keeps others out of its
        transaction. After the end it runs in the calling thread.
        """
        return self.submit(function, exclusive=exclusive).result()

    def submit(self, function: Callable[[], Any], *, exclusive: bool = False) -> Future[Any]:
        """The same without waiting, but after the end: return the future of its result."""
        job = _Job(function, exclusive)
        with self._condition:
            if not self._ending:
                self._jobs.append(job)
                self._condition.notify()
                job.queued = True
        if not job.queued:
            try:
                job.future.set_result(function())
            except Exception as error:  # noqa: BLE001  (handed to who asked)
                job.future.set_exception(error)
            finally:
                connection.close()
        return job.future

    def _work(self) -> None:
        try:
            while jobs := self._next_batch():
                self._execute(jobs)
        finally:
            connection.close()

    def _next_batch(self) -> list[_Job]:
        """Return the next batch; empty at the end."""
        with self._condition:
            while not self._jobs and not self._ending:
                self._condition.wait()
            batch = [self._jobs.popleft()] if self._jobs else []
            while batch and not batch[0].exclusive and len(batch) < MAX_BATCH:
                if not self._jobs or self._jobs[0].exclusive:
                    break
                batch.append(self._jobs.popleft())
            return batch

    def _execute(self, jobs: Sequence[_Job]) -> None:
        until = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                results = _run_jobs(jobs)
            except DatabaseError as error:
                connection.close()
                if time.monotonic() > until:
                    _fail(jobs, error)
                    return
                time.sleep(RETRY_SECONDS)
            except Exception as error:  # noqa: BLE001  (handed to the job that asked)
                if len(jobs) == 1:
                    _fail(jobs, error)
                    return
                # One of them has a bug in it, which is not the others' fault.
                for job in jobs:
                    self._execute([job])
                return
            else:
                for job, result in zip(jobs, results, strict=True):
                    job.future.set_result(result)
                return


def _run_jobs(jobs: Sequence[_Job]) -> list[Any]:
    if len(jobs) == 1:
        return [jobs[0].function()]
    with transaction.atomic():
        return [job.function() for job in jobs]


def _fail(jobs: Sequence[_Job], error: Exception) -> None:
    for job in jobs:
        job.future.set_exception(error)
