"""The engine with real targets: on time, fair, and never the reason for a verdict."""

import statistics
import time
from collections.abc import Iterator

import pytest

from monitors.probing.base import CheckResult, ProbeStatus
from monitors.probing.engine import Engine
from tests.monitors.checks import OPEN, endpoint, make, probe
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


def lateness(findings: dict[int, CheckResult]) -> list[float]:
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
    found: list[CheckResult] = []
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

        found: list[CheckResult] = []
        while len(found) < 5:
            found += engine.step(0.2)
        assert (engine.in_flight, engine.waiting, engine.room) == (0, 0, 3)
        engine.close()


def test_many_checks_go_through_few_places(target: Target) -> None:
    engine = Engine(guard=OPEN, capacity=20)
    found = make([probe(endpoint(target.url("/ok")), key=n) for n in range(300)], engine=engine)
    engine.close()

    assert {finding.outcome.status for finding in found.values()} == {ProbeStatus.UP}


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
    assert {found[each.key].outcome.status for each in good} == {ProbeStatus.UP}


# Names


def test_silent_name_servers_delay_nobody(
    engine: Engine, target: Target, silent_names: None
) -> None:
    dead = [probe(endpoint(f"http://{n}.silent.example/"), key=n, timeout=0.5) for n in range(60)]
    good = probe(endpoint(target.url("/ok", host="good.example")), key=100)

    found = make([*dead, good], engine=engine)

    assert found[100].outcome.status is ProbeStatus.UP
    assert found[100].ended - found[100].started < 0.4
    outcomes = [found[each.key].outcome for each in dead]
    assert {(outcome.status, outcome.message) for outcome in outcomes} == {
        (ProbeStatus.DOWN, "the name did not resolve within 0.5 s")
    }
    assert max(found[each.key].ended - found[each.key].started for each in dead) < 1.5


def test_a_name_that_does_not_exist_is_down(engine: Engine, silent_names: None) -> None:
    outcome = make([probe(endpoint("http://missing.example/"))], engine=engine)[1].outcome

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, "name does not resolve")


def test_a_resolved_name_is_sent_as_the_host(
    engine: Engine, target: Target, silent_names: None
) -> None:
    make([probe(endpoint(target.url("/ok", host="good.example")))], engine=engine)

    assert target.requests[-1].headers["host"] == f"good.example:{target.port}"
