"""R4: two of every process on one store, while targets come and go and windows begin and end.

All that could happen twice is in the journal or among the results: what is there twice, or follows
upon itself, is counted. The targets count as well what they were asked, for a check may be made
twice and stored once.
"""

import socket
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from statuspage.drills.base import Drill, DrillResult
from statuspage.drills.environment import DrillEnvironment, Entry, catalogue
from statuspage.drills.targets import DrillTargets

WINDOWS = "/api/v1/status/maintenance"
REMINDED_MINUTES = 1
LEAD = timedelta(seconds=1.5)
"""How long after it was announced a window begins, or is reminded of."""
LENGTH = timedelta(seconds=5)
"""Longer than beat may be busy with a hundred failures: a window that was slept through ends
without ever having begun."""
SETTLE_SECONDS = 1.5
"""How long after the last cause an effect that is one too many is waited for."""


class DuplicateProcesses(Drill):
    name = "two-of-everything"
    fault = "two of every process share one store, while targets come and go and windows pass"
    target = "no check, transition, incident, alert or reminder happens twice; none is missing (R4)"
    takes_database = True

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        monitors, interval, seconds = (20, 1, 0.0) if short else (200, 5, self.lasting(1800))
        targets = DrillTargets()
        result = DrillResult()
        try:
            with DrillEnvironment(database=self.database) as environment, ExitStack() as sockets:
                half = monitors // 2
                urls = [targets.url("/switched")] * half + [targets.url()] * half
                key = environment.prepare(_catalogue(urls, interval=interval))
                rehearsal = _DuplicateRun(environment, targets, key, sockets, failing=half)
                rehearsal.wait_for_all()
                say(f"two of everything are at work on {monitors} monitors every {interval} s")
                began = time.monotonic()
                while result.injected == 0 or time.monotonic() - began < seconds:
                    result.injected += rehearsal.round()
                rehearsal.settle()
                self._judge(environment, targets, rehearsal.windows, result, say)
        finally:
            targets.close()
        return result

    def _judge(
        self,
        environment: DrillEnvironment,
        targets: DrillTargets,
        windows: list[int],
        result: DrillResult,
        say: Callable[[str], None],
    ) -> None:
        twice = {
            "checks": doubled_checks(
                environment.query(
                    "SELECT check_id, at_ms - late_ms FROM monitors_result ORDER BY 1, 2"
                )
            ),
            "checks not stored": max(0, targets.count() - sum(environment.results().values())),
            **doubled_in_journal(environment.journal(*COUNTED_EVENTS)),
        }
        result.duplicated = sum(twice.values())
        passed = Counter(
            (entry.kind, entry.subject) for entry in environment.journal(*COUNTED_EVENTS)
        )
        result.lost = sum(
            not passed["maintenance.started", window] or not passed["maintenance.ended", window]
            for window in windows
        )
        result.lost += not passed.keys() & {("maintenance.reminder", window) for window in windows}
        created = sum(kind == "incident.created" for kind, _ in passed)
        for what, count in twice.items():
            result.expect(count == 0, f"{count} {what} twice")
        result.expect(result.lost == 0, "a window did not begin or end, or nobody was reminded")
        result.expect(created > 0, "no incident was opened: the failures were not felt")
        checks = sum(environment.results().values())
        say(f"{checks} checks, {len(windows)} windows, {created} incidents")


