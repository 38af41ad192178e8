"""What it takes to change a monitor's mind."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.status import Verdict
from monitors.probing.base import ProbeStatus
from monitors.rules import flapping
from monitors.rules.check_state import (
    FRESH_INTERVALS,
    CheckState,
    Tolerance,
    Transition,
    observe,
)

WINDOW = flapping.window_of(10.0)
SURE = Tolerance(confirm_down=1, confirm_up=1, fresh_for=30.0, flapping_window=WINDOW)


def see(
    health: CheckState, *words: ProbeStatus, tolerance: Tolerance = SURE, start: float = 100.0
) -> tuple[CheckState, list[Transition]]:
    """Let one word come in every ten seconds."""
    transitions: list[Transition] = []
    for number, word in enumerate(words):
        health, new = observe(health, word, at=start + 10 * number, tolerance=tolerance)
        transitions += new
    return health, transitions


def test_the_first_good_answer_is_believed_at_once() -> None:
    health, transitions = see(CheckState(), ProbeStatus.UP)

    assert health.verdict is Verdict.UP
    assert transitions == [Transition(Verdict.UP, 100.0)]


def test_a_check_that_was_never_made_is_known_nothing_of() -> None:
    nothing = CheckState()

    assert nothing == CheckState(
        verdict=Verdict.UNKNOWN, since=0.0, checked=None, run=0, run_verdict=None,
        run_since=None, turns=0, beneath=None, beneath_since=0.0,
    )  # fmt: skip
    assert not nothing.suspicious
    assert not nothing.flapping


@pytest.mark.parametrize(
    ("word", "verdict"),
    [(ProbeStatus.DEGRADED, Verdict.DEGRADED), (ProbeStatus.DOWN, Verdict.DOWN)],
)
def test_the_first_bad_answer_has_to_be_confirmed(word: ProbeStatus, verdict: Verdict) -> None:
    once, none = see(CheckState(), word)
    twice, transitions = see(CheckState(), word, word)

    assert (once.verdict, none) == (Verdict.UNKNOWN, [])
    assert once.suspicious
    assert twice.verdict is verdict
    assert transitions == [Transition(verdict, 100.0)]


def test_one_failure_is_only_a_suspicion() -> None:
    health, transitions = see(CheckState(), ProbeStatus.UP, ProbeStatus.DOWN)

    assert health.verdict is Verdict.UP
    assert health.suspicious
    assert len(transitions) == 1


def test_a_confirmed_outage_is_dated_back_to_its_first_failure() -> None:
    _, transitions = see(CheckState(), ProbeStatus.UP, ProbeStatus.DOWN, ProbeStatus.DOWN)

    assert transitions[-1] == Transition(Verdict.DOWN, 110.0)


def test_a_single_blip_leaves_no_trace() -> None:
    health, transitions = see(
        CheckState(),
        ProbeStatus.UP,
        ProbeStatus.DOWN,
        ProbeStatus.UP,
        ProbeStatus.DOWN,
        ProbeStatus.UP,
    )

    assert health.verdict is Verdict.UP
    assert not health.suspicious
    assert [transition.verdict for transition in transitions] == [Verdict.UP]


def test_recovery_has_to_be_confirmed_too() -> None:
    down, _ = see(CheckState(), ProbeStatus.UP, ProbeStatus.DOWN, ProbeStatus.DOWN)

    once, none = see(down, ProbeStatus.UP, start=130.0)
    twice, transitions = see(down, ProbeStatus.UP, ProbeStatus.UP, start=130.0)

    assert once.verdict is Verdict.DOWN
    assert none == []
    assert twice.verdict is Verdict.UP
    assert transitions == [Transition(Verdict.UP, 130.0)]


def test_a_run_of_slow_and_failing_checks_is_believed_as_what_is_nearer() -> None:
    health, _ = see(CheckState(), ProbeStatus.UP, ProbeStatus.DEGRADED, ProbeStatus.DOWN)

    assert health.verdict is Verdict.DEGRADED


@pytest.mark.parametrize(
    "words", [(ProbeStatus.DEGRADED, ProbeStatus.UP), (ProbeStatus.UP, ProbeStatus.DEGRADED)]
)
def test_a_recovery_by_way_of_slow_answers_is_to_slow_first(words: tuple[ProbeStatus, ...]) -> None:
    down, _ = see(CheckState(), ProbeStatus.DOWN, ProbeStatus.DOWN)

    health, transitions = see(down, *words, start=120.0)

    assert health.verdict is Verdict.DEGRADED
    assert transitions == [Transition(Verdict.DEGRADED, 120.0)]


def test_worse_and_better_do_not_confirm_each_other() -> None:
    slow, _ = see(CheckState(), ProbeStatus.DEGRADED, ProbeStatus.DEGRADED)

    mixed, none = see(slow, ProbeStatus.DOWN, ProbeStatus.UP, start=120.0)
    well, transitions = see(mixed, ProbeStatus.UP, start=140.0)

    assert (mixed.verdict, mixed.run, none) == (Verdict.DEGRADED, 1, [])
    assert well.verdict is Verdict.UP
    assert transitions == [Transition(Verdict.UP, 130.0)]


def test_a_check_that_agrees_leaves_no_suspicion() -> None:
    health, _ = see(CheckState(), ProbeStatus.UP, ProbeStatus.DOWN, ProbeStatus.UP)

    assert health == CheckState(Verdict.UP, since=100.0, checked=120.0)


def test_no_confirmation_means_at_once() -> None:
    sudden = replace(SURE, confirm_down=0, confirm_up=0)

    _, transitions = see(
        CheckState(), ProbeStatus.UP, ProbeStatus.DOWN, ProbeStatus.UP, tolerance=sudden
    )

    assert [t.verdict for t in transitions] == [Verdict.UP, Verdict.DOWN, Verdict.UP]


def test_our_own_trouble_is_never_the_targets() -> None:
    health, transitions = see(CheckState(), ProbeStatus.UP, *[ProbeStatus.INCONCLUSIVE] * 2)

    assert health.verdict is Verdict.UP
    assert len(transitions) == 1


def test_a_check_that_comes_late_contradicts_nothing_f_o4() -> None:
    known, _ = see(CheckState(), ProbeStatus.UP)

    late, transitions = observe(known, ProbeStatus.UP, at=5_000.0, tolerance=SURE)

    assert transitions == []
    assert (late.verdict, late.since) == (known.verdict, known.since)


def test_what_was_seen_before_a_gap_and_after_it_was_not_seen_in_a_row_f_o4() -> None:
    """Else an outage of an hour comes of two failures and our own absence between them."""
    suspicious, _ = see(CheckState(), ProbeStatus.UP, ProbeStatus.DOWN)

    again, transitions = observe(suspicious, ProbeStatus.DOWN, at=5_000.0, tolerance=SURE)

    assert transitions == []
    assert (again.run, again.run_since) == (1, 5_000.0)
    for late, seen in ((29.9, 1), (30.0, 0)):
        assert len(see(suspicious, ProbeStatus.DOWN, start=110.0 + late)[1]) == seen


def test_x24_evidence_lasts_three_intervals() -> None:
    assert FRESH_INTERVALS == 3


@given(
    st.lists(st.sampled_from(list(ProbeStatus)), max_size=40),
    st.integers(0, 3),
    st.integers(0, 3),
)
def test_transitions_always_change_something_and_never_go_back_in_time(
    words: list[ProbeStatus], confirm_down: int, confirm_up: int
) -> None:
    tolerance = Tolerance(confirm_down, confirm_up, 30.0, WINDOW)

    health, transitions = see(CheckState(), *words, tolerance=tolerance)

    announced = [(Verdict.UNKNOWN, False), *((each.verdict, each.flapping) for each in transitions)]
    assert all(one != other for one, other in pairwise(announced))
    assert [t.since for t in transitions] == sorted(t.since for t in transitions)
    assert (health.verdict, health.flapping) == announced[-1]
    assert all(transition.since <= 100.0 + 10 * len(words) for transition in transitions)
