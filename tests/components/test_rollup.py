"""Component status and overall status, as the contracts' tables and as properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.rollup import (
    Declaration,
    Evidence,
    Member,
    MonitorVote,
    by_quorum,
    component_status,
    is_run_by_hand,
    measured_status,
    overall_status,
)
from components.status import Status, Verdict

UP, DEGRADED, DOWN, UNKNOWN = Verdict.UP, Verdict.DEGRADED, Verdict.DOWN, Verdict.UNKNOWN
statuses = st.sampled_from(list(Status))
verdicts = st.sampled_from(list(Verdict))


def votes(*verdicts: Verdict) -> tuple[MonitorVote, ...]:
    return tuple(MonitorVote(f"m{n}", "global", verdict) for n, verdict in enumerate(verdicts))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ((), Status.OPERATIONAL),
        ((UP,), Status.OPERATIONAL),
        ((DEGRADED,), Status.DEGRADED),
        ((DOWN,), Status.MAJOR_OUTAGE),
        ((UNKNOWN,), Status.UNKNOWN),
        ((UP, UP), Status.OPERATIONAL),
        ((UP, DOWN), Status.PARTIAL_OUTAGE),
        ((UNKNOWN, DOWN), Status.PARTIAL_OUTAGE),
        ((DOWN, DOWN), Status.MAJOR_OUTAGE),
        ((UP, DEGRADED), Status.DEGRADED),
        ((UP, UNKNOWN), Status.OPERATIONAL),
        ((UNKNOWN, UNKNOWN), Status.UNKNOWN),
        ((DEGRADED, DOWN, UP), Status.PARTIAL_OUTAGE),
    ],
)
def test_monitors_speak_as_rule_4_and_5_say(seen: tuple[Verdict, ...], expected: Status) -> None:
    assert component_status(Evidence(votes=votes(*seen))).status is expected


def test_an_override_beats_window_incident_and_monitors() -> None:
    evidence = Evidence(
        override=Status.OPERATIONAL,
        override_note="false alarm",
        windows=("Upgrade",),
        declarations=(Declaration("Fire", Status.MAJOR_OUTAGE),),
        votes=votes(DOWN),
    )

    derived = component_status(evidence)

    assert derived.status is Status.OPERATIONAL
    assert derived.reasons[0].text == "Set manually to Operational: false alarm."


def test_a_window_in_progress_covers_what_monitors_say_of_its_component() -> None:
    derived = component_status(Evidence(windows=("Upgrade",), votes=votes(DOWN)))

    assert derived.status is Status.MAINTENANCE
    assert "Upgrade" in derived.reasons[0].text


def test_the_worst_of_incident_and_monitors_holds_and_both_are_reasons() -> None:
    evidence = Evidence(declarations=(Declaration("Slow", Status.DEGRADED),), votes=votes(DOWN))

    derived = component_status(evidence)

    assert derived.status is Status.MAJOR_OUTAGE
    assert [reason.rule for reason in derived.reasons] == ["incident", "monitors"]


@given(st.lists(verdicts, max_size=6), st.lists(statuses, max_size=3), st.none() | statuses)
def test_every_status_has_a_reason_of_that_status(
    seen: list[Verdict], declared: list[Status], override: Status | None
) -> None:
    derived = component_status(
        Evidence(
            override=override,
            declarations=tuple(Declaration("i", status) for status in declared),
            votes=votes(*seen),
        )
    )

    assert derived.status in [reason.status for reason in derived.reasons]


@given(st.lists(verdicts, min_size=1, max_size=6))
def test_a_monitor_that_gets_worse_never_makes_the_component_better(seen: list[Verdict]) -> None:
    before = component_status(Evidence(votes=votes(*seen))).status
    after = component_status(Evidence(votes=votes(DOWN, *seen[1:]))).status

    assert after.rank >= before.rank


def members(*statuses: Status, critical: bool = False, counts: bool = True) -> list[Member]:
    return [Member(f"c{n}", status, counts, critical) for n, status in enumerate(statuses)]


O, D, P, M, W, U = (  # noqa: E741
    Status.OPERATIONAL,
    Status.DEGRADED,
    Status.PARTIAL_OUTAGE,
    Status.MAJOR_OUTAGE,
    Status.MAINTENANCE,
    Status.UNKNOWN,
)


@pytest.mark.parametrize(
    ("given_members", "window", "expected"),
    [
        # X07a and rule 1
        ([], False, O),
        (members(O, O), False, O),
        (members(M, counts=False), False, O),
        # X07b and rule 4
        (members(O, D), False, D),
        (members(O, U), False, D),
        # X07c and rule 3
        (members(O, P), False, P),
        (members(O, M), False, P),
        (members(M, M, O), False, P),
        # X07d and rule 2
        (members(M, M, O, critical=True), False, M),
        (members(M), False, M),
        (members(M, M), False, M),
        # X07e and rule 5; C7: maintenance masks nothing
        (members(O, W), True, W),
        (members(O, O), True, W),
        (members(D, W), True, D),
        (members(M, W), True, P),
    ],
)
def test_overall_follows_the_five_levels_x07(
    given_members: list[Member], window: bool, expected: Status
) -> None:
    """C5: it is not simply the worst of all."""
    assert overall_status(given_members, window_in_progress=window).status is expected


@given(st.lists(st.tuples(statuses, st.booleans(), st.booleans()), max_size=6), st.booleans())
def test_overall_is_one_of_five_levels_and_names_no_component_that_does_not_count(
    drawn: list[tuple[Status, bool, bool]], window: bool
) -> None:
    drawn_members = [
        Member(f"name-{n}-", status, counts, critical)
        for n, (status, counts, critical) in enumerate(drawn)
    ]

    derived = overall_status(drawn_members, window_in_progress=window)

    assert derived.status is not Status.UNKNOWN
    silent = [member.name for member in drawn_members if not member.counts]
    assert not any(name in derived.reasons[0].text for name in silent)


@pytest.mark.parametrize(
    ("seen", "quorum", "expected"),
    [
        ((DOWN, UP, UP), 1, DOWN),
        ((DOWN, UP, UP), 2, UP),
        ((DOWN, DOWN, UP), 2, DOWN),
        ((DOWN, DEGRADED, UP), 2, DEGRADED),
        ((DOWN, UNKNOWN, UP), 2, UP),
        ((DOWN, UNKNOWN, UNKNOWN), 2, UNKNOWN),
        ((UNKNOWN, UNKNOWN), 1, UNKNOWN),
        ((DOWN,), 3, DOWN),
        ((UP,), 3, UP),
    ],
)
def test_as_many_regions_as_the_quorum_asks_for_must_agree(
    seen: tuple[Verdict, ...], quorum: int, expected: Verdict
) -> None:
    assert by_quorum(votes(*seen), quorum).verdict is expected


@given(st.lists(verdicts, min_size=1, max_size=8), st.integers(1, 10), verdicts)
def test_a_quorum_is_down_exactly_when_enough_are_and_one_more_never_mends_it(
    seen: list[Verdict], quorum: int, more: Verdict
) -> None:
    together = by_quorum(votes(*seen), quorum)

    enough = seen.count(DOWN) >= min(quorum, len(seen))
    assert (together.verdict is DOWN) is enough
    if quorum <= len(seen) and enough:
        assert by_quorum(votes(*seen, more), quorum).verdict is DOWN
    assert together.verdict in seen


def test_a_component_counts_and_is_not_critical_unless_told() -> None:
    assert overall_status([Member("a", M), Member("b", M), Member("c", O)],
                          window_in_progress=False).status is P  # fmt: skip
    assert overall_status([Member("a", M)], window_in_progress=False).status is M


@pytest.mark.parametrize(
    ("evidence", "measured", "by_hand"),
    [
        (Evidence(), None, True),
        (Evidence(votes=votes(UP)), O, False),
        (Evidence(votes=votes(UP, DOWN)), P, False),
        (Evidence(votes=votes(UNKNOWN)), U, False),
        (Evidence(windows=("Upgrade",), votes=votes(DOWN)), W, False),
        (Evidence(windows=("Upgrade",)), W, True),
        # What people say is no part of it, and who is paused is watched.
        (Evidence(override=M, declarations=(Declaration("Fire", M),)), None, True),
        (Evidence(paused=("Slow one",)), None, False),
        (Evidence(votes=votes(UP), paused=("Slow one",)), O, False),
    ],
)
def test_measured_is_what_monitors_and_windows_say_f_t15(
    evidence: Evidence, measured: Status | None, by_hand: bool
) -> None:
    assert measured_status(evidence) is measured
    assert is_run_by_hand(evidence) is by_hand


def test_what_is_retired_is_unknown_whatever_else_is_known_of_it_and_is_not_run_by_hand() -> None:
    retired = Evidence(retired=True, override=Status.DEGRADED, votes=votes(DOWN), windows=("Move",))

    told = component_status(retired)

    assert told.status is Status.UNKNOWN
    assert [(each.rule, each.text) for each in told.reasons] == [
        ("retired", "Retired: it is off the page and not watched.")
    ]
    assert measured_status(retired) is None
    assert not is_run_by_hand(Evidence(retired=True))
    assert is_run_by_hand(Evidence())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(UP, Status.MAINTENANCE)], Status.MAINTENANCE),
        ([(UP, None), (UP, Status.MAINTENANCE)], Status.MAINTENANCE),
        ([(DEGRADED, None), (UP, Status.MAINTENANCE)], Status.DEGRADED),
        ([(DOWN, Status.PARTIAL_OUTAGE)], Status.PARTIAL_OUTAGE),
        ([(DOWN, Status.PARTIAL_OUTAGE)] * 2, Status.PARTIAL_OUTAGE),
        ([(DOWN, Status.PARTIAL_OUTAGE), (DOWN, None)], Status.MAJOR_OUTAGE),
        ([(UNKNOWN, None), (UP, Status.MAINTENANCE)], Status.MAINTENANCE),
    ],
)
def test_p05_what_targets_state_of_themselves_is_told_as_they_say_it(
    said: list[tuple[Verdict, Status | None]], expected: Status
) -> None:
    stated = tuple(MonitorVote("m", "global", verdict, "", word) for verdict, word in said)

    assert component_status(Evidence(votes=stated)).status is expected
    assert measured_status(Evidence(votes=stated)) is expected


@pytest.mark.parametrize(
    ("verdict", "word"), [(UP, Status.MAINTENANCE), (DOWN, Status.PARTIAL_OUTAGE)]
)
def test_p05_regions_that_agree_pass_on_what_was_stated(verdict: Verdict, word: Status) -> None:
    regions = [MonitorVote("m", region, verdict, "Disks", word) for region in ("eu", "us")]

    assert by_quorum(regions, 2).stated is word
    assert by_quorum([MonitorVote("m", "eu", verdict)], 1).stated is None
