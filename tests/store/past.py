"""Make things happen in a store, on a clock of its own, as programs and time do.

It uses what outlives releases: the API, the models, beat's jobs. The few names that do not are
imported as they are today, else as they were in the release of the kept store.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.test import Client

from monitors.models import Check, Doorkeeper
from tests.store import kept
from tests.store.catalogue import REGIONS

try:
    from statuspage.runtime.beat import periodic_jobs
    from subscribers.delivery.fanout import fan_out
except ImportError:  # the release of the kept store
    from statuspage.beat import (  # type: ignore[import-not-found, no-redef]
        duties as periodic_jobs,
    )
    from subscribers.fanout import fan_out  # type: ignore[import-not-found, no-redef]

MACHINE = (
    *("follow the clock", "pull back what is due too late", "forget stale evidence"),
    *("prove that senders work", "measure this machine", "look for a restored store"),
)
"""Jobs that look at this very machine: its clocks, its load, its files."""


class Api:
    """The product's API, as a program uses it."""

    def __init__(self, key: str) -> None:
        self.client = Client(SERVER_NAME="status.example.com")
        self.headers = {"Authorization": f"Bearer {key}"}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.client.generic(
            method, f"/api/v1/{path}", "" if body is None else json.dumps(body),
            content_type="application/json", headers={**self.headers, **headers},
        )  # fmt: skip
        assert answer.status_code < 300, (method, path, answer.status_code, answer.content)
        return json.loads(answer.content or b"null")

    def post(self, path: str, **body: Any) -> Any:
        return self.send("POST", path, body)


class Past:
    """What happened, told in order."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.jobs = [each for each in periodic_jobs() if each.name not in MACHINE]
        self.ids: dict[str, int] = {}
        self.sequence = 0
        self.down: dict[str, str] = {}
        """Components that monitors find unwell, and how."""

    @contextmanager
    def at(self, when: datetime) -> Iterator[None]:
        with time_machine.travel(when, tick=False):
            yield

    def tick(self) -> None:
        """Everything that happens because time passes."""
        Doorkeeper.objects.update_or_create(name="door", defaults={"seen": now()})
        for _ in range(2):  # what some jobs journal is for those before them
            for job in self.jobs:
                # The release of the kept store has another name for it.
                run = job.run if hasattr(job, "run") else job.do  # type: ignore[attr-defined]
                while run(datetime.now(UTC)) is True:
                    pass  # long work tells that there is more of it
        while fan_out(now=datetime.now(UTC)):
            pass  # what senders do before they send

    def measure(self) -> None:
        """Every remote region reports one result of every check, then time goes by."""
        self.sequence += 1
        for region in REGIONS:
            asked = f"agent/assignments?region={region}&agent=agent-{region}"
            results = [self._result(each) for each in self.api.send("GET", asked)["assignments"]]
            self.api.post(
                "agent/results", agent=f"agent-{region}", region=region, stream="first",
                sequence=self.sequence, results=results,
            )  # fmt: skip
        self.tick()

    def _result(self, assigned: dict[str, Any]) -> dict[str, Any]:
        check = Check.objects.select_related("monitor__component").get(pk=assigned["check"])
        word = self.down.get(check.monitor.component.slug, "up")
        latency = 20.0 + check.pk * 7 + self.sequence * 13 % 31
        told = {"check": check.pk, "revision": assigned["revision"], "due": now() - 2,
                "started": now() - 2, "ended": now() - 1, "word": word}  # fmt: skip
        if word == "down":
            return {**told, "message": "connection refused"}
        return {**told, "latency_ms": latency * (10 if word == "degraded" else 1)}

    def incident(self, title: str, severity: str, message: str, **more: Any) -> int:
        statuses = {str(self.ids[slug]): word for slug, word in more.pop("affects", {}).items()}
        return int(
            self.api.post(
                "status/incidents", title=title, severity=severity, message=message,
                component_statuses=statuses, **more,
            )["id"]
        )  # fmt: skip

    def update(self, incident: int, status: str, message: str) -> None:
        self.api.post(f"status/incidents/{incident}/updates", status=status, message=message)

    def sign_up(self, **form: str) -> None:
        answer = self.api.client.post("/status/subscribe", form, "application/json")
        assert answer.status_code == 202, answer.content

    def window(self, title: str, starts: datetime, hours: float, *slugs: str, **more: Any) -> int:
        return int(
            self.api.post(
                "status/maintenance", title=title, starts_at=starts.isoformat(),
                ends_at=(starts + timedelta(hours=hours)).isoformat(),
                components=[self.ids[slug] for slug in slugs], **more,
            )["id"]
        )  # fmt: skip


def now() -> float:
    return datetime.now(UTC).timestamp()


def days(before: float, hours: float = 0) -> datetime:
    return kept.NOW - timedelta(days=before, hours=hours)
