"""Whether a failure is the target's or our own network's."""

from collections.abc import Iterable

from monitors.probers import registry
from monitors.probing.base import CheckResult, Outcome, Probe, ProbeStatus
from monitors.probing.connectivity import (
    IDLE_PERIOD,
    MIN_PERIOD,
    RECOVERY_ROUNDS,
    SUSPICIOUS_PERIOD,
    ConnectivityGuard,
)
from monitors.probing.name_servers.watch import RECOVERY_SECONDS
from monitors.probing.reference_targets import Reference
from monitors.probing.resolver import NO_NAME_SERVER
from tests.monitors.checks import endpoint

ONE, TWO, THREE = (Reference("192.0.2.1", port) for port in (1, 2, 3))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Scene:
    """A vantage point whose references answer, or not, as a test says."""

    def __init__(self, references: Iterable[Reference] = (ONE,), *, quorum: int = 1) -> None:
        self.clock = Clock()
        self.connectivity = ConnectivityGuard(references, quorum=quorum, monotonic=self.clock)

    def later(self, seconds: float) -> None:
        self.clock.now += seconds

    def check(self, word: ProbeStatus, *, key: int = 1, took: float = 0.5) -> list[ProbeStatus]:
        """The words of what can be passed on when this is found."""
        return self._sift(key, word, took)

    def ask(self, *words: ProbeStatus) -> list[ProbeStatus]:
        """Let the references answer so, if they are asked now."""
        released = []
        probes = self.connectivity.due_probes()
        assert len(probes) in (0, len(words)), "as many answers as references"
        for probe, word in zip(probes, words, strict=False):
            released += self._sift(probe.key, word, 0.01)
        return released

    def _sift(self, key: int, word: ProbeStatus, took: float) -> list[ProbeStatus]:
        probe = Probe(key, registry.prober("endpoint"), endpoint("http://192.0.2.9/"), 5.0, 0.0)
        ended = self.clock.now
        finding = CheckResult(probe, ended - took, ended, Outcome(word))
        return [judged.outcome.status for judged in self.connectivity.filter(finding)]


def test_without_references_every_finding_passes() -> None:
    scene = Scene(())

    assert scene.check(ProbeStatus.DOWN) == [ProbeStatus.DOWN]
    assert scene.connectivity.due_probes() == ()
    assert scene.connectivity.blind_since is None


def test_a_failure_waits_until_a_reference_that_was_asked_after_it_has_answered() -> None:
    scene = Scene()
    scene.ask(ProbeStatus.UP)

    scene.later(1)
    waits = scene.check(ProbeStatus.DOWN)
    released = scene.ask(ProbeStatus.UP)

    assert waits == []
    assert released == [ProbeStatus.DOWN]


def test_good_answers_never_wait() -> None:
    scene = Scene()

    assert scene.check(ProbeStatus.UP) == [ProbeStatus.UP]
    assert scene.check(ProbeStatus.DEGRADED) == [ProbeStatus.DEGRADED]
    assert scene.check(ProbeStatus.INCONCLUSIVE) == [ProbeStatus.INCONCLUSIVE]


def test_when_no_reference_answers_failures_are_blind_and_the_first_tells_since_when() -> None:
    scene = Scene()
    scene.ask(ProbeStatus.UP)

    scene.later(1)
    scene.check(ProbeStatus.DOWN, key=1, took=0.5)
    scene.check(ProbeStatus.DOWN, key=2, took=0.3)

    assert scene.ask(ProbeStatus.DOWN) == [ProbeStatus.BLIND, ProbeStatus.BLIND]
    assert scene.connectivity.blind_since == 1000.5


def test_what_answers_while_blind_is_still_evidence() -> None:
    scene = Scene()
    scene.check(ProbeStatus.DOWN)
    scene.ask(ProbeStatus.DOWN)

    assert scene.check(ProbeStatus.UP) == [ProbeStatus.UP]


def test_it_takes_more_than_one_round_to_see_again() -> None:
    scene = Scene()
    scene.check(ProbeStatus.DOWN)
    scene.ask(ProbeStatus.DOWN)

    rounds = []
    for _ in range(RECOVERY_ROUNDS):
        scene.later(SUSPICIOUS_PERIOD)
        scene.ask(ProbeStatus.UP)
        rounds.append(scene.connectivity.blind_since is None)

    assert rounds == [*[False] * (RECOVERY_ROUNDS - 1), True]
    assert scene.connectivity.is_connected


def test_a_check_that_was_under_way_when_the_network_was_gone_is_blind_to_the_end() -> None:
    scene = Scene()
    scene.check(ProbeStatus.DOWN)
    scene.ask(ProbeStatus.DOWN)
    for _ in range(RECOVERY_ROUNDS):
        scene.later(SUSPICIOUS_PERIOD)
        scene.ask(ProbeStatus.UP)

    scene.later(0.5)
    scene.check(ProbeStatus.DOWN, took=5.0)
    scene.later(MIN_PERIOD)

    assert scene.ask(ProbeStatus.UP) == [ProbeStatus.BLIND]


def test_a_check_that_began_between_the_last_silence_and_the_first_answer_is_blind_too() -> None:
    scene = Scene()
    scene.check(ProbeStatus.DOWN)
    scene.ask(ProbeStatus.DOWN)
    scene.later(SUSPICIOUS_PERIOD)
    for _ in range(RECOVERY_ROUNDS):
        scene.ask(ProbeStatus.UP)
        scene.later(SUSPICIOUS_PERIOD)

    # It began half a second after nobody answered, and half a second before somebody did.
    scene.check(ProbeStatus.DOWN, took=RECOVERY_ROUNDS * SUSPICIOUS_PERIOD + 0.5)

    assert scene.ask(ProbeStatus.UP) == [ProbeStatus.BLIND]


