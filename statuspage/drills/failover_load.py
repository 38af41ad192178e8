"""What a database is killed under: readers of the page, incidents that are told, and pings.

Each of them does what its documentation asks of a client: what was answered 503, or not at all,
is sent again, an incident under the same `Idempotency-Key`.
"""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Self

import requests

INCIDENTS = "/api/v1/status/incidents"
_TIMEOUT = 30.0
_PAUSE = 0.2
"""Between two tries of the same."""


class FailoverLoad:
    """Clients in threads of their own; leaving its context waits until each has been heard."""

    def __init__(self, site: str, *, ping_url: str, headers: Mapping[str, str]) -> None:
        self._site, self._ping_url, self._headers = site, ping_url, headers
        self.pages: Counter[int] = Counter()
        """How often the page was answered with which status; 0 for not at all."""
        self.refused: Counter[int] = Counter()
        """The statuses of what had to be sent again; 0 for no answer."""
        self.silent: list[str] = []
        """What was refused without words, or without `Retry-After`."""
        self.incidents: list[str] = []
        """Titles of those that were accepted."""
        self.pings: list[str] = []
        """Bodies of those that were accepted."""
        self._stopping = threading.Event()
        jobs: Iterable[Callable[[], None]] = (self._read_pages, self._tell_incidents, self._ping)
        self._threads = [threading.Thread(target=self._repeat, args=(job,)) for job in jobs]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(_TIMEOUT * 4)

    @property
    def lost_pages(self) -> int:
        return self.pages.total() - self.pages[200]

    def _repeat(self, job: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            job()

    def _read_pages(self) -> None:
        status = 0
        with suppress(requests.RequestException):
            status = requests.get(f"{self._site}/status", timeout=_TIMEOUT).status_code
        self.pages[status] += 1
        self._stopping.wait(0.05)

    def _tell_incidents(self) -> None:
        title, key = f"Incident {len(self.incidents)}", uuid.uuid4().hex
        body = {"title": title, "severity": "minor", "message": "Of a drill.", "notify": True}
        headers = {**self._headers, "Idempotency-Key": key}
        if self._until_taken(
            lambda: requests.post(
                f"{self._site}{INCIDENTS}", json=body, headers=headers, timeout=_TIMEOUT
            )
        ):
            self.incidents.append(title)
        self._stopping.wait(0.3)

    def _ping(self) -> None:
        body = uuid.uuid4().hex
        if self._until_taken(lambda: requests.post(self._ping_url, data=body, timeout=_TIMEOUT)):
            self.pings.append(body)
        self._stopping.wait(0.2)

    def _until_taken(self, send: Callable[[], requests.Response]) -> bool:
        """Send until it is accepted, for a minute beyond the end; return whether it was."""
        last_call = None
        while last_call is None or time.monotonic() < last_call:
            if self._stopping.is_set() and last_call is None:
                last_call = time.monotonic() + 60
            try:
                answer = send()
            except requests.RequestException:
                self.refused[0] += 1
            else:
                if answer.ok:
                    return True
                self.refused[answer.status_code] += 1
                if "Retry-After" not in answer.headers or not answer.text:
                    self.silent.append(f"{answer.status_code} {answer.text[:80]!r}")
            time.sleep(_PAUSE)
        return False
