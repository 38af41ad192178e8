"""The kind `ping` on the loopback, of this machine and of networks of the tests' own."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from monitors.probers.ping import Echoes, PingConfig, PingProber, judge
from monitors.probing.base import Outcome, ProbeStatus
from tests.counterparts import missing
from tests.monitors.checks import OPEN
from tests.namespaces import in_own_network
from tests.waiting import ending

LOCAL = "127.0.0.1"


def ping(host: str = LOCAL, *, timeout: float = 2.0, **settings: int) -> Outcome:
    config = PingConfig.model_validate({"host": host, **settings})
    return PingProber().probe(config, timeout=timeout, guard=OPEN)


def test_a_host_that_answers_is_up() -> None:
    outcome = ping()
    if outcome.message.startswith("ping is not permitted here"):
        missing("ping", outcome.message)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")
    assert outcome.latency_ms is not None
    assert outcome.latency_ms > 0


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("for_all", [True, False])
def test_it_answers_by_either_kind_of_socket_and_address(host: str, for_all: bool) -> None:
    outcome = in_own_network(lambda: ping(host), pings_for_all=for_all)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")


def test_no_privileges_are_needed_where_the_kernel_allows_it() -> None:
    outcome = in_own_network(ping, pings_for_all=True, as_nobody=True)

    assert outcome.status is ProbeStatus.UP


def test_where_ping_is_not_permitted_nothing_is_said_about_the_target() -> None:
    outcome = in_own_network(ping, as_nobody=True)

    assert outcome.status is ProbeStatus.INCONCLUSIVE
    assert outcome.message.startswith("ping is not permitted here")


@pytest.mark.parametrize("for_all", [True, False])
def test_silence_is_down_at_the_deadline(for_all: bool) -> None:
    with ending("the wait for an answer"):
        outcome = in_own_network(
            lambda: ping(timeout=0.5), answers_pings=False, pings_for_all=for_all
        )

    assert outcome == Outcome(ProbeStatus.DOWN, "no answer within 0.5 s")


def test_a_network_that_is_not_there_is_our_own_trouble() -> None:
    outcome = in_own_network(ping, loopback=False)

    assert outcome == Outcome(
        ProbeStatus.INCONCLUSIVE, "cannot connect from here: network is unreachable"
    )


def test_many_pings_at_once_take_no_answers_from_each_other() -> None:

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(lambda _: ping(count=2), range(40)))
    if outcomes[0].message.startswith("ping is not permitted here"):
        missing("ping", outcomes[0].message)

    assert {outcome.status for outcome in outcomes} == {ProbeStatus.UP}


@pytest.mark.parametrize(
    ("times", "settings", "expected"),
    [
        ([1.0, 1.0, 1.0], {}, (ProbeStatus.UP, "")),
        ([1.0, 1.0], {}, (ProbeStatus.UP, "")),
        ([1.0], {}, (ProbeStatus.DEGRADED, "lost 2 of 3 packets")),
        ([1.0, 1.0], {"max_loss": 33}, (ProbeStatus.DEGRADED, "lost 1 of 3 packets")),
        ([1.0, 1.0], {"max_loss": 34}, (ProbeStatus.UP, "")),
        ([20.0, 40.0, 60.0], {"degraded_ms": 30.0},
         (ProbeStatus.DEGRADED, "took 40 ms, more than 30 ms")),
        ([], {"max_loss": 99}, (ProbeStatus.DOWN, "no answer within 2 s")),
    ],
)  # fmt: skip
def test_loss_and_slowness_are_judged(
    times: list[float], settings: dict[str, float], expected: tuple[ProbeStatus, str]
) -> None:
    config = PingConfig.model_validate({"host": LOCAL, **settings})

    assert judge(Echoes(3, times), config, timeout=2.0) == expected
