"""The engine with real targets: on time, fair, and never the reason for a verdict."""

import logging
import os
import resource
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pycurl
import pytest

from monitors.endpoint.config import EndpointConfig
from monitors.engine import Engine
from monitors.probers.base import Config, CurlProber, Finding, Outcome, Prober, Word
from monitors.probers.http import EndpointProber
from tests.monitors.probing import OPEN, endpoint, make, probe
from tests.servers import Mute, Target


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with Target() as started:
        yield started


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(guard=OPEN)
    yield made
    made.close()


def lateness(findings: dict[int, Finding]) -> list[float]:
    return [finding.started - finding.probe.due for finding in findings.values()]


# Time


def test_a_check_starts_at_its_instant(engine: Engine, target: Target) -> None:
    soon = time.time() + 0.1
    config = endpoint(target.url("/ok"))

    found = make([probe(config, key=n, due=soon + n * 0.05) for n in range(20)], engine=engine)

    assert min(lateness(found)) >= -0.001
    assert statistics.median(lateness(found)) < 0.01


def test_neighbours_wait_for_each_other_no_longer_than_the_slack(target: Target) -> None:
    engine = Engine(guard=OPEN, slack=0.05)
    soon = time.time() + 0.1
    config = endpoint(target.url("/slow?seconds=0.3"))

    found = make([probe(config, key=n, due=soon + n * 0.01) for n in range(6)], engine=engine)
    engine.close()

    starts = [finding.started for finding in found.values()]
    assert max(starts) - min(starts) < 0.04  # though due over 0.05 s
    assert min(lateness(found)) >= -0.001


def test_an_overdue_check_starts_at_once(engine: Engine, target: Target) -> None:
    before = time.time()
    found = make([probe(endpoint(target.url("/ok")), due=before - 60)], engine=engine)

    assert found[1].started - before < 0.5


def test_a_step_of_the_wall_clock_moves_no_start(target: Target) -> None:
    offset = 0.0
    engine = Engine(guard=OPEN, wall_clock=lambda: time.time() + offset)
    for number in range(3):
        engine.add(probe(endpoint(target.url("/ok")), key=number, due=time.time() + 0.1))

    offset = -3600.0
    before = time.monotonic()
    found: list[Finding] = []
    while len(found) < 3 and time.monotonic() - before < 5:
        found += engine.step(0.2)
    engine.close()

    assert len(found) == 3
    assert all(0 <= finding.ended - finding.started < 2 for finding in found)


def test_an_idle_engine_waits_without_work(engine: Engine) -> None:
    worked, before = time.process_time(), time.monotonic()

    assert engine.step(0.3) == []
    assert 0.25 < time.monotonic() - before < 1
    assert time.process_time() - worked < 0.1


# Room


def test_no_more_than_the_capacity_is_under_way_at_a_time() -> None:
    with Mute() as mute:
        engine = Engine(guard=OPEN, capacity=3)
        for number in range(5):
            engine.add(probe(endpoint(mute.url()), key=number, timeout=0.3))
        assert (engine.room, engine.waiting) == (0, 5)

        engine.step(0.05)
        assert (engine.in_flight, engine.waiting, engine.room) == (3, 2, 0)

        found: list[Finding] = []
        while len(found) < 5:
            found += engine.step(0.2)
        assert (engine.in_flight, engine.waiting, engine.room) == (0, 0, 3)
        engine.close()


def test_many_checks_go_through_few_places(target: Target) -> None:
    engine = Engine(guard=OPEN, capacity=20)
    found = make([probe(endpoint(target.url("/ok")), key=n) for n in range(300)], engine=engine)
    engine.close()

    assert {finding.outcome.word for finding in found.values()} == {Word.UP}


def test_bad_targets_end_by_their_deadline_and_delay_no_good_one(target: Target) -> None:
    """HARDENING.md S4."""
    bad_paths = ["/drip", "/bomb", "/stall", "/endless", "/headers", "/half", "/endless-headers"]
    with Mute() as mute, Target() as evil:
        urls = [evil.url(path) for path in bad_paths] + [
            mute.url(),
            f"https://127.0.0.1:{mute.port}",
        ]
        engine = Engine(guard=OPEN)
        soon = time.time() + 0.1
        bad = [
            probe(endpoint(urls[n % len(urls)]), key=n, timeout=1.0, due=soon) for n in range(50)
        ]
        good = [
            probe(endpoint(target.url("/ok")), key=100 + n, due=soon + n * 0.02) for n in range(50)
        ]
        found = make([*bad, *good], engine=engine)
        engine.close()

    ends = {key: finding.ended - finding.probe.due for key, finding in found.items()}
    assert max(ends[each.key] for each in bad) < 2.0
    assert max(found[each.key].started - each.due for each in good) < 1.0
    assert max(ends[each.key] for each in good) < 1.0
    assert {found[each.key].outcome.word for each in good} == {Word.UP}


