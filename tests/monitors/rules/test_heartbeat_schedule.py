"""When a ping is due and when it is late: tables."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.rules.cron import next_instant
from monitors.rules.heartbeat_schedule import (
    HeartbeatSchedule,
    HeartbeatState,
    IngestGap,
    apply_ping,
    late_at,
    next_ping,
)

MINUTELY = HeartbeatSchedule(grace=10, period=60)


def cron(expression: str, zone: str = "UTC", grace: float = 60) -> HeartbeatSchedule:
    return HeartbeatSchedule(grace, cron=expression, zone=zone)


def at(text: str, zone: str = "UTC", fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def test_a_period_counts_from_the_last_ping() -> None:
    assert next_ping(MINUTELY, after=1_000.0) == 1_060.0
    assert late_at(MINUTELY, HeartbeatState(last=1_000.0)) == 1_070.0


def test_nothing_is_expected_of_one_who_never_called() -> None:
    assert late_at(MINUTELY, HeartbeatState()) is None


@pytest.mark.parametrize(
    ("expression", "zone", "last", "expected"),
    [
        ("30 2 * * *", "UTC", "2026-01-10T02:30:04", "2026-01-11T02:30"),
        ("*/15 * * * *", "UTC", "2026-01-10T02:31", "2026-01-10T02:45"),
        # A clock that is a little ahead pings for the minute that is about to come.
        ("30 2 * * *", "UTC", "2026-01-10T02:29:58", "2026-01-11T02:30"),
        ("30 2 * * *", "UTC", "2026-01-10T02:29:30", "2026-01-10T02:30"),
        ("0 9 * * MON", "Asia/Kathmandu", "2026-01-10T12:00", "2026-01-12T09:00"),
        # Berlin has no 02:30 on 29 March 2026: the run is made when the clock has jumped.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T02:30:10", "2026-03-29T03:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T03:00:10", "2026-03-30T02:30"),
        # New York has 01:30 twice on 1 November 2026: the run is made once.
        ("30 1 * * *", "America/New_York", "2026-10-31T01:30:10", "2026-11-01T01:30"),
        ("30 1 * * *", "America/New_York", "2026-11-01T01:30:10", "2026-11-02T01:30"),
        # Lord Howe moves its clocks by half an hour.
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T02:15:10", "2026-10-04T02:30"),
    ],
)
def test_a_cron_expression_is_read_in_its_zone_r9(
    expression: str, zone: str, last: str, expected: str
) -> None:
    due = next_ping(cron(expression, zone), after=at(last, zone))

    assert due == at(expected, zone)


def test_every_quarter_of_an_hour_goes_on_through_the_hour_that_comes_twice() -> None:
    first = at("2026-10-25T02:45", "Europe/Berlin", fold=0)

    assert next_ping(cron("*/15 * * * *", "Europe/Berlin"), after=first) == first + 900


def test_a_run_that_was_announced_has_to_end_within_the_grace() -> None:
    caller, _ = apply_ping(HeartbeatState(last=1_000.0), "start", at=1_020.0)

    assert late_at(MINUTELY, caller) == 1_030.0


def test_a_run_is_timed_from_its_start_to_its_end() -> None:
    running, none = apply_ping(HeartbeatState(), "start", at=100.0)
    done, seconds = apply_ping(running, "success", at=107.5)

    assert (none, seconds) == (None, 7.5)
    assert done == HeartbeatState(last=107.5)


def test_an_end_without_a_start_has_no_duration() -> None:
    assert apply_ping(HeartbeatState(), "fail", at=5.0) == (HeartbeatState(last=5.0), None)


def test_parallel_runs_are_told_apart_by_their_ids() -> None:
    caller, _ = apply_ping(HeartbeatState(), "start", at=100.0, rid="a")
    caller, _ = apply_ping(caller, "start", at=101.0, rid="b")
    caller, first = apply_ping(caller, "success", at=103.0, rid="b")
    ended, second = apply_ping(caller, "success", at=110.0, rid="a")

    assert (first, second) == (2.0, 10.0)
    assert ended == HeartbeatState(last=110.0)


def test_a_run_that_crashed_is_forgotten_when_a_later_one_ends_well() -> None:
    caller, _ = apply_ping(HeartbeatState(), "start", at=100.0, rid="crashed")
    caller, _ = apply_ping(caller, "start", at=160.0, rid="next")
    caller, _ = apply_ping(caller, "success", at=165.0, rid="next")

    assert late_at(MINUTELY, caller) == 165.0 + 70.0


def test_a_remark_changes_nothing() -> None:
    assert (
        apply_ping(HeartbeatState(last=1.0, run=2.0, runs={"": 2.0}), "log", at=9.0)[0].last == 1.0
    )


def test_starts_without_ends_do_not_pile_up() -> None:
    caller = HeartbeatState()
    for number in range(100):
        caller, _ = apply_ping(caller, "start", at=float(number), rid=str(number))

    assert len(caller.runs) == 20
    assert "99" in caller.runs


@pytest.mark.parametrize(
    ("closure", "late"),
    [
        (IngestGap(900, 990), 1_070.0),  # long over when it called
        (IngestGap(1_005, 1_020), 1_090.0),  # an early ping may have come then: the next is in time
        (IngestGap(1_050, 1_065), 1_135.0),  # its ping may have come to a closed door
        (IngestGap(1_069, 1_300), 1_370.0),
        (IngestGap(1_070, 1_300), 1_070.0),  # it was late before
    ],
)
def test_nobody_is_late_for_what_came_to_a_closed_door(closure: IngestGap, late: float) -> None:
    assert late_at(MINUTELY, HeartbeatState(last=1_000.0), gaps=[closure]) == late


def test_a_cron_run_that_came_to_a_closed_door_is_waited_for_again() -> None:
    rhythm = cron("0 3 * * *")
    caller = HeartbeatState(last=at("2026-01-10T03:00:05"))
    at_night = IngestGap(at("2026-01-11T02:59"), at("2026-01-11T03:20"))
    at_noon = IngestGap(at("2026-01-10T12:00"), at("2026-01-10T13:00"))

    assert late_at(rhythm, caller, gaps=[at_night, at_noon]) == at("2026-01-12T03:01")
    assert late_at(rhythm, caller, gaps=[at_noon]) == at("2026-01-11T03:01")


def test_the_end_of_a_run_may_have_come_to_a_closed_door() -> None:
    caller, _ = apply_ping(HeartbeatState(last=1_000.0), "start", at=1_020.0)

    assert late_at(MINUTELY, caller, gaps=[IngestGap(1_025, 1_028)]) == 1_098.0


def test_the_end_of_a_first_run_that_came_to_a_closed_door_is_not_waited_for_for_ever() -> None:
    caller, _ = apply_ping(HeartbeatState(), "start", at=1_020.0)

    assert late_at(MINUTELY, caller, gaps=[IngestGap(1_025, 1_028)]) == 1_098.0


@settings(deadline=None)
@given(
    period=st.floats(20, 600),
    grace=st.floats(1, 600),
    steps=st.lists(
        st.tuples(st.floats(0.01, 1) | st.just(1.0), st.floats(0, 1)), min_size=1, max_size=40
    ),
    gaps=st.lists(st.tuples(st.floats(0, 5_000), st.floats(3, 900)), max_size=6),
)
def test_who_pings_in_time_is_never_late_however_the_door_was_closed(
    period: float,
    grace: float,
    steps: list[tuple[float, float]],
    gaps: list[tuple[float, float]],
) -> None:
    """Each ping comes within a period of the one before, early or late within the grace."""
    rhythm = HeartbeatSchedule(grace=grace, period=period)
    closed = [IngestGap(began, began + length) for began, length in gaps]
    caller, sent = HeartbeatState(last=0.0), 0.0
    for share, delay in steps:
        sent += share * period + delay * grace * (share == 1)
        if any(one.began <= sent <= one.ended for one in closed):
            continue
        seen = [one for one in closed if one.ended < sent]
        late = late_at(rhythm, caller, gaps=seen)
        assert late is not None
        assert sent <= late + 1e-6
        caller, _ = apply_ping(caller, "success", at=sent)


@settings(deadline=None)
@given(
    expression=st.sampled_from(["0 3 * * *", "*/15 * * * *", "30 2 * * *", "@hourly"]),
    zone=st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "Antarctica/Troll", "UTC"]),
    begin=st.floats(1_770_000_000, 1_800_000_000),
    gaps=st.lists(st.tuples(st.floats(0, 2e5), st.floats(3, 2e4)), max_size=4),
    delays=st.lists(st.floats(-4, 60), min_size=20, max_size=20),
)
def test_a_job_that_runs_when_cron_says_is_never_late_however_the_door_was_closed(
    expression: str,
    zone: str,
    begin: float,
    gaps: list[tuple[float, float]],
    delays: list[float],
) -> None:
    rhythm = cron(expression, zone)
    closed = [IngestGap(begin + at, begin + at + length) for at, length in gaps]
    caller, run = HeartbeatState(last=begin), begin
    for delay in delays:
        run = next_instant(expression, zone, after=run + 5)
        sent = run + delay
        if any(one.began <= sent <= one.ended for one in closed):
            continue
        late = late_at(rhythm, caller, gaps=[one for one in closed if one.ended < sent])
        assert late is not None
        assert sent <= late
        caller, _ = apply_ping(caller, "success", at=sent)


@settings(deadline=None)
@given(
    schedule=st.one_of(
        st.builds(HeartbeatSchedule, st.floats(1, 1e5), st.floats(1, 1e6)),
        st.sampled_from(["30 2 * * *", "*/15 2 * * *", "0 0 * * *"]).map(
            lambda text: cron(text, "Europe/Berlin")
        ),
    ),
    last=st.floats(1_770_000_000, 1_800_000_000),
    gaps=st.lists(st.tuples(st.floats(-1e5, 1e6), st.floats(3, 900)), max_size=4),
)
def test_the_deadline_lies_after_the_good_ping_and_every_gap_only_moves_it_on_f_t2(
    schedule: HeartbeatSchedule, last: float, gaps: list[tuple[float, float]]
) -> None:
    caller = HeartbeatState(last=last)
    late, found = last, []
    for began, length in [(-1e6, 3.0), *gaps]:
        found.append(IngestGap(last + began, last + began + length))
        due = late_at(schedule, caller, gaps=found)
        assert due is not None
        assert due > last
        assert due >= late
        late = due


def test_an_early_ping_may_have_come_to_a_closed_door() -> None:
    """At 0, at 20 while nobody listened, at 80: each within a minute of the one before."""
    caller = HeartbeatState(last=0.0)

    late = late_at(MINUTELY, caller, gaps=[IngestGap(18, 22)])

    assert late is not None
    assert late > 80.0


def test_the_hour_that_comes_twice_has_its_deadline_after_the_ping_f_t2() -> None:
    again = at("2026-10-25T02:10", "Europe/Berlin", fold=1)

    due = next_ping(cron("30 2 * * *", "Europe/Berlin"), after=again)

    assert due == at("2026-10-26T02:30", "Europe/Berlin")


def test_a_ping_counts_for_a_minute_from_five_seconds_before_it() -> None:
    nightly = cron("30 2 * * *")

    assert next_ping(nightly, after=at("2026-01-10T02:29:55")) == at("2026-01-11T02:30")
    assert next_ping(nightly, after=at("2026-01-10T02:29:54")) == at("2026-01-10T02:30")


@pytest.mark.parametrize(
    ("began", "ended", "late"),
    [
        # A gap that ends five seconds before the minute may have taken the ping for it.
        ("02:00:00", "02:59:55", "2026-01-12T03:01"),
        ("02:00:00", "02:59:54", "2026-01-11T03:01"),
        # From the end of the grace on, a gap excuses nothing.
        ("03:00:59", "03:20:00", "2026-01-12T03:01"),
        ("03:01:00", "03:20:00", "2026-01-11T03:01"),
    ],
)
def test_the_edges_of_a_gap_around_a_cron_run(began: str, ended: str, late: str) -> None:
    caller = HeartbeatState(last=at("2026-01-10T03:00:05"))
    gap = IngestGap(at(f"2026-01-11T{began}"), at(f"2026-01-11T{ended}"))

    assert late_at(cron("0 3 * * *"), caller, gaps=[gap]) == at(late)


@pytest.mark.parametrize(
    ("gap", "late"),
    [
        (IngestGap(1_000, 1_020), 1_030.0),  # over when the run began
        (IngestGap(1_000, 1_020.5), 1_090.5),
        (IngestGap(1_029.5, 1_040), 1_110.0),
        (IngestGap(1_030, 1_040), 1_030.0),  # the grace was over
    ],
)
def test_the_edges_of_a_gap_around_a_run(gap: IngestGap, late: float) -> None:
    caller, _ = apply_ping(HeartbeatState(), "start", at=1_020.0)

    assert late_at(MINUTELY, caller, gaps=[gap]) == late


def test_the_end_of_a_run_may_have_come_in_the_last_of_several_gaps() -> None:
    caller, _ = apply_ping(HeartbeatState(), "start", at=1_020.0)
    gaps = [IngestGap(1_026, 1_028), IngestGap(1_021, 1_024)]

    assert late_at(MINUTELY, caller, gaps=gaps) == 1_098.0


def test_gaps_one_after_the_other_are_taken_in_the_order_of_time() -> None:
    """The second lies after the first deadline, and before the one that the first leads to."""
    first, second = IngestGap(1_060, 1_068), IngestGap(1_120, 1_130)

    assert late_at(MINUTELY, HeartbeatState(last=1_000.0), gaps=[second, first]) == 1_200.0


def test_the_sooner_of_two_deadlines_holds() -> None:
    slow = HeartbeatSchedule(grace=100, period=60)
    caller, _ = apply_ping(HeartbeatState(last=1_000.0), "start", at=1_059.0)
    early, _ = apply_ping(HeartbeatState(last=1_000.0), "start", at=1_061.0)

    assert late_at(slow, caller) == 1_159.0
    assert late_at(slow, early) == 1_160.0


def test_a_remark_leaves_a_run_open() -> None:
    running, _ = apply_ping(HeartbeatState(last=1.0), "start", at=2.0, rid="a")

    assert apply_ping(running, "log", at=9.0, rid="a") == (running, None)


def test_who_gives_no_id_has_one_run_at_a_time() -> None:
    caller, _ = apply_ping(HeartbeatState(), "start", at=100.0, rid="lost")
    caller, _ = apply_ping(caller, "start", at=110.0)

    assert apply_ping(caller, "success", at=115.0) == (HeartbeatState(last=115.0), 5.0)


def test_an_older_run_that_ends_leaves_the_newest_open() -> None:
    caller, _ = apply_ping(HeartbeatState(), "start", at=100.0, rid="a")
    caller, _ = apply_ping(caller, "start", at=105.0, rid="b")
    caller, seconds = apply_ping(caller, "fail", at=107.0, rid="a")

    assert seconds == 7.0
    assert caller == HeartbeatState(last=107.0, run=105.0, runs={"b": 105.0})


def test_a_clock_that_was_set_back_makes_no_duration_negative() -> None:
    running, _ = apply_ping(HeartbeatState(), "start", at=100.0)

    assert apply_ping(running, "success", at=90.0)[1] == 0.0


def test_of_too_many_open_runs_the_oldest_are_forgotten() -> None:
    caller = HeartbeatState()
    for number in range(21):
        # Each is announced before the one that came before it.
        caller, _ = apply_ping(caller, "start", at=1_000.0 - number, rid=str(number))

    assert "20" not in caller.runs
    assert len(caller.runs) == 20
    assert min(caller.runs.values()) == 981.0
