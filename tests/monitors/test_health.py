"""What it takes to change a monitor's mind."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from components.status import Verdict
from monitors.health import Health, Tolerance, Transition, expire, observe
from monitors.probers.base import Word

SURE = Tolerance(confirm_down=1, confirm_up=1, fresh_for=30.0)


def see(
    health: Health, *words: Word, tolerance: Tolerance = SURE, start: float = 100.0
) -> tuple[Health, list[Transition]]:
    """Let one word come in every ten seconds."""
    transitions: list[Transition] = []
    for number, word in enumerate(words):
        health, new = observe(health, word, at=start + 10 * number, tolerance=tolerance)
        transitions += new
    return health, transitions


def test_the_first_good_answer_is_believed_at_once() -> None:
    health, transitions = see(Health(), Word.UP)

    assert health.verdict is Verdict.UP
    assert transitions == [Transition(Verdict.UP, 100.0)]


def test_one_failure_is_only_a_suspicion() -> None:
    health, transitions = see(Health(), Word.UP, Word.DOWN)

    assert health.verdict is Verdict.UP
    assert health.suspicious
    assert len(transitions) == 1


def test_a_confirmed_outage_is_dated_back_to_its_first_failure() -> None:
    _, transitions = see(Health(), Word.UP, Word.DOWN, Word.DOWN)

    assert transitions[-1] == Transition(Verdict.DOWN, 110.0)


def test_a_single_blip_leaves_no_trace() -> None:
    health, transitions = see(Health(), Word.UP, Word.DOWN, Word.UP, Word.DOWN, Word.UP)

    assert health.verdict is Verdict.UP
    assert not health.suspicious
    assert [transition.verdict for transition in transitions] == [Verdict.UP]


def test_recovery_has_to_be_confirmed_too() -> None:
    down, _ = see(Health(), Word.UP, Word.DOWN, Word.DOWN)

    once, none = see(down, Word.UP, start=130.0)
    twice, transitions = see(down, Word.UP, Word.UP, start=130.0)

    assert once.verdict is Verdict.DOWN
    assert none == []
    assert twice.verdict is Verdict.UP
    assert transitions == [Transition(Verdict.UP, 130.0)]


def test_a_run_of_slow_and_failing_checks_is_believed_as_what_is_nearer() -> None:
    health, _ = see(Health(), Word.UP, Word.DEGRADED, Word.DOWN)

    assert health.verdict is Verdict.DEGRADED


def test_no_confirmation_means_at_once() -> None:
    sudden = Tolerance(confirm_down=0, confirm_up=0, fresh_for=30.0)

    _, transitions = see(Health(), Word.UP, Word.DOWN, Word.UP, tolerance=sudden)

    assert [t.verdict for t in transitions] == [Verdict.UP, Verdict.DOWN, Verdict.UP]


def test_our_own_trouble_is_never_the_targets() -> None:
    health, transitions = see(Health(), Word.UP, *[Word.INCONCLUSIVE] * 2)

    assert health.verdict is Verdict.UP
    assert len(transitions) == 1


def test_evidence_too_old_is_unknown_from_when_it_went_stale_x24() -> None:
    known, _ = see(Health(), Word.UP)

    forgotten, transitions = expire(known, now=131.0, tolerance=SURE)

    assert forgotten.verdict is Verdict.UNKNOWN
    assert transitions == [Transition(Verdict.UNKNOWN, 130.0)]
    assert expire(known, now=129.9, tolerance=SURE) == (known, [])


def test_a_gap_that_nobody_noticed_is_told_before_the_new_answer() -> None:
    known, _ = see(Health(), Word.UP)

    _, transitions = observe(known, Word.UP, at=500.0, tolerance=SURE)

    assert transitions == [Transition(Verdict.UNKNOWN, 130.0), Transition(Verdict.UP, 500.0)]


@given(
    st.lists(st.sampled_from(list(Word)), max_size=40),
    st.integers(0, 3),
    st.integers(0, 3),
)
def test_transitions_always_change_something_and_never_go_back_in_time(
    words: list[Word], confirm_down: int, confirm_up: int
) -> None:
    tolerance = Tolerance(confirm_down, confirm_up, fresh_for=30.0)

    health, transitions = see(Health(), *words, tolerance=tolerance)

    verdicts = [Verdict.UNKNOWN, *(transition.verdict for transition in transitions)]
    assert all(one is not other for one, other in pairwise(verdicts))
    assert [t.since for t in transitions] == sorted(t.since for t in transitions)
    assert health.verdict is verdicts[-1]
