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


BOUNCING = [ProbeStatus.DOWN, ProbeStatus.DOWN, ProbeStatus.UP]
"""Confirmed down after one further check, up again at once."""
QUICK = replace(SURE, confirm_up=0)


def test_a_target_that_bounces_is_told_once_as_flapping_and_once_as_steady() -> None:
    health, transitions = see(CheckState(), ProbeStatus.UP, *BOUNCING * 200, tolerance=QUICK)

    assert health.verdict is Verdict.DOWN
    assert health.flapping
    assert [(each.verdict, each.flapping) for each in transitions] == [
        (Verdict.UP, False),
        (Verdict.DOWN, False),
        (Verdict.UP, False),
        (Verdict.DOWN, False),
        (Verdict.DOWN, True),
    ]

    steady, ended = see(health, *[ProbeStatus.UP] * 30, tolerance=QUICK, start=100.0 + 10 * 601)

    assert steady.verdict is Verdict.UP
    assert not steady.flapping
    # Its last change was the last answer of the bouncing: that is when it became steady.
    assert ended == [Transition(Verdict.UP, 100.0 + 10 * 600)]
    assert (steady.since, steady.beneath_since) == (100.0 + 10 * 600, 0.0)


def test_a_flapping_target_that_stays_down_goes_on_being_down() -> None:
    bouncing, _ = see(CheckState(), ProbeStatus.UP, *BOUNCING * 5, tolerance=QUICK)

    health, transitions = see(bouncing, *[ProbeStatus.DOWN] * 30, tolerance=QUICK, start=270.0)

    assert health.verdict is Verdict.DOWN
    assert [(each.verdict, each.flapping) for each in transitions] == [(Verdict.DOWN, False)]
    # It has been down since flapping began, whatever it settled on since.
    assert health.since == bouncing.since < transitions[0].since


def test_flapping_between_slow_and_well_is_not_called_down() -> None:
    health, _ = see(
        CheckState(),
        ProbeStatus.UP,
        *[ProbeStatus.DEGRADED, ProbeStatus.DEGRADED, ProbeStatus.UP] * 10,
        tolerance=QUICK,
    )

    assert health.flapping
    assert health.verdict is Verdict.DEGRADED


def test_two_outages_a_good_while_apart_are_two_outages() -> None:
    outage = [*[ProbeStatus.UP] * 20, ProbeStatus.DOWN, ProbeStatus.DOWN]

    health, transitions = see(CheckState(), *outage * 5, tolerance=QUICK)

    assert not health.flapping
    assert len(transitions) == 10


def test_unconfirmed_blips_are_not_flapping() -> None:
    health, transitions = see(
        CheckState(), ProbeStatus.UP, *[ProbeStatus.DOWN, ProbeStatus.UP] * 50
    )

    assert not health.flapping
    assert len(transitions) == 1


words = st.lists(st.sampled_from(list(ProbeStatus)), max_size=90)
tolerances = st.builds(
    Tolerance, st.integers(0, 3), st.integers(0, 3), st.just(10_000.0), st.just(WINDOW)
)


@given(words, tolerances)
def test_however_it_bounces_few_transitions_come_of_it(
    seen: list[ProbeStatus], tolerance: Tolerance
) -> None:
    health, times = CheckState(), []
    for number, word in enumerate(seen):
        health, new = observe(health, word, at=10.0 * number, tolerance=tolerance)
        times += [number] * len(new)

    # A fifth of the checks at most, and a handful more where flapping begins and ends.
    for first in range(len(seen)):
        within = [number for number in times if first <= number < first + 20]
        assert len(within) <= 7


@given(words, tolerances)
def test_nothing_is_ever_confirmed_by_a_check_that_says_nothing(
    seen: list[ProbeStatus], tolerance: Tolerance
) -> None:
    health = CheckState()
    for number, word in enumerate(seen):
        after, transitions = observe(health, word, at=10.0 * number, tolerance=tolerance)
        if word not in (ProbeStatus.UP, ProbeStatus.DEGRADED, ProbeStatus.DOWN):
            assert (after, transitions) == (health, [])
        health = after


@given(words, tolerances)
def test_leaving_out_what_says_nothing_leads_to_the_same_belief(
    seen: list[ProbeStatus], tolerance: Tolerance
) -> None:
    telling = [
        word for word in seen if word in (ProbeStatus.UP, ProbeStatus.DEGRADED, ProbeStatus.DOWN)
    ]

    one, _ = see(CheckState(), *seen, tolerance=tolerance)
    other, _ = see(CheckState(), *telling, tolerance=tolerance)

    assert (one.verdict, one.flapping, one.run) == (other.verdict, other.flapping, other.run)