class _DuplicateRun:
    """Two of every process at work, and the faults injected."""

    def __init__(
        self,
        environment: DrillEnvironment,
        targets: DrillTargets,
        key: str,
        sockets: ExitStack,
        *,
        failing: int,
    ) -> None:
        self._environment, self._targets, self._failing = environment, targets, failing
        self._headers = {"Authorization": f"Bearer {key}"}
        self._clusters = []
        self._sites = []
        self.windows: list[int] = []
        for machine in ("one", "two"):
            listeners = [sockets.enter_context(socket.create_server(("", 0))) for _ in range(2)]
            fds = [each.fileno() for each in listeners]
            self._sites.append(f"http://127.0.0.1:{listeners[0].getsockname()[1]}")
            named = {"STATUSPAGE_MACHINE": machine, "STATUSPAGE_PROBE_SHIFTS": "2"}
            public, management = map(str, fds)
            environment.start(
                "web", "--fd", public, "--management-fd", management, environ=named, fds=fds
            )
            environment.start("beat", environ=named)
            for queue in ("probes", "notify"):
                self._clusters.append(environment.start("work", "--queue", queue, environ=named))

    def wait_for_all(self) -> None:
        """Wait until all are at work: two shifts of probes, two sites, all targets up."""
        environment = self._environment
        environment.wait_until(environment.all_up, seconds=90, what="the first good answer of all")
        environment.wait_until(
            self._both_shifts, seconds=30, what="a shift of probes in either place"
        )
        for site in self._sites:
            requests.get(f"{site}/status/api", timeout=30).raise_for_status()

    def _both_shifts(self) -> bool:
        rows = self._environment.query("SELECT COUNT(*) FROM monitors_slot WHERE beat > 0")
        return bool(rows) and rows[0][0] == 2

    def round(self) -> int:
        """Fail and heal, while three windows pass; return how many faults that were."""
        by_time = self._announce(datetime.now(UTC) + LEAD)
        by_hand = self._announce(
            datetime.now(UTC) + LEAD + timedelta(minutes=REMINDED_MINUTES),
            remind_before=REMINDED_MINUTES,
        )
        raced = self._announce(datetime.now(UTC) + LEAD)
        self._targets.command("fail")
        self._until_all_are("down")
        self._environment.wait_until(
            lambda: self._is_journalled("maintenance.reminder", by_hand),
            seconds=20,
            what="a reminder",
        )
        self._transition_on_both(by_hand, "start")
        self._transition_on_both(by_hand, "complete")
        self._targets.command("heal")
        # At the instant at which time itself ends it.
        time.sleep(max(0.0, (self._ends_at(raced) - datetime.now(UTC)).total_seconds()))
        self._transition_on_both(raced, "complete")
        self._until_all_are("up")
        self._environment.wait_until(
            lambda: all(self._is_over(each) for each in (by_time, by_hand, raced)),
            seconds=30,
            what="the end of all windows",
        )
        return 2 * self._failing + 3 * 2 + 1

    def settle(self) -> None:
        """Wait for what may still happen once too often, then let the checks end."""
        time.sleep(SETTLE_SECONDS)
        self._environment.stop(self._clusters)

    def _announce(self, starts_at: datetime, **more: Any) -> int:
        site = self._sites[len(self.windows) % 2]
        body = {
            "title": f"Window {len(self.windows)}",
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + LENGTH).isoformat(),
            # The last one is always up.
            "components": [self._last_component()],
            "remind_before": 0,
            **more,
        }
        response = requests.post(f"{site}{WINDOWS}", json=body, headers=self._headers, timeout=30)
        response.raise_for_status()
        self.windows.append(response.json()["id"])
        return self.windows[-1]

    def _last_component(self) -> int:
        return int(self._environment.query("SELECT MAX(id) FROM components_component")[0][0])

    def _ends_at(self, window: int) -> datetime:
        response = requests.get(
            f"{self._sites[0]}{WINDOWS}/{window}", headers=self._headers, timeout=30
        )
        return datetime.fromisoformat(response.json()["ends_at"])

    def _transition_on_both(self, window: int, move: str) -> None:
        """Transition a window on both sites at once: one of them is too late, if not both."""

        def post(site: str) -> int:
            path = f"{site}{WINDOWS}/{window}/{move}"
            return requests.post(path, json={}, headers=self._headers, timeout=30).status_code

        with ThreadPoolExecutor(2) as callers:
            statuses = list(callers.map(post, self._sites))
        if set(statuses) - {200, 409}:
            raise RuntimeError(f"{move} was answered {statuses}")

    def _is_over(self, window: int) -> bool:
        return self._is_journalled("maintenance.started", window) and self._is_journalled(
            "maintenance.ended", window
        )

    def _is_journalled(self, kind: str, window: int) -> bool:
        return any(entry.subject == window for entry in self._environment.journal(kind))

    def _until_all_are(self, verdict: str) -> None:
        """Wait by the last results: what flaps is not believed any more."""

        def holds() -> bool:
            rows = self._environment.query(
                "SELECT COUNT(*) FROM monitors_check JOIN monitors_monitor"
                " ON monitors_monitor.id = monitor_id"
                " WHERE run_verdict = ? OR (run_verdict = '' AND (verdict = ? OR beneath = ?))",
                verdict, verdict, verdict,
            )  # fmt: skip
            return bool(rows) and rows[0][0] >= self._failing

        self._environment.wait_until(
            holds, seconds=60, what=f"all that is to be {verdict} being so"
        )


