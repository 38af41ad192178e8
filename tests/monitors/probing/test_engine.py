"""The engine with real targets: on time, fair, and never the reason for a verdict."""

import time
from collections.abc import Iterator

import pytest

from monitors.probing.base import CheckResult, Probe, ProbeStatus
from monitors.probing.engine import Engine
from tests.monitors.checks import OPEN, endpoint, make, probe
from tests.servers import Mute, Target
from tests.waiting import FOR_EVER, ending


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with Target() as started:
        yield started


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(guard=OPEN)
    yield made
    made.close()


# Time


def test_a_check_starts_at_its_instant(engine: Engine, target: Target) -> None:
    due = time.time() + 0.1
    engine.add(probe(endpoint(target.url("/ok")), due=due))

    with ending("a step that would last for ever"):
        [finding] = engine.step(FOR_EVER)

    assert finding.started >= due - 0.001


def test_checks_start_in_the_order_of_their_instants_and_none_too_soon(
    engine: Engine, target: Target
) -> None:
    soon = time.time() + 0.1
    config = endpoint(target.url("/ok"))

    found = make([probe(config, key=n, due=soon - n * 0.03) for n in range(20)], engine=engine)

    starts = {key: finding.started for key, finding in found.items()}
    assert sorted(starts, key=lambda key: (starts[key], -key)) == list(reversed(range(20)))
    assert min(finding.started - finding.probe.due for finding in found.values()) >= -0.001


def test_neighbours_wait_for_each_other_no_longer_than_the_slack(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(guard=OPEN, slack=0.05)
    soon = time.time() + 0.1
    config = endpoint(target.url("/stall"))
    for number in range(6):
        engine.add(probe(config, key=number, timeout=FOR_EVER, due=soon + number * 0.009))

    batches: list[int] = []
    start_due = engine._start_due

    def counted(now: float) -> None:
        before = engine.in_flight
        start_due(now)
        batches.append(engine.in_flight - before)

    monkeypatch.setattr(engine, "_start_due", counted)

    with ending("the wait for all of them"):
        while engine.waiting:
            engine.step(0.5)

    assert [batch for batch in batches if batch] == [6], "though due over 0.045 s"
    engine.close()


def test_an_overdue_check_starts_at_once(engine: Engine, target: Target) -> None:
    engine.add(probe(endpoint(target.url("/ok")), due=time.time() - 60))

    with ending("a step that would last for ever"):
        [finding] = engine.step(FOR_EVER)

    assert finding.outcome.status is ProbeStatus.UP


def test_a_step_of_the_wall_clock_moves_no_start(target: Target) -> None:
    offset = 0.0
    engine = Engine(guard=OPEN, wall_clock=lambda: time.time() + offset)
    for number in range(3):
        engine.add(probe(endpoint(target.url("/ok")), key=number, due=time.time() + 0.1))

    offset = -3600.0
    found: list[CheckResult] = []
    with ending("checks"):
        while len(found) < 3:
            found += engine.step(0.2)
    engine.close()

    assert all(0 <= finding.ended - finding.started < 1800 for finding in found)


def test_an_idle_engine_waits_without_work(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    wait = engine._transfers.wait

    def counted(seconds: float) -> float:
        waits.append(seconds)
        return wait(seconds)

    monkeypatch.setattr(engine._transfers, "wait", counted)

    assert engine.step(0.3) == []
    # libcurl's clock has milliseconds.
    assert 1 <= len(waits) < 5


# Room


def test_no_more_than_the_capacity_is_under_way_at_a_time() -> None:
    with Mute() as mute:
        engine = Engine(guard=OPEN, capacity=3)
        for number in range(5):
            engine.add(probe(endpoint(mute.url()), key=number, timeout=1.0))
        assert (engine.free_capacity, engine.waiting) == (0, 5)

        engine.step(0.05)
        assert (engine.in_flight, engine.waiting, engine.free_capacity) == (3, 2, 0)

        found: list[CheckResult] = []
        while len(found) < 5:
            found += engine.step(0.2)
        assert (engine.in_flight, engine.waiting, engine.free_capacity) == (0, 0, 3)
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
        bad = [probe(endpoint(urls[n % len(urls)]), key=n, timeout=1.0) for n in range(50)]
        for_ever = [
            probe(endpoint(urls[n % len(urls)]), key=100 + n, timeout=FOR_EVER) for n in range(50)
        ]
        good = [probe(endpoint(target.url("/ok")), key=200 + n) for n in range(50)]
        ended = make(bad, engine=engine)
        found = make(good, beside=for_ever, engine=engine)
        engine.close()

    assert ended.keys() == {each.key for each in bad}
    assert {found[each.key].outcome.status for each in good} == {ProbeStatus.UP}


# Names


def test_silent_name_servers_delay_nobody(
    engine: Engine, target: Target, silent_names: None
) -> None:
    def dead(*numbers: int, timeout: float) -> list[Probe]:
        return [
            probe(endpoint(f"http://{n}.silent.example/"), key=n, timeout=timeout) for n in numbers
        ]

    good = probe(endpoint(target.url("/ok", host="good.example")), key=100)

    found = make([good], beside=dead(*range(60), timeout=FOR_EVER), engine=engine)
    ended = make(dead(*range(60, 63), timeout=2.0), engine=engine)

    assert found[100].outcome.status is ProbeStatus.UP
    assert {(each.outcome.status, each.outcome.message) for each in ended.values()} == {
        (ProbeStatus.DOWN, "the name did not resolve within 2 s")
    }


def test_a_name_that_does_not_exist_is_down(engine: Engine, silent_names: None) -> None:
    outcome = make([probe(endpoint("http://missing.example/"))], engine=engine)[1].outcome

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, "name does not resolve")


def test_a_transfer_that_had_no_time_left_for_a_slow_name_says_nothing_f_t1(
    engine: Engine, silent_names: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def late(name_ms: float, *, timeout: float) -> str:
        seen.append(timeout)
        return "the name was slow"

    monkeypatch.setattr("monitors.probing.engine.slow_lookup", late)
    with Mute() as mute:
        outcome = make([probe(endpoint(mute.url("/")), timeout=0.3)], engine=engine)[1].outcome

    assert (outcome.status, outcome.message) == (ProbeStatus.INCONCLUSIVE, "the name was slow")
    assert seen == [0.3]


def test_a_resolved_name_is_sent_as_the_host(
    engine: Engine, target: Target, silent_names: None
) -> None:
    make([probe(endpoint(target.url("/ok", host="good.example")))], engine=engine)

    assert target.requests[-1].headers["host"] == f"good.example:{target.port}"