@given(words, tolerances)
def test_down_is_never_said_without_enough_failing_checks_in_a_row(
    seen: list[ProbeStatus], tolerance: Tolerance
) -> None:
    health, failing, longest = CheckState(), 0, 0
    for number, word in enumerate(seen):
        health, _ = observe(health, word, at=10.0 * number, tolerance=tolerance)
        if word in (ProbeStatus.DOWN, ProbeStatus.DEGRADED):
            failing += 1
        elif word is ProbeStatus.UP:
            failing = 0
        longest = max(longest, failing)
        if health.verdict is Verdict.DOWN:
            assert longest > tolerance.confirm_down


def test_a_few_changes_over_days_are_not_flapping_f_t3() -> None:
    """What is asked every hour and changes each time changes once an hour."""
    hourly = Tolerance(0, 0, 3 * 3_600.0, flapping.window_of(3_600.0))

    health, transitions = CheckState(), []
    for number in range(50):
        word = ProbeStatus.DOWN if number % 2 else ProbeStatus.UP
        health, new = observe(health, word, at=3_600.0 * number, tolerance=hourly)
        transitions += new

    assert not health.flapping
    assert len(transitions) == 50


def test_flapping_ends_with_time_however_few_checks_there_were_f_t3() -> None:
    """Ten minutes' interval: half an hour without a change, not ten checks in a row."""
    slow = Tolerance(0, 0, 1_800.0, flapping.window_of(600.0))
    health = CheckState()
    for number in range(6):
        word = ProbeStatus.DOWN if number % 2 else ProbeStatus.UP
        health, _ = observe(health, word, at=600.0 * number, tolerance=slow)
    assert health.flapping

    for number in range(6, 10):
        health, _ = observe(health, ProbeStatus.UP, at=600.0 * number, tolerance=slow)

    assert not health.flapping
    assert health.verdict is Verdict.UP


conclusive = st.sampled_from([ProbeStatus.UP, ProbeStatus.DEGRADED, ProbeStatus.DOWN])
paced = st.lists(st.tuples(conclusive, st.floats(0.5, 5_000)), max_size=60)


@given(paced, st.floats(1, 86_400))
def test_it_flaps_only_by_four_changes_within_a_window_and_stops_half_a_window_later_f_t3(
    seen: list[tuple[ProbeStatus, float]], interval: float
) -> None:
    window = flapping.window_of(interval)
    tolerance = Tolerance(0, 0, 1e9, window)
    health, now, turned = CheckState(), 1e9, list[float]()
    for word, pause in seen:
        now += pause
        before = health
        health, _ = observe(before, word, at=now, tolerance=tolerance)
        believed = before.beneath or before.verdict
        if believed not in (Verdict.UNKNOWN, health.beneath or health.verdict):
            turned.append(now)
        if health.flapping and not before.flapping:
            assert len([one for one in turned if now - one < window]) >= 4
        if health.flapping:
            assert now - turned[-1] < window / 2
        if not turned or now - turned[-1] >= window / 2:
            assert health.verdict.value == word.value


@given(paced)
def test_who_reports_by_itself_is_taken_at_its_word_f_t3(
    seen: list[tuple[ProbeStatus, float]],
) -> None:
    """One good ping after a repaired job is up, whatever went before."""
    word_of = Tolerance(0, 0, float("inf"), None)
    health, now = CheckState(), 0.0
    for word, pause in seen:
        now += pause
        health, _ = observe(health, word, at=now, tolerance=word_of)
        assert health.verdict.value == word.value
        assert not health.flapping


def test_a_kind_that_flaps_no_more_is_believed_with_the_next_report_f_t3() -> None:
    """A store of an earlier release may hold a nightly job back as flapping."""
    held = CheckState(
        Verdict.DOWN, since=1.0, checked=100.0, turns=0b1111, beneath=Verdict.UP, beneath_since=90.0
    )

    health, transitions = observe(
        held, ProbeStatus.UP, at=200.0, tolerance=Tolerance(0, 0, float("inf"), None)
    )

    assert (health.verdict, health.flapping, health.turns) == (Verdict.UP, False, 0)
    assert transitions == [Transition(Verdict.UP, 90.0)]