def test_as_many_references_as_the_quorum_asks_for_must_answer() -> None:
    scene = Scene((ONE, TWO, THREE), quorum=2)
    scene.ask(ProbeStatus.UP, ProbeStatus.UP, ProbeStatus.UP)

    scene.later(1)
    scene.check(ProbeStatus.DOWN)
    assert scene.ask(ProbeStatus.UP, ProbeStatus.DOWN, ProbeStatus.UP) == [ProbeStatus.DOWN]

    scene.later(1)
    scene.check(ProbeStatus.DOWN)
    assert scene.ask(ProbeStatus.UP, ProbeStatus.DOWN, ProbeStatus.DOWN) == [ProbeStatus.BLIND]


def test_a_reference_that_cannot_be_judged_has_not_answered() -> None:
    scene = Scene()
    scene.check(ProbeStatus.DOWN)

    assert scene.ask(ProbeStatus.INCONCLUSIVE) == [ProbeStatus.BLIND]


def test_broken_references_alone_make_nobody_blind() -> None:
    scene = Scene()

    for _ in range(10):
        scene.ask(ProbeStatus.DOWN)
        scene.later(IDLE_PERIOD)

    assert scene.connectivity.blind_since is None
    assert not scene.connectivity.is_connected


def test_references_are_asked_seldom_while_nothing_is_suspicious() -> None:
    scene = Scene()
    rounds = 0

    for _ in range(600):
        rounds += bool(scene.connectivity.due_probes())
        scene.connectivity._pending = 0
        scene.connectivity._good_rounds = RECOVERY_ROUNDS
        scene.later(0.1)

    assert rounds <= 60 / IDLE_PERIOD + 1


def test_many_failures_share_a_round_and_rounds_keep_their_distance() -> None:
    scene = Scene()
    scene.ask(ProbeStatus.UP)
    rounds = 0

    for number in range(100):
        scene.check(ProbeStatus.DOWN, key=number + 1)
        rounds += bool(scene.ask(ProbeStatus.UP))
        scene.later(0.01)

    assert rounds <= 100 * 0.01 / MIN_PERIOD + 1


def test_a_target_that_is_down_already_asks_nobody_anew() -> None:
    scene = Scene()
    for _ in range(RECOVERY_ROUNDS):
        scene.ask(ProbeStatus.UP)
        scene.later(SUSPICIOUS_PERIOD)

    scene.connectivity.expect_failure(1)

    assert scene.check(ProbeStatus.DOWN, key=1) == [ProbeStatus.DOWN]


def test_but_once_the_network_is_gone_it_is_not_known_to_be_down_either() -> None:
    scene = Scene()
    scene.check(ProbeStatus.DOWN, key=1)
    scene.ask(ProbeStatus.DOWN)

    scene.later(0.1)
    scene.connectivity.expect_failure(2)

    assert scene.check(ProbeStatus.DOWN, key=2) == [ProbeStatus.BLIND]


def _without_names(scene: Scene, *, key: int = 1) -> list[ProbeStatus]:
    probe = Probe(key, registry.prober("endpoint"), endpoint("http://a.example/"), 5.0, 0.0)
    result = CheckResult(probe, scene.clock.now, scene.clock.now, NO_NAME_SERVER)
    return [judged.outcome.status for judged in scene.connectivity.filter(result)]


def _name_servers(scene: Scene, word: ProbeStatus) -> None:
    """Let a round of questions to the name servers end so."""
    scene.later(SUSPICIOUS_PERIOD)
    for probe in scene.connectivity.due_probes():
        result = CheckResult(probe, scene.clock.now, scene.clock.now, Outcome(word))
        assert scene.connectivity.filter(result) == []


def _name_servers_back(scene: Scene) -> None:
    for _ in range(round(RECOVERY_SECONDS / SUSPICIOUS_PERIOD) + 1):
        _name_servers(scene, ProbeStatus.UP)


def test_without_name_servers_it_is_blind_and_checks_by_address_still_count_f_t1() -> None:
    scene = Scene(())

    passed = _without_names(scene)
    _name_servers(scene, ProbeStatus.DOWN)

    assert passed == [ProbeStatus.INCONCLUSIVE]
    assert scene.connectivity.blind_since == 1000.0
    assert scene.connectivity.lacks_names_only
    assert not scene.connectivity.is_connected
    assert scene.check(ProbeStatus.DOWN, key=2) == [ProbeStatus.DOWN]


def test_it_sees_again_once_its_name_servers_are_back_f_t1() -> None:
    scene = Scene(())
    _without_names(scene)
    _name_servers(scene, ProbeStatus.DOWN)
    _name_servers_back(scene)

    assert scene.connectivity.blind_since is None
    assert scene.connectivity.is_connected


def test_the_next_shift_takes_blindness_over_f_t1() -> None:
    scene = Scene(())
    scene.connectivity.resume(blind_since=900.0, names_only=True)

    taken_over = scene.connectivity.blind_since
    _name_servers_back(scene)

    assert taken_over == 900.0
    assert scene.connectivity.blind_since is None


def test_what_references_are_to_tell_is_not_taken_over_f_t1() -> None:
    scene = Scene()

    scene.connectivity.resume(blind_since=900.0, names_only=False)

    assert scene.connectivity.blind_since is None
    assert not scene.connectivity.is_connected
