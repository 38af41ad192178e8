"""The reasons that a status gives."""

from dataclasses import replace

import pytest

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
from components.status import Status
from tests.components.test_rollup import DOWN, UNKNOWN, UP, D, M, O, P, U, W, members, votes


def test_a_quorum_says_what_the_regions_said() -> None:
    regions = (
        MonitorVote("Shop", "eu", DOWN, "answers 503"),
        MonitorVote("Shop", "us", UP),
        MonitorVote("Shop", "ap", DOWN, "timed out"),
    )

    derived = component_status(Evidence(votes=(by_quorum(regions, 2),)))

    assert derived.status is Status.MAJOR_OUTAGE
    assert derived.reasons[0].text == (
        "Monitor “Shop” says down from 3 regions: "
        "answers 503 (1 up, 2 down; 2 must agree that it is down)."
    )


def test_a_paused_monitor_does_not_count_and_the_reasons_say_so() -> None:
    derived = component_status(Evidence(votes=votes(UP), paused=("Slow one",)))

    assert derived.status is Status.OPERATIONAL
    assert derived.reasons[-1].text == "Paused, so it does not count: “Slow one”."


def text_of(*votes: MonitorVote) -> str:
    return component_status(Evidence(votes=votes)).reasons[-1].text


def test_the_reason_of_one_vote_is_what_it_said() -> None:
    said = MonitorVote("Shop", "eu", DOWN, "answers 503")

    assert text_of(said) == "Monitor “Shop” says down from eu: answers 503."
    assert text_of(MonitorVote("Shop", "eu", UP)) == "Monitor “Shop” says up from eu."


def test_the_reason_of_several_votes_counts_them_and_names_those_that_are_not_up() -> None:
    assert text_of(*votes(UP, UP)) == "Of 2 monitors and regions, 2 up."
    assert text_of(
        MonitorVote("Shop", "eu", UP, "answers 200"),
        MonitorVote("Shop", "us", DOWN, "answers 503"),
        MonitorVote("Mail", "us", UNKNOWN),
    ) == (
        "Of 3 monitors and regions, 1 up, 1 down, 1 unknown: "
        "“Shop” from us (answers 503), “Mail” from us."
    )


@pytest.mark.parametrize(("bad", "more"), [(5, ""), (6, " and 1 more"), (8, " and 3 more")])
def test_five_that_are_not_up_are_named_and_the_rest_counted(bad: int, more: str) -> None:
    text = text_of(*votes(*[DOWN] * bad))

    named = ", ".join(f"“m{number}” from global" for number in range(5))
    assert text == f"Of {bad} monitors and regions, {bad} down: {named}{more}."


def test_an_override_without_a_note_and_with_one() -> None:
    plain = component_status(Evidence(override=Status.DEGRADED))
    noted = component_status(Evidence(override=Status.DEGRADED, override_note="slow disks"))

    assert [reason.text for reason in plain.reasons] == ["Set manually to Degraded."]
    assert [reason.text for reason in noted.reasons] == ["Set manually to Degraded: slow disks."]


def test_each_window_and_each_incident_is_a_reason() -> None:
    windows = component_status(Evidence(windows=("Upgrade", "Move")))
    incidents = component_status(
        Evidence(
            declarations=(
                Declaration("Slow", Status.DEGRADED),
                Declaration("Fire", Status.MAJOR_OUTAGE),
            )
        )
    )

    assert [reason.text for reason in windows.reasons] == [
        "Maintenance in progress: Upgrade.",
        "Maintenance in progress: Move.",
    ]
    assert incidents.status is Status.MAJOR_OUTAGE
    assert [reason.text for reason in incidents.reasons] == [
        "Incident “Slow” declares Degraded.",
        "Incident “Fire” declares Major Outage.",
    ]


def test_a_component_whose_monitors_await_their_start_is_unknown_f_t16() -> None:
    """Nobody has said or seen anything of it, so it is not said to be operational."""
    waiting = Evidence(paused=("One",), awaits_start=True)
    derived = component_status(waiting)

    assert derived.status is Status.UNKNOWN
    assert [reason.text for reason in derived.reasons] == [
        "No monitor has been started yet.",
        "Paused, so it does not count: “One”.",
    ]
    assert component_status(replace(waiting, votes=votes(UP))).status is Status.OPERATIONAL
    assert component_status(replace(waiting, override=Status.DEGRADED)).status is Status.DEGRADED
    assert measured_status(waiting) is None
    assert not is_run_by_hand(waiting)


def test_what_is_paused_is_named_beside_whatever_else_is_known() -> None:
    alone = component_status(Evidence(paused=("One", "Two")))
    declared = component_status(
        Evidence(declarations=(Declaration("Fire", Status.MAJOR_OUTAGE),), paused=("One",))
    )

    assert [reason.rule for reason in alone.reasons][-1] == "paused"
    assert alone.reasons[-1].text == "Paused, so it does not count: “One”, “Two”."
    assert [reason.rule for reason in declared.reasons] == ["incident", "paused"]
    assert declared.status is Status.MAJOR_OUTAGE


def test_a_joint_vote_is_of_the_monitor_and_says_who_must_agree() -> None:
    joint = by_quorum(
        (
            MonitorVote("Shop", "eu", UP, "answers 200"),
            MonitorVote("Shop", "us", DOWN),
            MonitorVote("Shop", "ap", DOWN, "timed out"),
        ),
        2,
    )
    silent = by_quorum(votes(UNKNOWN, UNKNOWN, UNKNOWN), 5)

    # The first of those that say so and give a reason.
    assert joint == MonitorVote(
        "Shop", "3 regions", DOWN, "timed out (1 up, 2 down; 2 must agree that it is down)"
    )
    assert silent == MonitorVote(
        "m0", "3 regions", UNKNOWN, "3 unknown; 3 must agree that it is down"
    )


def reason_of(given_members: list[Member], *, window: bool = False) -> tuple[str, str]:
    (reason,) = overall_status(given_members, window_in_progress=window).reasons
    return reason.rule, reason.text


def test_the_reason_of_the_overall_status_names_whom_it_follows() -> None:
    apart = [Member("a", O), Member("b", P), Member("c", M, critical=True), Member("d", D)]

    assert reason_of(apart) == ("components", "Partial Outage: an outage: b, c.")
    assert reason_of(members(O, D, U)) == (
        "components", "Degraded: degraded or without recent data: c1, c2.",
    )  # fmt: skip
    assert reason_of(members(M, M)) == (
        "components", "Major Outage: every component that counts: c0, c1.",
    )  # fmt: skip
    assert reason_of([*members(M, M, critical=True), Member("x", M)]) == (
        "components", "Major Outage: several critical components: c0, c1.",
    )  # fmt: skip
    assert reason_of(members(O, W), window=True) == ("maintenance", "Maintenance is in progress.")
    assert reason_of(members(O)) == ("fine", "Every component that counts is operational.")
    assert reason_of(members(M, counts=False)) == ("none", "No component counts.")


def test_one_critical_component_is_not_several() -> None:
    one = [*members(M, critical=True), *members(M, O)]

    assert overall_status(one, window_in_progress=False).status is P
