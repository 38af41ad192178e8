"""The primary PostgreSQL goes under load, and its standby is promoted.

The roles are told both servers in `DATABASE_URL` and nothing else. What was confirmed before is
there afterwards, and once; nobody restarts anything.
"""

import shutil
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import requests
from django.conf import settings

from statuspage.drills.base import Drill, DrillResult
from statuspage.drills.counterparts.postgres_pair import PostgresPair, find_programs
from statuspage.drills.duplicate_processes import COUNTED_EVENTS, doubled_in_journal
from statuspage.drills.environment import DrillEnvironment, catalogue
from statuspage.drills.failover_load import FailoverLoad
from statuspage.drills.mail_server import MailServer
from statuspage.drills.targets import DrillTargets

HEARTBEAT_PERIOD = 30
"""Seconds; longer than a promotion takes, and the pings go on."""
TROUBLE = ("Traceback", "deadlock detected")
"""What no role may have written."""
RECOVERED_WITHIN = 30.0
_WELL = "operational"
# Incidents of people are told apart by their titles.
_JOURNALLED = tuple(kind for kind in COUNTED_EVENTS if kind != "incident.created")


class Failover(Drill):
    name = "failover"
    fault = "the primary PostgreSQL is killed under load, hangs, is stopped; its standby takes over"
    target = (
        "roles reconnect automatically; no page request, incident, ping or mail lost or doubled, "
        "nothing called down (F-O7)"
    )
    store = "PostgreSQL"

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        programs = find_programs(settings.STATUSPAGE.postgres_tools)
        monitors, recipients, away = (5, 5, 3.0) if short else (100, 50, 30.0)
        faults = ("killed",) if short else ("killed", "hung", "stopped")
        targets, server = DrillTargets(), MailServer(lambda address: None)
        try:
            with (
                PostgresPair(programs) as pair,
                DrillEnvironment(database=pair.url) as environment,
                ExitStack() as sockets,
            ):
                play = _Scenario(environment, pair, server, sockets, say)
                play.begin([targets.url()] * monitors, recipients, machines=1 if short else 2)
                with play.load:
                    for number, fault in enumerate(faults):
                        if number:
                            pair.follow()
                        play.fail_over(fault, away=away)
                    play.note_changes()
                play.judge()
                return play.result
        finally:
            server.close()
            targets.close()