# Names


@pytest.fixture
def silent_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Names under `silent.example` are never answered; the resolver is outside of the machine."""
    over = threading.Event()

    def getaddrinfo(host: bytes, *_args: object, **_options: object) -> list[Any]:
        if host.endswith(b"silent.example"):
            over.wait(20)
        if host.startswith(b"good"):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    over.set()


def test_silent_name_servers_delay_nobody(
    engine: Engine, target: Target, silent_names: None
) -> None:
    dead = [probe(endpoint(f"http://{n}.silent.example/"), key=n, timeout=0.5) for n in range(60)]
    good = probe(endpoint(target.url("/ok", host="good.example")), key=100)

    found = make([*dead, good], engine=engine)

    assert found[100].outcome.word is Word.UP
    assert found[100].ended - found[100].started < 0.4
    outcomes = [found[each.key].outcome for each in dead]
    assert {(outcome.word, outcome.message) for outcome in outcomes} == {
        (Word.DOWN, "the name did not resolve within 0.5 s")
    }
    assert max(found[each.key].ended - found[each.key].started for each in dead) < 1.5


def test_a_name_that_does_not_exist_is_down(engine: Engine, silent_names: None) -> None:
    outcome = make([probe(endpoint("http://missing.example/"))], engine=engine)[1].outcome

    assert (outcome.word, outcome.message) == (Word.DOWN, "name does not resolve")


def test_a_resolved_name_is_sent_as_the_host(
    engine: Engine, target: Target, silent_names: None
) -> None:
    make([probe(endpoint(target.url("/ok", host="good.example")))], engine=engine)

    assert target.requests[-1].headers["host"] == f"good.example:{target.port}"


# Our own trouble


class Clumsy(CurlProber):
    """A prober with a bug where it is told to have one."""

    kind, label, config_type = "clumsy", "Clumsy", EndpointConfig

    def __init__(self, where: str) -> None:
        self._where, self._inner = where, EndpointProber()

    def _stumble(self, where: str) -> None:
        if where == self._where:
            raise ZeroDivisionError("secret of the configuration")

    def host(self, config: Any) -> tuple[str, int] | None:
        self._stumble("host")
        return None

    def prepare(self, handle: pycurl.Curl, config: Any, timeout: float) -> Any:
        self._stumble("prepare")
        return self._inner.prepare(handle, config, timeout)

    def interpret(self, *args: Any, **options: Any) -> Outcome:
        self._stumble("interpret")
        return self._inner.interpret(*args, **options)


@pytest.mark.parametrize("where", ["host", "prepare", "interpret"])
def test_a_bug_in_a_prober_is_inconclusive_and_logged(
    engine: Engine, target: Target, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    config = endpoint(target.url("/ok"))
    with caplog.at_level(logging.ERROR):
        found = make([probe(config, prober=Clumsy(where)), probe(config, key=2)], engine=engine)

    assert found[1].outcome == Outcome(Word.INCONCLUSIVE, "the prober failed: ZeroDivisionError")
    assert found[2].outcome.word is Word.UP
    assert [record.exc_info is not None for record in caplog.records] == [True]
    assert engine.in_flight == 0


def test_a_kind_the_engine_cannot_make_is_inconclusive(engine: Engine) -> None:
    class Foreign(Prober):
        kind, label, config_type = "foreign", "Foreign", Config

    outcome = make([probe(Config(), prober=Foreign())], engine=engine)[1].outcome

    assert outcome.word is Word.INCONCLUSIVE
    assert "foreign" in outcome.message


def descriptors() -> list[int]:
    return [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]


def test_a_lack_of_descriptors_is_our_own_trouble() -> None:
    engine = Engine(guard=OPEN)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = max(descriptors()) + 3  # room for two fillers at least
    fillers = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        while True:
            try:
                fillers.append(os.dup(0))
            except OSError:
                break
        words = []
        for _ in range(2):  # no descriptor left, then one
            words.append(
                make([probe(endpoint("http://127.0.0.1:1/"))], engine=engine)[1].outcome.word
            )
            os.close(fillers.pop())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for filler in fillers:
            os.close(filler)
        engine.close()

    assert words == [Word.INCONCLUSIVE, Word.INCONCLUSIVE]


# Stalls (HARDENING.md R8)


def started(engine: Engine, *probes: Any) -> None:
    """Have these checks under way."""
    for each in probes:
        engine.add(each)
    while engine.in_flight < len(probes):
        engine.step(0)


def rest(engine: Engine, count: int) -> dict[int, Finding]:
    found: dict[int, Finding] = {}
    while len(found) < count:
        found |= {finding.probe.key: finding for finding in engine.step(0.2)}
    return found


def test_a_deadline_that_passed_while_nobody_listened_is_not_the_targets_fault(
    engine: Engine,
) -> None:
    with Mute() as mute:
        started(engine, probe(endpoint(mute.url()), timeout=0.4))
        time.sleep(0.7)
        outcome = rest(engine, 1)[1].outcome

    assert outcome.word is Word.INCONCLUSIVE
    assert outcome.message.startswith("the prober itself was stalled for 0.")


def test_a_failure_soon_after_a_stall_is_not_the_targets_fault(engine: Engine) -> None:
    with Mute() as mute:
        started(engine, probe(endpoint(mute.url()), timeout=0.8))
        time.sleep(0.6)
        outcome = rest(engine, 1)[1].outcome

    assert outcome.word is Word.INCONCLUSIVE


def test_a_good_answer_after_a_stall_is_up_without_times(engine: Engine, target: Target) -> None:
    slow = probe(endpoint(target.url("/slow?seconds=0.2"), degraded_ms=300), key=2)
    started(engine, probe(endpoint(target.url("/slow?seconds=0.2"))), slow)
    time.sleep(0.7)
    found = rest(engine, 2)

    assert found[1].outcome == Outcome(Word.UP, code=200)
    assert found[2].outcome.word is Word.INCONCLUSIVE  # slow, but by whose fault?


def test_an_answer_that_came_in_while_nobody_listened_is_not_judged_before_the_stall_is_known(
    engine: Engine, silent_names: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = engine._transfers.wait

    def freeze(seconds: float) -> float:
        """As when the whole process is stopped while it waits."""
        time.sleep(0.8)
        return wait(seconds)

    monkeypatch.setattr(engine._transfers, "wait", freeze)
    found = make([probe(endpoint("http://missing.example/"))], engine=engine)

    assert found[1].outcome.word is Word.INCONCLUSIVE
    assert found[1].outcome.message.startswith("the prober itself was stalled for 0.")


def test_a_check_that_starts_after_the_stall_is_judged_as_ever(engine: Engine) -> None:
    with Mute() as mute:
        engine.step(0)
        time.sleep(0.6)
        found = make([probe(endpoint(mute.url()), timeout=0.2)], engine=engine)

    assert found[1].outcome.word is Word.DOWN


def test_a_short_absence_is_no_stall(engine: Engine) -> None:
    with Mute() as mute:
        started(engine, probe(endpoint(mute.url()), timeout=0.2))
        time.sleep(0.25)
        outcome = rest(engine, 1)[1].outcome

    assert outcome.word is Word.DOWN


# The end


def test_closing_drops_what_is_under_way_at_once() -> None:
    with Mute() as mute:
        engine = Engine(guard=OPEN)
        started(engine, *[probe(endpoint(mute.url()), key=n, timeout=30) for n in range(20)])
        engine.add(probe(endpoint(mute.url()), key=99, due=time.time() + 60))

        before = time.monotonic()
        engine.close()

        assert time.monotonic() - before < 0.6
        assert (engine.in_flight, engine.waiting) == (0, 0)


def test_checks_leave_no_descriptors_behind(engine: Engine, target: Target) -> None:
    make([probe(endpoint(target.url("/ok")), key=n) for n in range(10)], engine=engine)
    before = descriptors()

    make([probe(endpoint(target.url("/close")), key=n) for n in range(50)], engine=engine)
    time.sleep(0.1)

    assert len(descriptors()) <= len(before) + 3
