"""The state of a check that goes back and forth."""

from dataclasses import replace

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
from tests.monitors.rules.test_check_state import SURE, WINDOW, see

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
