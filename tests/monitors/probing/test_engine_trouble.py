"""The engine in trouble of our own: bugs, lack of descriptors, stalls. Never a verdict (R8)."""

import logging
import os
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pycurl
import pytest

from components.network.guarded_sockets import GuardedSocketOpener
from monitors.probers.endpoint.config import EndpointConfig
from monitors.probers.http import EndpointProber
from monitors.probing import engine as engine_module
from monitors.probing.base import CheckResult, Config, CurlProber, Outcome, Prober, ProbeStatus
from monitors.probing.engine import Engine
from tests.monitors.checks import OPEN, endpoint, make, outcome_of, probe
from tests.servers import LOCAL, Mute, Target
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


class Clumsy(CurlProber):
    """A prober with a bug where the test wants one."""

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

    assert found[1].outcome == Outcome(
        ProbeStatus.INCONCLUSIVE, "the prober failed: ZeroDivisionError"
    )
    assert found[2].outcome.status is ProbeStatus.UP
    assert ["Traceback" in record.getMessage() for record in caplog.records] == [True]
    assert engine.in_flight == 0


def test_a_kind_the_engine_cannot_make_is_inconclusive(engine: Engine) -> None:
    class Foreign(Prober):
        kind, label, config_type = "foreign", "Foreign", Config

    outcome = make([probe(Config(), prober=Foreign())], engine=engine)[1].outcome

    assert outcome.status is ProbeStatus.INCONCLUSIVE
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
                make([probe(endpoint("http://127.0.0.1:1/"))], engine=engine)[1].outcome.status
            )
            os.close(fillers.pop())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for filler in fillers:
            os.close(filler)
        engine.close()

    assert words == [ProbeStatus.INCONCLUSIVE, ProbeStatus.INCONCLUSIVE]


# Stalls (HARDENING.md R8)


def started(engine: Engine, *probes: Any) -> None:
    """Have these checks under way."""
    for each in probes:
        engine.add(each)
    while engine.in_flight < len(probes):
        engine.step(0)


def rest(engine: Engine, count: int) -> dict[int, CheckResult]:
    found: dict[int, CheckResult] = {}
    while len(found) < count:
        found |= {finding.probe.key: finding for finding in engine.step(0.2)}
    return found


@pytest.mark.usefixtures("stalls")
def test_a_deadline_that_passed_while_nobody_listened_is_not_the_targets_fault(
    engine: Engine,
) -> None:
    with Mute() as mute:
        started(engine, probe(endpoint(mute.url()), timeout=0.4))
        time.sleep(0.7)
        outcome = rest(engine, 1)[1].outcome

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message.startswith("the prober itself was stalled for ")


@pytest.mark.usefixtures("stalls")
def test_a_failure_soon_after_a_stall_is_not_the_targets_fault(engine: Engine) -> None:
    with Mute() as mute:
        started(engine, probe(endpoint(mute.url()), timeout=0.8))
        time.sleep(0.6)
        outcome = rest(engine, 1)[1].outcome

    assert outcome.status is ProbeStatus.INCONCLUSIVE


@pytest.mark.usefixtures("stalls")
def test_a_good_answer_after_a_stall_is_up_without_times(engine: Engine, target: Target) -> None:
    slow = probe(endpoint(target.url("/slow?seconds=0.2"), degraded_ms=300), key=2)
    started(engine, probe(endpoint(target.url("/slow?seconds=0.2"))), slow)
    time.sleep(0.7)
    found = rest(engine, 2)

    assert found[1].outcome == Outcome(ProbeStatus.UP, code=200)
    assert found[2].outcome.status is ProbeStatus.INCONCLUSIVE  # slow, but by whose fault?


@pytest.mark.usefixtures("stalls")
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

    assert found[1].outcome.status is ProbeStatus.INCONCLUSIVE
    assert found[1].outcome.message.startswith("the prober itself was stalled for ")


@pytest.mark.usefixtures("stalls")
def test_a_check_that_starts_after_the_stall_is_judged_as_ever(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Mute() as mute:
        engine.step(0)
        time.sleep(0.6)
        engine.step(0)
        monkeypatch.setattr(engine_module, "STALL_SECONDS", FOR_EVER)
        found = make([probe(endpoint(mute.url()), timeout=0.2)], engine=engine)

    assert found[1].outcome.status is ProbeStatus.DOWN


def test_a_short_absence_is_no_stall(engine: Engine) -> None:
    """Shorter than the time from which on it is one, which a busy machine might well take."""
    with Mute() as mute:
        started(engine, probe(endpoint(mute.url()), timeout=0.2))
        time.sleep(0.25)
        outcome = rest(engine, 1)[1].outcome

    assert outcome.status is ProbeStatus.DOWN


# The end


def test_closing_drops_what_is_under_way_at_once() -> None:
    with Mute() as mute:
        engine = Engine(guard=OPEN)
        started(engine, *[probe(endpoint(mute.url()), key=n, timeout=FOR_EVER) for n in range(20)])
        engine.add(probe(endpoint(mute.url()), key=99, due=time.time() + 60))

        with ending("closing"):
            engine.close()

        assert (engine.in_flight, engine.waiting) == (0, 0)


def test_checks_leave_no_descriptors_behind(engine: Engine, target: Target) -> None:
    make([probe(endpoint(target.url("/ok")), key=n) for n in range(10)], engine=engine)
    before = descriptors()

    make([probe(endpoint(target.url("/close")), key=n) for n in range(50)], engine=engine)
    time.sleep(0.1)

    assert len(descriptors()) <= len(before) + 3


def test_a_socket_that_could_not_be_duplicated_is_our_own_trouble_f_t1() -> None:
    """pycurl says nothing of it, and libcurl reports what an earlier address answered."""
    opener = GuardedSocketOpener(OPEN)
    address = SimpleNamespace(
        family=socket.AF_INET, socktype=socket.SOCK_STREAM, protocol=6, addr=(LOCAL, 9)
    )
    before = opener.failure

    opener.open_socket(0, address)

    assert before == ""
    assert opener.failure == "no socket: no descriptor is left"


def test_a_socket_that_libcurl_has_is_no_trouble_f_t1() -> None:
    with socket.create_server((LOCAL, 0)) as once:
        port = once.getsockname()[1]

    refused = outcome_of(f"http://localhost:{port}/")

    assert (refused.status, refused.message) == (ProbeStatus.DOWN, "connection refused")