class _Scenario:
    """The steps of the drill, one after the other."""

    def __init__(
        self,
        environment: DrillEnvironment,
        pair: PostgresPair,
        server: MailServer,
        sockets: ExitStack,
        say: Callable[[str], None],
    ) -> None:
        self._environment, self._pair, self._server = environment, pair, server
        self._sockets, self._say = sockets, say
        self._processes: list[Any] = []
        self._recipients = 0
        self._after = 0
        """The newest entry of the journal when all was well."""
        self._false: list[dict[str, Any]] = []
        self.load: FailoverLoad
        self.result = DrillResult()

    def begin(self, urls: list[str], recipients: int, *, machines: int) -> None:
        """Start every role of each machine, and wait until all are at work."""
        environment = self._environment
        listeners = [self._listeners() for _ in range(machines)]
        sites = [f"http://127.0.0.1:{public.getsockname()[1]}" for public, _ in listeners]
        environment.environ |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{self._server.port}", "SITE_URL": sites[0],
        }  # fmt: skip
        self._recipients = recipients
        key = environment.prepare(_catalogue(urls))
        headers = {"Authorization": f"Bearer {key}"}
        people = environment.folder / "people.csv"
        rows = (f"p{number}@example.org,yes\n" for number in range(recipients))
        people.write_text(f"address,confirmed\n{''.join(rows)}")
        environment.manage("subscribers", "import", str(people))
        for number, pair in enumerate(listeners):
            self._start(f"machine-{number}", pair)
        environment.wait_until(
            lambda: all(_answers(site) for site in sites), seconds=120, what="the page"
        )
        ping_url = _ping_url(sites[0], headers, self._heartbeat())
        requests.post(ping_url, timeout=30).raise_for_status()
        environment.wait_until(environment.all_up, seconds=120, what="the first good answer of all")
        self._after = self._newest_entry()
        self._say(f"{len(self._processes)} roles are at work on {len(urls)} monitors")
        self.load = FailoverLoad(sites[-1], ping_url=ping_url, headers=headers)

    def fail_over(self, fault: str, *, away: float) -> None:
        """Take the primary away, and promote the standby after `away` seconds."""
        told, mails = len(self.load.incidents), len(self._server.accepted)
        self._wait(
            lambda: len(self.load.incidents) >= told + 3 and len(self._server.accepted) > mails,
            "incidents and mails before the fault",
        )
        pair = self._pair
        {"killed": pair.primary.kill, "hung": pair.primary.freeze, "stopped": pair.primary.stop}[
            fault
        ]()
        self.result.injected += 1
        time.sleep(away)
        if fault == "hung":
            pair.primary.kill()  # fenced, or it would come back as a second primary
        pair.promote()
        promoted, began = time.time(), time.monotonic()
        told, pings = len(self.load.incidents), len(self.load.pings)
        self._wait(
            lambda: (
                len(self.load.incidents) > told + 1
                and len(self.load.pings) > pings + 1
                and self._are_checked_since(promoted)
                and self._is_told(told)
            ),
            "incidents, pings, checks and mails after the promotion",
        )
        took = time.monotonic() - began
        self.result.recovery = max(self.result.recovery, took)
        self._say(f"{fault}: all goes on {took:.1f} s after the promotion")

    def note_changes(self) -> None:
        """Note what was called down; while the load is on, for silence later is no falsehood."""
        changes = self._environment.query(
            "SELECT data FROM components_journalentry WHERE id > ? AND kind IN (?, ?)",
            self._after, "monitor.state_changed", "component.status_changed",
        )  # fmt: skip
        self._false = [
            data for (data,) in changes
            if data.get("verdict", "up") != "up" or data.get("status", _WELL) != _WELL
        ]  # fmt: skip

    def judge(self) -> None:
        """Count what is lost, what is there twice, and what was called down."""
        load, result, query = self.load, self.result, self._environment.query
        wanted = len(load.incidents) * self._recipients
        self._wait(lambda: len(self._server.accepted) >= wanted, "all mails")
        self._wait(self._have_all_ended, "an end of all deliveries")
        titles = Counter(title for (title,) in query("SELECT title FROM incidents_incident"))
        pings = {body for (body,) in query("SELECT body FROM monitors_ping")}
        lost = {
            "page requests": load.lost_pages,
            "incidents": sum(not titles[title] for title in load.incidents),
            "pings": len(set(load.pings) - pings),
            "mails": max(0, wanted - len(self._server.accepted)),
        }
        twice = {
            "incidents": sum(count - 1 for count in titles.values()),
            "mails": self._server.repeats,
            **doubled_in_journal(self._environment.journal(*_JOURNALLED)),
        }
        false = self._false
        result.lost, result.duplicated = sum(lost.values()), sum(twice.values())
        result.false = len(false)
        for what, count in lost.items():
            result.expect(count == 0, f"{count} {what} lost")
        for what, count in twice.items():
            result.expect(count == 0, f"{count} {what} twice")
        result.expect(not false, f"{len(false)} were called down for our trouble: {false[:2]}")
        result.expect(not load.silent, f"refused without words: {load.silent[:3]}")
        result.expect(result.recovery <= RECOVERED_WITHIN, f"well after {result.recovery:.1f} s")
        ended = sum(process.poll() is not None for process in self._processes)
        result.expect(ended == 0, f"{ended} roles have ended")
        log = self._environment.log.read_text(errors="replace")
        found = [text for text in TROUBLE if text in log]
        result.expect(not found, f"the log tells of {', '.join(found)}")
        refused = ", ".join(f"{n} × {status or 'none'}" for status, n in load.refused.items())
        self._say(
            f"{load.pages.total()} pages, {len(load.incidents)} incidents, {len(load.pings)} pings,"
            f" {wanted} mails; sent again after {refused or 'nothing'}"
        )

    def _listeners(self) -> tuple[socket.socket, socket.socket]:
        """Return the public and the management listener of a machine."""
        public, management = (
            self._sockets.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in "12"
        )
        return public, management

    def _start(self, machine: str, listeners: tuple[socket.socket, socket.socket]) -> None:
        """Start the four roles of a machine as its services do."""
        fds = [each.fileno() for each in listeners]
        public, management = map(str, fds)
        folder = self._environment.folder / machine
        # With the keys in it, which are the same on each machine.
        shutil.copytree(self._environment.data, folder)
        named = {"STATUSPAGE_MACHINE": machine, "STATUSPAGE_DATA_DIR": str(folder)}
        start = self._environment.start
        self._processes += [
            start("web", "--fd", public, "--management-fd", management, environ=named, fds=fds),
            start("beat", environ=named),
            *(start("work", "--queue", each, environ=named) for each in ("probes", "notify")),
        ]

    def _wait(self, holds: Callable[[], bool], what: str) -> None:
        self._environment.wait_until(holds, seconds=180, what=what)

    def _heartbeat(self) -> int:
        rows = self._environment.query("SELECT id FROM monitors_monitor WHERE kind = 'heartbeat'")
        return int(rows[0][0])

    def _newest_entry(self) -> int:
        return int(self._environment.query("SELECT MAX(id) FROM components_journalentry")[0][0])

    def _are_checked_since(self, at: float) -> bool:
        rows = self._environment.query(
            "SELECT (SELECT COUNT(*) FROM monitors_monitor WHERE kind = 'endpoint'),"
            " (SELECT COUNT(DISTINCT check_id) FROM monitors_result WHERE at_ms > ?)",
            int(at * 1000),
        )
        return bool(rows) and rows[0][0] > 0 and rows[0][0] <= rows[0][1]

    def _is_told(self, number: int) -> bool:
        """Return whether each mail of the incident after the `number`th was sent."""
        rows = self._environment.query(
            "SELECT COUNT(*) FROM subscribers_delivery AS d"
            " JOIN subscribers_notice AS n ON n.id = d.notice_id"
            " WHERE d.state = 'sent' AND CAST(n.facts AS text) LIKE ?",
            f'%"Incident {number + 1}"%',
        )
        return bool(rows) and rows[0][0] >= self._recipients

    def _have_all_ended(self) -> bool:
        rows = self._environment.query(
            "SELECT COUNT(*) FROM subscribers_delivery WHERE due IS NOT NULL"
        )
        return bool(rows) and rows[0][0] == 0


def _answers(site: str) -> bool:
    try:
        return requests.get(f"{site}/status", timeout=5).ok
    except requests.RequestException:
        return False


def _ping_url(site: str, headers: dict[str, str], monitor: int) -> str:
    """Return the ping address of a heartbeat, at this site."""
    answer = requests.put(
        f"{site}/api/v1/monitors/{monitor}/ping-key", headers=headers, json={}, timeout=30
    )
    answer.raise_for_status()
    path = str(answer.json()["ping_url"]).partition("/ping/")[2]
    return f"{site}/ping/{path}"


def _catalogue(urls: list[str]) -> dict[str, Any]:
    made = catalogue(urls, interval=1, timeout=1)
    job = {"name": "Backup", "kind": "heartbeat",
           "config": {"period": HEARTBEAT_PERIOD, "grace": HEARTBEAT_PERIOD}}  # fmt: skip
    made["groups"][0]["components"].append({"name": "Job", "slug": "job", "monitors": [job]})
    return made
