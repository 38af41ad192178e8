"""An agent that loses its own network finds nothing down (R7)."""

import threading
import time
from pathlib import Path
from typing import Any

from monitors.agent.protocol import Assignment
from monitors.agent.run import Agent
from monitors.agent.spool import Spool
from monitors.probing.connectivity import ConnectivityGuard
from monitors.probing.engine import Engine
from monitors.probing.reference_targets import Reference
from tests.monitors.checks import OPEN
from tests.namespaces import in_own_network, set_loopback
from tests.servers import Mute, Target
from tests.waiting import until


class AwaySender:
    """The server gave assignments once and cannot be reached since."""

    skew, denied = 0.0, ""

    def __init__(self, assignments: list[Assignment]) -> None:
        self._fresh: list[Assignment] | None = assignments

    def take_assignments(self) -> list[Assignment] | None:
        fresh, self._fresh = self._fresh, None
        return fresh

    def start(self) -> None: ...
    def wake(self) -> None: ...
    def stop(self) -> None: ...
    def join(self, timeout: float | None = None) -> None: ...


def assigned(url: str) -> list[Assignment]:
    return [
        Assignment(
            check=number, revision=1, kind="endpoint", config={"url": url}, timeout=1.0,
            interval=1.0, retry=1.0, confirm_down=0, confirm_up=0,
        )
        for number in (1, 2, 3)
    ]  # fmt: skip


def lose_the_network(folder: Path) -> tuple[list[str], list[bool]]:
    """The words of all results, and whether it knew itself blind before, during and after."""
    stop = threading.Event()
    with Target() as target, Mute() as reference:
        connectivity = ConnectivityGuard([Reference("127.0.0.1", reference.port)])
        spool, engine = Spool(folder), Engine(guard=OPEN)
        report_sender: Any = AwaySender(assigned(target.url()))
        agent = Agent(
            engine=engine, spool=spool, report_sender=report_sender, connectivity=connectivity
        )
        working = threading.Thread(target=agent.run, kwargs={"stopping": stop.is_set})
        working.start()
        try:
            until(lambda: len(spool) > 2, what="results")
            knew = [connectivity.blind_since is not None]
            set_loopback(up=False)
            until(lambda: connectivity.blind_since is not None, what="it is blind")
            knew.append(True)
            time.sleep(1.0)
            set_loopback(up=True)
            until(lambda: connectivity.blind_since is None, what="it sees again")
            knew.append(False)
            time.sleep(1.2)
        finally:
            stop.set()
            working.join()
            engine.close()
        words = []
        while (batch := spool.oldest()) is not None:
            words += [result["word"] for result in batch[1]]
            spool.mark_delivered(batch[0])
        spool.close()
    return words, knew


def test_an_agent_that_lost_its_network_reports_blindness_and_never_an_outage_r7(
    tmp_path: Path,
) -> None:
    words, knew = in_own_network(lambda: lose_the_network(tmp_path))

    assert knew == [False, True, False]
    assert set(words) <= {"up", "blind", "inconclusive"}
    assert "blind" in words
    assert words[-1] == "up"