def _catalogue(urls: list[str], *, interval: int) -> dict[str, Any]:
    made = catalogue(urls, interval=interval, timeout=1)
    for component in made["groups"][0]["components"]:
        component |= {"auto_incident": "publish", "opening_delay": 0, "closing_delay": 0}
    return made


def doubled_checks(rows: Iterable[tuple[int, int]], *, apart_ms: int = 200) -> int:
    """Return how often a check ran twice for one instant; rows are checks and instants, ordered."""
    count, before = 0, (0, 0)
    for check, due in rows:
        count += check == before[0] and due - before[1] < apart_ms
        before = (check, due)
    return count


_ONCE = {
    "maintenance.started": "starts",
    "maintenance.ended": "ends",
    "maintenance.cancelled": "ends",
    "maintenance.reminder": "reminders",
    "incident.created": "incidents",
}
"""What happens once to each; the machine reopens an incident rather than open a second one."""
_NOT_REPEATED: dict[str, tuple[str, Callable[[Entry], Hashable], Callable[[Entry], Hashable]]] = {
    "monitor.state_changed": (
        "transitions of monitors",
        lambda entry: (entry.data["monitor_id"], entry.data["region"]),
        lambda entry: (entry.data["verdict"], entry.data["flapping"]),
    ),
    "component.status_changed": (
        "transitions of components",
        lambda entry: entry.subject,
        lambda entry: entry.data["status"],
    ),
    "overall.status_changed": (
        "transitions of the whole",
        lambda entry: None,
        lambda entry: entry.data["status"],
    ),
    **{
        kind: (
            "alerts",
            lambda entry: entry.subject,
            lambda entry: (entry.kind, entry.data["status"]),
        )
        for kind in ("alert.raised", "alert.muted", "alert.suppressed", "alert.resolved")
    },
    **{
        kind: ("updates", lambda entry: entry.subject, lambda entry: entry.data["update_id"])
        for kind in ("incident.updated", "incident.resolved")
    },
}
"""What may happen again, but not twice in a row: to what it happens, and what happens."""
COUNTED_EVENTS = (*_ONCE, *_NOT_REPEATED)


def doubled_in_journal(entries: Iterable[Entry]) -> dict[str, int]:
    """Return how often each event happened twice; `entries` are in the journal's order."""
    twice = dict.fromkeys([*_ONCE.values(), *(each[0] for each in _NOT_REPEATED.values())], 0)
    seen: dict[Hashable, Hashable] = {}
    for entry in entries:
        if entry.kind in _ONCE:
            what = _ONCE[entry.kind]
            subject: Hashable = _subject_of(entry)
            value: Hashable = True
        else:
            what, key, value_of = _NOT_REPEATED[entry.kind]
            subject, value = key(entry), value_of(entry)
        twice[what] += seen.get((what, subject)) == value
        seen[what, subject] = value
    return twice


def _subject_of(entry: Entry) -> Hashable:
    # An incident of the machine's is its component's.
    return tuple(entry.data["component_ids"]) if "incident_id" in entry.data else entry.subject
