"""Checks in threads: on time, bounded, never in another's way, and never waited for."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from components.network.address_guard import AddressGuard
from monitors.probers import registry
from monitors.probing import thread_pool
from monitors.probing.base import (
    BlockingProber,
    Config,
    Outcome,
    Probe,
    ProbeStatus,
)
from monitors.probing.engine import Engine
from tests.monitors.checks import OPEN, endpoint, make, probe
from tests.servers import Mute, Target
from tests.waiting import FOR_EVER, PATIENCE, ending, until


class Sleeper(BlockingProber):
    """Blocks for as long as its settings say, whatever its deadline is."""

    kind, label, config_type = "sleeper", "Sleeper", Config

    def __init__(self, seconds: float = 0.0, *, kind: str = "sleeper", answer: Any = None) -> None:
        self.seconds, self.answer = seconds, answer or Outcome(ProbeStatus.UP, latency_ms=1.0)
        self.kind = kind  # type: ignore[misc]  # toys of several kinds from one class
        self.woken = threading.Event()
        self.under_way = self.most = 0

    def probe(self, config: Any, *, timeout: float, guard: AddressGuard) -> Outcome:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.woken.wait(self.seconds)
        self.under_way -= 1
        if isinstance(self.answer, Exception):
            raise self.answer
        answer: Outcome = self.answer
        return answer


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(guard=OPEN)
    yield made
    made.close()


def check(
    prober: Sleeper, *, key: int = 1, timeout: float = 2.0, due: float | None = None
) -> Probe:
    return probe(Config(), key=key, prober=prober, timeout=timeout, due=due)


def test_a_blocking_check_ends_in_its_outcome(engine: Engine) -> None:
    found = make([check(Sleeper(0.05))], engine=engine)

    assert found[1].outcome == Outcome(ProbeStatus.UP, latency_ms=1.0)
    assert found[1].ended - found[1].started >= 0.05


def test_a_blocking_check_starts_at_its_instant(engine: Engine) -> None:
    due = time.time() + 0.1
    engine.add(check(Sleeper(), due=due))

    with ending("a step that would last for ever"):
        [finding] = engine.step(FOR_EVER)

    assert finding.started >= due - 0.001


def test_blocking_checks_delay_no_transfer(engine: Engine) -> None:
    sleeper = Sleeper(FOR_EVER)
    slow = [check(sleeper, key=n, timeout=FOR_EVER) for n in range(100)]
    with Target() as target:
        good = [probe(endpoint(target.url("/ok")), key=1000 + n) for n in range(25)]
        found = make(good, beside=slow, engine=engine)

    until(lambda: sleeper.most == 100, what="all of them are under way")
    assert found.keys() == {each.key for each in good}
    assert {each.outcome.status for each in found.values()} == {ProbeStatus.UP}
    sleeper.woken.set()


def test_a_hundred_silent_targets_end_by_their_deadline_and_delay_no_transfer(
    engine: Engine,
) -> None:
    """HARDENING.md S4."""
    tcp = registry.prober("tcp")
    with Mute() as mute, Target() as target:
        config = tcp.config_type.model_validate(
            {"host": "127.0.0.1", "port": mute.port, "expect": "."}
        )
        silent = [probe(config, key=n, prober=tcp, timeout=1.0) for n in range(100)]
        mute_for_ever = [
            probe(config, key=500 + n, prober=tcp, timeout=FOR_EVER) for n in range(100)
        ]
        good = [probe(endpoint(target.url("/ok")), key=1000 + n) for n in range(50)]
        ended = make(silent, engine=engine)
        found = make(good, beside=mute_for_ever, engine=engine)

    outcomes = {(each.outcome.status, each.outcome.message) for each in ended.values()}
    assert outcomes == {(ProbeStatus.DOWN, "no answer within 1 s")}
    assert found.keys() == {each.key for each in good}
    assert {each.outcome.status for each in found.values()} == {ProbeStatus.UP}


def test_a_check_in_a_thread_waits_for_no_place_of_a_transfer() -> None:
    engine = Engine(guard=OPEN, capacity=1)
    with Mute() as mute:
        silent = [probe(endpoint(mute.url()), key=n, timeout=FOR_EVER) for n in range(3)]
        found = make([check(Sleeper(), key=100)], beside=silent, engine=engine)
        assert (engine.in_flight, engine.waiting) == (1, 2)
    engine.close()

    assert found.keys() == {100}


def test_one_kind_takes_no_places_from_another(engine: Engine) -> None:
    engine._threads._slots_per_kind = 3
    sleeper = Sleeper(FOR_EVER)
    slow = [check(sleeper, key=n, timeout=FOR_EVER) for n in range(6)]
    other = check(Sleeper(kind="other"), key=100)

    found = make([other], beside=slow, engine=engine)

    assert found.keys() == {100}
    until(lambda: sleeper.under_way == 3, what="as many as there are places")
    sleeper.woken.set()
    with ending("the others"):
        while engine.in_flight or engine.waiting:
            engine.step(0.2)
    assert sleeper.most == 3


def test_a_check_that_finds_no_place_is_skipped_visibly(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_pool, "QUEUE_TIMEOUT_SECONDS", 0.2)
    engine._threads._slots_per_kind = 1
    found = make([check(Sleeper(0.6)), check(Sleeper(), key=2)], engine=engine)

    assert found[2].outcome == Outcome(
        ProbeStatus.INCONCLUSIVE, "skipped: too many checks of the kind sleeper are under way"
    )
    assert found[1].outcome.status is ProbeStatus.UP


def test_a_thread_that_overruns_is_not_waited_for_and_proves_nothing(engine: Engine) -> None:
    stuck = Sleeper(FOR_EVER)
    engine._threads._slots_per_kind = 1
    found = make([check(stuck, timeout=0.2)], engine=engine)

    assert found[1].outcome == Outcome(
        ProbeStatus.INCONCLUSIVE, "the prober itself did not end within 0.2 s"
    )
    assert engine.in_flight == 0

    # Its place is taken for as long as it runs; what it says in the end is not heard.
    engine.add(check(Sleeper(), key=2))
    assert engine.step(0.1) == []
    stuck.woken.set()
    late = engine.step(PATIENCE)
    assert [(finding.probe.key, finding.outcome.status) for finding in late] == [
        (2, ProbeStatus.UP)
    ]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (ZeroDivisionError("secret"), "the prober failed: ZeroDivisionError"),
        ("no outcome", "the prober failed: TypeError"),
    ],
)
def test_a_bug_in_a_blocking_prober_is_inconclusive(
    engine: Engine, answer: Any, message: str
) -> None:
    found = make([check(Sleeper(answer=answer)), check(Sleeper(), key=2)], engine=engine)

    assert found[1].outcome == Outcome(ProbeStatus.INCONCLUSIVE, message)
    assert found[2].outcome.status is ProbeStatus.UP


@pytest.mark.usefixtures("stalls")
def test_a_failure_during_a_stall_is_not_the_targets_fault(engine: Engine) -> None:
    engine.add(check(Sleeper(0.3, answer=Outcome(ProbeStatus.DOWN, "no answer within 0.3 s"))))
    while not engine.in_flight:
        engine.step(0)
    time.sleep(0.7)
    (finding,) = engine.step(1)

    assert finding.outcome.status is ProbeStatus.INCONCLUSIVE
    assert finding.outcome.message.startswith("the prober itself was stalled for ")


def test_a_machine_without_threads_to_spare_is_our_own_trouble(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as here:
        here.setattr(threading.Thread, "start", refuse)
        found = make([check(Sleeper())], engine=engine)

    assert found[1].outcome == Outcome(ProbeStatus.INCONCLUSIVE, "no thread could be started")
    assert engine.in_flight == 0


def test_closing_waits_for_no_thread_and_lets_idle_ones_go() -> None:
    before = set(threading.enumerate())
    engine = Engine(guard=OPEN)
    stuck = Sleeper(FOR_EVER)
    make([check(Sleeper(0.05), key=n) for n in range(5)], engine=engine)
    engine.add(check(stuck))
    while not engine.in_flight:
        engine.step(0)

    with ending("closing"):
        engine.close()
    stuck.woken.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)

    assert (engine.in_flight, engine.waiting) == (0, 0)
    assert not set(threading.enumerate()) - before
