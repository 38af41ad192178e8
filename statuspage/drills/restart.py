"""F-O4: the product is stopped for longer than evidence lasts, and started again as services.

What it finds is old: every check is overdue, every belief is without fresh evidence. None of that
says anything of the targets. All roles have to be at work soon, the checks spread again over their
interval, and nothing may have become unknown for having been late.
"""

import itertools
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from typing import Any

from monitors.models import WORDS
from statuspage.drills.base import Drill, DrillResult
from statuspage.drills.environment import DrillEnvironment
from statuspage.drills.targets import DrillTargets

ROLES = ("web", "beat", "notify", "probes")
RECOVERED_WITHIN = 10.0
COMPONENTS = 100
TROUBLE = ("deadlock detected", "made no progress", "Traceback")
"""What no role may have written."""
CROWDED = 3.0
"""More than so many times its share of an interval's checks in one second are no spread."""


class Restart(Drill):
    name = "restart"
    fault = "the product is stopped for longer than evidence lasts, and started again"
    target = (
        "all roles at work ≤ 10 s after the start, no deadlock, nobody restarted, nothing unknown "
        "that was only late, late checks spread over one interval (R2 R20)"
    )
    takes_database = True
    alone = True

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        monitors, interval, away = (60, 2, 8.0) if short else (10_000, 10, 300.0)
        targets, result = DrillTargets(), DrillResult()
        try:
            with DrillEnvironment(database=self.database) as environment, ExitStack() as stack:
                environment.prepare(_catalogue(targets.url(), monitors, interval=interval))
                services = _Services(environment, stack)
                services.start()
                environment.wait_until(
                    environment.all_up, seconds=300, what="the first good answer of all"
                )
                _settle(environment, interval)
                environment.stop(services.processes)
                say(f"{monitors} monitors every {interval} s; all is stopped for {away:g} s")
                last = int(environment.query("SELECT MAX(id) FROM components_journalentry")[0][0])
                time.sleep(away)
                began = time.time()
                services.start()
                result.recovery = services.wait_for_all(since=began)
                say(f"all roles are at work after {result.recovery:.1f} s")
                # As long as evidence lasts, and once more: now it could expire if it were to.
                time.sleep(max(0.0, began + 4 * interval + 2 - time.time()))
                _judge(environment, services, result, monitors, interval, since=began, after=last)
        finally:
            targets.close()
        return result


class _Services:
    """The four roles, as services on one machine."""

    def __init__(self, environment: DrillEnvironment, sockets: ExitStack) -> None:
        self._environment = environment
        self._listeners = [
            sockets.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)
        ]
        self.processes: list[Any] = []

    def start(self) -> None:
        fds = [each.fileno() for each in self._listeners]
        start = self._environment.start
        web = ("web", "--fd", str(fds[0]), "--management-fd", str(fds[1]))
        self.processes = [
            start(*web, fds=fds),
            start("beat"),
            start("work", "--queue", "probes"),
            start("work", "--queue", "notify"),
        ]

    def wait_for_all(self, *, since: float) -> float:
        """Wait until each has made progress; return how long after `since` the last one did."""
        waits = [
            self._environment.wait_until(lambda: self._all_at_work(since), seconds=120, what="work")
        ]
        return max(time.time() - since, *waits)

    def _all_at_work(self, since: float) -> bool:
        query = self._environment.query
        marks = {name.partition("@")[0] for name, at in query(_MARKS) if at > since}
        beats = query("SELECT MAX(beat) FROM monitors_slot")
        return {"beat", "notify"} <= marks and beats[0][0] > since and self._page_answers()

    def _page_answers(self) -> bool:
        host, port = self._listeners[0].getsockname()[:2]
        connection = HTTPConnection(host, port, timeout=2)
        try:
            connection.request("GET", "/status?format=json")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def ended(self) -> int:
        return sum(process.poll() is not None for process in self.processes)


_MARKS = "SELECT role, at FROM statuspage_progress"


def _settle(environment: DrillEnvironment, interval: int) -> None:
    """Wait until the checks are at their regular starts, after those that all new ones make."""
    time.sleep(2 * interval)


def _judge(
    environment: DrillEnvironment,
    services: _Services,
    result: DrillResult,
    monitors: int,
    interval: int,
    *,
    since: float,
    after: int,
) -> None:
    rows = environment.query(
        "SELECT check_id, at_ms, word FROM monitors_result WHERE at_ms > ? ORDER BY 1, 2",
        int(since * 1000),
    )
    result.injected = monitors
    firsts = [next(each)[1] / 1000 for _, each in itertools.groupby(rows, key=lambda row: row[0])]
    result.lost = monitors - len(firsts)
    gaps = [
        later - earlier
        for (check, earlier, _), (other, later, _) in itertools.pairwise(rows)
        if check == other
    ]
    result.duplicated = sum(gap < interval * 500 for gap in gaps)
    entries = environment.query(
        "SELECT data FROM components_journalentry WHERE id > ? AND kind = ?",
        after,
        "monitor.state_changed",
    )
    result.false = len(entries) + sum(WORDS[word] != "up" for _, _, word in rows)
    trouble = _trouble(environment)
    span = max(firsts, default=since) - min(firsts, default=since)
    result.expect(result.recovery <= RECOVERED_WITHIN, f"at work after {result.recovery:.1f} s")
    result.expect(result.lost == 0, f"{result.lost} checks were not made again")
    result.expect(result.duplicated == 0, f"{result.duplicated} checks were made too soon")
    result.expect(result.false == 0, f"{len(entries)} changes of monitors, by our absence alone")
    result.expect(services.ended() == 0, f"{services.ended()} roles have ended")
    result.expect(not trouble, f"the log tells of {', '.join(sorted(trouble))}")
    crowd, share = _crowd(firsts), monitors / interval
    result.expect(crowd <= CROWDED * share, f"{crowd} late checks in one second of {span:.0f}")
    result.expect(span <= interval + RECOVERED_WITHIN, f"late checks took {span:.1f} s")


def _crowd(starts: list[float]) -> int:
    """Return the most starts within one second of the clock."""
    return max(Counter(int(at) for at in starts).values(), default=0)


def _trouble(environment: DrillEnvironment) -> set[str]:
    told = environment.log.read_text(errors="replace")
    return {text for text in TROUBLE if text in told}


def _catalogue(url: str, monitors: int, *, interval: int) -> dict[str, Any]:
    """Return a preset in which up to a hundred components share the monitors."""
    components = min(COMPONENTS, monitors)
    return {
        "groups": [
            {
                "name": "Drill",
                "components": [
                    {
                        "name": f"Service {number}",
                        "slug": f"service-{number}",
                        "monitors": [
                            {
                                "name": f"Target {each}",
                                "config": {"url": url},
                                "interval": interval,
                                "timeout": min(1, interval),
                            }
                            for each in range(number, monitors, components)
                        ],
                    }
                    for number in range(components)
                ],
            }
        ]
    }
