"""R7: this machine's own name server is silent, gone, refusing and slow, for real."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from monitors.models import WORDS
from statuspage.drills.base import Drill, DrillResult
from statuspage.drills.environment import DrillEnvironment
from statuspage.drills.name_server import DEAD, GOOD, DrillNameServer
from statuspage.drills.targets import DrillTargets

BY_ADDRESS, ALWAYS_DOWN = "By address, down meanwhile", "Without a name that resolves"


@dataclass(frozen=True, slots=True)
class _Fault:
    what: str
    play: Callable[[DrillNameServer, float], None]
    """Begins it; returns after so many seconds."""


def _silent(server: DrillNameServer, seconds: float) -> None:
    server.freeze()
    time.sleep(seconds)


def _gone(server: DrillNameServer, seconds: float) -> None:
    server.stop()
    time.sleep(seconds)


def _refusing(server: DrillNameServer, seconds: float) -> None:
    server.start(access="refuse")
    time.sleep(seconds)


def _slow(server: DrillNameServer, seconds: float) -> None:
    server.drag(seconds=seconds)


_FAULTS = (
    _Fault("silent", _silent),
    _Fault("gone", _gone),
    _Fault("refusing", _refusing),
    _Fault("slow", _slow),
)


class ResolverLoss(Drill):
    name = "resolver"
    fault = (
        "this machine's name server is silent, gone, refusing and slow, and comes back each time"
        " (root and unbound needed, Linux)"
    )
    target = "0 false down, exactly one notice each time, true outages are still told (R7)"

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        interval, away = (2, 8.0) if short else (10, 120.0)
        targets = DrillTargets(own_network=True)
        result = DrillResult()
        try:
            with DrillEnvironment() as environment:
                server = DrillNameServer(environment.folder, join=targets.joiner())
                try:
                    server.start()
                    environment.prepare(_catalogue(targets.port, interval=interval))
                    environment.start("beat", before=server.joiner())
                    environment.start("work", "--queue", "probes", before=server.joiner())
                    _wait_for(environment, "the first answers")
                    for fault in _FAULTS:
                        say(f"the name server is {fault.what} for {away:g} s")
                        self._play(fault, environment, server, targets, result, away)
                        time.sleep(2 * interval)  # checks that began without it end by then
                finally:
                    server.stop()
                self._judge(environment, result)
        finally:
            targets.close()
        return result

    def _play(
        self,
        fault: _Fault,
        environment: DrillEnvironment,
        server: DrillNameServer,
        targets: DrillTargets,
        result: DrillResult,
        away: float,
    ) -> None:
        before = len(environment.journal("monitoring.blind"))
        outage = fault is _FAULTS[0]  # once only: who goes back and forth is flapping
        if outage:
            targets.command("fail")
        fault.play(server, away)
        told = len(environment.journal("monitoring.blind")) - before
        result.injected += 1
        result.lost += told < 1
        result.duplicated += max(0, told - 1)
        result.expect(told == 1, f"{told} notices of blindness while it was {fault.what}")
        if outage:
            is_down = _verdicts(environment)[BY_ADDRESS] == "down"
            result.lost += not is_down
            result.expect(is_down, "a true outage was missed meanwhile")
            targets.command("heal")
        server.start()
        back = time.monotonic()
        _wait_for(environment, f"seeing again after it was {fault.what}")
        result.recovery = max(result.recovery, time.monotonic() - back)

    def _judge(self, environment: DrillEnvironment, result: DrillResult) -> None:
        rows = environment.query(
            "SELECT DISTINCT m.name FROM monitors_result r"
            " JOIN monitors_check c ON c.id = r.check_id JOIN monitors_monitor m"
            " ON m.id = c.monitor_id WHERE r.word = ?",
            WORDS.index("down"),
        )
        false = sorted({name for (name,) in rows} - {BY_ADDRESS, ALWAYS_DOWN})
        again = len(environment.journal("monitoring.sees_again"))
        result.false = len(false)
        result.lost += max(0, len(_FAULTS) - again)
        result.duplicated += max(0, again - len(_FAULTS))
        result.expect(not false, f"called down: {', '.join(false)}")
        result.expect(again == len(_FAULTS), f"{again} notices of its end")
        result.expect(result.recovery <= 15, "seeing again took longer than 15 s")


def _wait_for(environment: DrillEnvironment, what: str) -> None:
    """Wait until all is known as it is with a name server."""

    def holds() -> bool:
        verdicts = _verdicts(environment)
        expected = {name: "down" if name == ALWAYS_DOWN else "up" for name in verdicts}
        ends = len(environment.journal("monitoring.blind")) - len(
            environment.journal("monitoring.sees_again")
        )
        return bool(verdicts) and verdicts == expected and not ends

    environment.wait_until(holds, seconds=60, what=what)


def _verdicts(environment: DrillEnvironment) -> dict[str, str]:
    return dict(
        environment.query(
            "SELECT m.name, c.verdict FROM monitors_check c"
            " JOIN monitors_monitor m ON m.id = c.monitor_id"
        )
    )


def _catalogue(port: int, *, interval: int) -> dict[str, Any]:
    """Return a preset with every kind of check that looks a name up."""
    web = f"http://{GOOD}:{port}"
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "HTTP": ("endpoint", {"url": f"{web}/ok"}),
        "HTTP by a redirect": (
            "endpoint",
            {"url": f"http://127.0.0.1:{port}/redirect?{web}/ok", "follow_redirects": 3},
        ),
        "TCP": ("tcp", {"host": GOOD, "port": port}),
        "DNS": ("dns", {"name": GOOD}),
        "Ping": ("ping", {"host": GOOD}),
        "By address": ("endpoint", {"url": f"http://127.0.0.1:{port}/ok"}),
        BY_ADDRESS: ("endpoint", {"url": f"http://127.0.0.1:{port}/switched"}),
        ALWAYS_DOWN: ("endpoint", {"url": f"http://{DEAD}:{port}/ok"}),
    }
    monitors = [
        {
            "name": name,
            "kind": kind,
            "enabled": True,  # its names are reserved, and real in the drill's network
            "config": config,
            "interval": interval,
            "timeout": 1.5,
            "confirm_down": 0,
        }
        for name, (kind, config) in kinds.items()
    ]
    components = [
        {"name": each["name"], "slug": f"target-{number}", "monitors": [each]}
        for number, each in enumerate(monitors)
    ]
    return {"groups": [{"name": "Drill", "components": components}]}
