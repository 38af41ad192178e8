"""Who uses the page meanwhile: visitors, a viewer of the live stream, and an author."""

import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tests.journeys.two_machines.site import Site
from tests.waiting import LONG_PATIENCE, PATIENCE, until

wait = partial(until, patience=LONG_PATIENCE)
"""Waits for what two machines have to start for, on one."""


class _From(HTTPAdapter):
    """Connects from an address of its own, by which the proxy chooses."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, source_address=(self._address, 0), **options)


def session(site: Site, number: int) -> requests.Session:
    made = requests.Session()
    made.mount("https://", _From(f"{site.network}{100 + number}"))
    made.trust_env = False  # a bundle that is named there would be asked instead
    made.verify = str(site.certificate.path)
    return made


@dataclass
class Visitors:
    """Four of them, who ask for the page all the time."""

    site: Site
    asked: int = 0
    refused: list[str] = field(default_factory=list)
    fallen: list[str] = field(default_factory=list)
    """Pages that were older than one that the same visitor had seen."""
    unwell: set[str] = field(default_factory=set)
    """What components were called, other than operational."""
    _seen: dict[int, int] = field(default_factory=dict)

    @contextmanager
    def visiting(self) -> Iterator[None]:
        leaving = threading.Event()
        thread = threading.Thread(target=self._visit, args=(leaving,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            leaving.set()
            thread.join(PATIENCE)

    def _visit(self, leaving: threading.Event) -> None:
        sessions = [session(self.site, number) for number in range(4)]
        while not leaving.wait(0.02):
            number = self.asked % len(sessions)
            self.asked += 1
            try:
                answer = sessions[number].get(f"{self.site.url}/status", timeout=PATIENCE)
            except requests.RequestException as error:
                self.refused.append(f"{time.time()} {error!r}")
                continue
            if answer.status_code == 200:
                self._read(number, answer.json())
            else:
                self.refused.append(f"{time.time()} {answer.status_code}: {answer.text[:200]}")

    def _read(self, number: int, page: dict[str, Any]) -> None:
        # What is written is counted in the titles, so the page says how far it has got.
        steps = [
            int(found)
            for incident in page["incidents"]
            for update in incident["updates"]
            for found in re.findall(r"step (\d+)", update["message"])
        ]
        newest = max(steps, default=0)
        if steps and newest < self._seen.get(number, 0):
            self.fallen.append(f"{newest} after {self._seen[number]}")
        self._seen[number] = max(newest, self._seen.get(number, 0))
        self.unwell |= {each["label"] for each in page["services"]} - {"Operational"}


class Viewer:
    """Follows the live stream, and comes back with the last event that it has heard."""

    def __init__(self, site: Site, number: int) -> None:
        self.ids: list[int] = []
        self.names: list[str] = []
        self.connections = 0
        self._site, self._number = site, number
        self._left = False
        threading.Thread(target=self._follow, daemon=True).start()

    def leave(self) -> None:
        """Come back no more; what there is to hear by then is heard to its end."""
        self._left = True

    def _follow(self) -> None:
        while not self._left:
            self.connections += 1
            with suppress(requests.RequestException), session(self._site, self._number) as own:
                headers = {"Last-Event-ID": str(self.ids[-1])} if self.ids else {}
                with own.get(
                    f"{self._site.url}/status/events", headers=headers, stream=True, timeout=20
                ) as answer:
                    self._hear(answer)
            time.sleep(0.1)

    def _hear(self, answer: requests.Response) -> None:
        number = 0
        for line in answer.iter_lines(chunk_size=1):
            if self._left:
                return
            if line.startswith(b"id: "):
                number = int(line[4:])
            elif line.startswith(b"event: "):
                self.ids.append(number)
                self.names.append(line[7:].decode())


class Author:
    """Writes incidents through the proxy; what gets no answer is sent again, under its key."""

    def __init__(self, site: Site, key: str, *, subscribers: int) -> None:
        self._site, self._key, self._subscribers = site, key, subscribers
        self.steps = 0
        self.titles: list[str] = []

    def open(self, title: str) -> int:
        self.titles.append(title)
        body = {"title": title, "severity": "minor", "message": self._text()}
        return int(self._post("/api/v1/status/incidents", body)["id"])

    def update(self, incident: int, status: str) -> None:
        body = {"status": status, "message": self._text()}
        self._post(f"/api/v1/status/incidents/{incident}/updates", body)

    def wait_for_mails(self) -> None:
        """Wait until everybody has a mail of every step."""
        expected = self.steps * self._subscribers
        wait(lambda: len(self._site.mails.mails) >= expected, what=f"{expected} mails")

    def _text(self) -> str:
        self.steps += 1
        return f"This is step {self.steps}."

    def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": uuid.uuid4().hex}

        def send() -> dict[str, Any] | None:
            answer = session(self._site, 50).post(
                f"{self._site.url}{path}", json=body, headers=headers, timeout=PATIENCE
            )
            if answer.status_code in (409, 502, 503, 504):
                return None
            assert answer.ok, answer.text
            told: dict[str, Any] = answer.json()
            return told

        told: dict[str, Any] = wait(send, what=f"{path} is taken", every=0.3)
        return told
