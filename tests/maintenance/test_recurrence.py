"""Repeating windows: rules on the wall clock, instants across the edges of summer time (R9)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance.recurrence import (
    MAX_EVALUATED,
    MAX_RULE_LENGTH,
    Occurrence,
    RuleError,
    check,
    instant,
    occurrence_text,
    occurrences,
    time_zone,
    wall_time,
)
from tests.waiting import ending

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 11, 23, 2)  # noqa: DTZ001  (local times are naive here)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")


@pytest.mark.parametrize(
    ("where", "local", "utc"),
    [
        # The night that skips an hour, or half of one: forward by what is skipped.
        ("Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45"),
        ("Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30"),
        # The night that has an hour twice: the first of the two.
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        # No summer time, a quarter of an hour off; and the day on which it came to be so.
        ("Asia/Kathmandu", "2026-03-29T02:30", "2026-03-28T20:45"),
        ("Asia/Kathmandu", "1986-01-01T00:05", "1985-12-31T18:35"),
    ],
)
def test_a_wall_clock_time_is_the_instant_that_rfc_5545_says_r9(
    where: str, local: str, utc: str
) -> None:
    at = instant(datetime.fromisoformat(local), ZoneInfo(where))

    assert at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001
    st.sampled_from(ZONES),
)
def test_the_wall_shows_the_time_again_unless_it_was_skipped_r9(local: datetime, name: str) -> None:
    where = ZoneInfo(name)

    shown = wall_time(instant(local, where), where)

    assert shown == local or timedelta(0) < shown - local <= timedelta(hours=1)


def listed(
    rule: str, *, first: datetime = FIRST, where: ZoneInfo = BERLIN, limit: int = 5
) -> list[str]:
    start = first.replace(tzinfo=UTC) - timedelta(days=2)
    until = start + timedelta(days=3000)
    found = occurrences(rule, first=first, tz=where, after=start, until=until, limit=limit)
    return [f"{each.at:%Y-%m-%dT%H:%M}" for each in found]


@pytest.mark.parametrize(
    ("rule", "first", "where", "expected"),
    [
        # Every night at 02:30 across the gap, and across the fold: none missing, none doubled.
        ("FREQ=DAILY", "2026-03-28T02:30", "Europe/Berlin",
         ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"]),
        ("FREQ=DAILY", "2026-10-24T02:30", "Europe/Berlin",
         ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]),
        ("FREQ=DAILY", "2026-03-07T02:30", "America/New_York",
         ["2026-03-07T07:30", "2026-03-08T07:30", "2026-03-09T06:30"]),
        ("FREQ=WEEKLY;BYDAY=SU", "2026-10-25T01:30", "America/New_York",
         ["2026-10-25T05:30", "2026-11-01T05:30", "2026-11-08T06:30"]),
        ("FREQ=DAILY", "2026-10-03T02:15", "Australia/Lord_Howe",
         ["2026-10-02T15:45", "2026-10-03T15:45", "2026-10-04T15:15"]),
        ("FREQ=DAILY", "2026-04-04T01:45", "Australia/Lord_Howe",
         ["2026-04-03T14:45", "2026-04-04T14:45", "2026-04-05T15:15"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-11-27T02:00", "Asia/Kathmandu",
         ["2026-11-26T20:15", "2026-12-24T20:15", "2027-01-28T20:15"]),
        # 02:30 in the gap is 03:30, which the rule names as well: once.
        ("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30", "2026-03-29T02:30", "Europe/Berlin",
         ["2026-03-29T01:30", "2026-03-30T00:30", "2026-03-30T01:30"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2028-02-29T02:00", "Europe/Berlin",
         ["2028-02-29T01:00", "2032-02-29T01:00", "2036-02-29T01:00"]),
        # An end in UTC is an instant: 01:00Z on the first is 02:00 in Berlin, which is still in.
        ("FREQ=WEEKLY;UNTIL=20261207T010000Z", "2026-11-23T02:00", "Europe/Berlin",
         ["2026-11-23T01:00", "2026-11-30T01:00", "2026-12-07T01:00"]),
        ("RRULE:FREQ=WEEKLY;COUNT=2", "2026-11-23T02:00", "Europe/Berlin",
         ["2026-11-23T01:00", "2026-11-30T01:00"]),
    ],
)  # fmt: skip
def test_what_repeats_keeps_its_place_on_the_clock_r9(
    rule: str, first: str, where: str, expected: list[str]
) -> None:
    found = listed(rule, first=datetime.fromisoformat(first), where=ZoneInfo(where), limit=3)

    assert found == expected


def test_exceptions_are_left_out_by_their_local_time() -> None:
    found = occurrences(
        "FREQ=WEEKLY", first=FIRST, tz=BERLIN, limit=2, without={FIRST + timedelta(days=7)},
        after=datetime(2026, 11, 1, tzinfo=UTC), until=datetime(2027, 11, 1, tzinfo=UTC),
    )  # fmt: skip

    assert [each.local for each in found] == [FIRST, FIRST + timedelta(days=14)]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("FREQ=SECONDLY", "FREQ must be one of"),
        ("FREQ=HOURLY", "FREQ must be one of"),
        ("", "Write one RRULE"),
        ("X" * 501, "Write one RRULE"),
        ("FREQ=DAILY\nRRULE:FREQ=DAILY", "Write one RRULE"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "INTERVAL"),
        ("FREQ=DAILY;COUNT=-1", "COUNT"),
        ("FREQ=DAILY;COUNT=100000", "COUNT"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "not both"),
        ("FREQ=DAILY;UNTIL=never", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20270231", "UNTIL"),
        ("FREQ=DAILY;BYEASTER=0", "BYEASTER"),
        ("FREQ=DAILY;FREQ=WEEKLY", "twice"),
        ("FREQ=DAILY;BYMONTH=", "cannot be read"),
        ("FREQ=DAILY;BYDAY=XX", "cannot be read"),
        ("FREQ=DAILY;BYHOUR=25", "cannot be read"),
        ("FREQ=DAILY;BYMINUTE=0,1", "BYMINUTE"),
        ("FREQ=YEARLY;UNTIL=20200101", "no time at all"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no time at all"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=SU", "no time at all"),
    ],
)
def test_a_hostile_or_senseless_rule_is_refused_soon(rule: str, told: str) -> None:
    with ending("the check of a rule"), pytest.raises(RuleError, match=told):
        check(rule, first=FIRST, tz=BERLIN)


@pytest.mark.parametrize("where", ["Europe/Berlin", "America/New_York", "UTC"])
@pytest.mark.parametrize("first", ["1900-01-01T00:00", "2026-11-23T02:00", "9998-12-31T23:59"])
@pytest.mark.parametrize(
    "until", ["00010101", "00010101T000000Z", "00010102T000000Z", "99991231", "99991231T235959Z"]
)
def test_an_end_at_the_edge_of_the_calendar_is_never_or_before_everything_s16(
    until: str, first: str, where: str
) -> None:
    rule, begin = f"FREQ=DAILY;UNTIL={until}", datetime.fromisoformat(first)

    if until.startswith("9999"):
        check(rule, first=begin, tz=ZoneInfo(where))
    else:
        with pytest.raises(RuleError, match="no time at all"):
            check(rule, first=begin, tz=ZoneInfo(where))


def test_a_rule_that_began_long_ago_is_given_up_rather_than_counted_through_for_ever() -> None:
    with pytest.raises(RuleError, match="too many"):
        occurrences(
            "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))),
            first=datetime(1990, 1, 1), tz=BERLIN, limit=5,  # noqa: DTZ001
            after=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2027, 1, 1, tzinfo=UTC),
        )  # fmt: skip


@pytest.mark.parametrize("name", ["", "Berlin", "../../etc/passwd", "Europe/berlin\n"])
def test_a_zone_that_is_none_is_named(name: str) -> None:
    with pytest.raises(RuleError, match="time zone"):
        time_zone(name)


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SU,WE", "FREQ=MONTHLY;BYDAY=-1SU"]),
    st.integers(0, 400),
)
def test_looking_in_two_steps_finds_what_looking_once_does_r9(
    name: str, first: datetime, rule: str, days: int
) -> None:
    first, where = first.replace(microsecond=0), ZoneInfo(name)
    start = instant(first, where) - timedelta(seconds=1)
    middle, end = start + timedelta(days=days), start + timedelta(days=400)

    def found(after: datetime, until: datetime) -> list[datetime]:
        listed = occurrences(rule, first=first, tz=where, after=after, until=until, limit=1_000)
        return [each.at for each in listed]

    assert found(start, middle) + found(middle, end) == found(start, end)


def found_between(
    rule: str, after: str, until: str, *, first: datetime = FIRST, where: ZoneInfo = BERLIN
) -> list[str]:
    """The local times of a rule, between two instants in UTC."""
    found = occurrences(
        rule, first=first, tz=where, limit=100,
        after=datetime.fromisoformat(after).replace(tzinfo=UTC),
        until=datetime.fromisoformat(until).replace(tzinfo=UTC),
    )  # fmt: skip
    return [each.local.isoformat(timespec="minutes") for each in found]


def test_what_is_looked_for_lies_after_the_one_and_up_to_the_other() -> None:
    assert found_between("FREQ=WEEKLY", "2026-11-23T01:00", "2026-11-30T01:00") == [
        "2026-11-30T02:00"
    ]
    assert found_between("FREQ=WEEKLY", "2026-11-23T00:59", "2026-11-30T00:59") == [
        "2026-11-23T02:00"
    ]


def test_the_first_of_two_half_past_twos_is_found_by_the_second_ten_past_two() -> None:
    """The wall shows 02:10 at 01:10Z, when 02:30 of the local time is over for forty minutes."""
    first = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001

    assert found_between("FREQ=DAILY", "2026-10-24T12:00", "2026-10-25T01:10", first=first) == [
        "2026-10-25T02:30"
    ]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_is_returned_than_is_asked_for(limit: int) -> None:
    assert len(listed("FREQ=DAILY", limit=limit)) == limit
    # Of 02:30 and 03:30, which are one instant, neither is counted twice.
    first = datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001
    assert len(listed("FREQ=DAILY;BYHOUR=2,3", first=first, limit=limit)) == limit


@pytest.mark.parametrize(
    ("rule", "first", "where", "expected"),
    [
        # Troll skips two hours: 02:30 is 04:30, and after it comes 03:30.
        ("FREQ=DAILY;BYHOUR=2,3", "2026-03-29T02:30", "Antarctica/Troll", "2026-03-29T01:30"),
        # Samoa skipped 30 December: its 22:00 and 23:00 are those of the 31st, then comes midnight.
        ("FREQ=DAILY;BYHOUR=0,22,23", "2011-12-30T22:00", "Pacific/Apia", "2011-12-30T10:00"),
    ],
)
def test_the_first_is_the_earliest_though_clocks_skip_more_than_an_hour_r9(
    rule: str, first: str, where: str, expected: str
) -> None:
    found = listed(rule, first=datetime.fromisoformat(first), where=ZoneInfo(where), limit=1)

    assert found == [expected]


def test_a_wall_time_does_not_tell_the_second_of_two_from_the_first() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    assert wall_time(second, BERLIN).isoformat() == "2026-10-25T02:30:00"
    assert wall_time(second, BERLIN).fold == 0


def test_a_rule_is_counted_no_further_than_what_is_asked_for() -> None:
    hourly = "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))

    # There are 72,000 in the time that is looked at.
    assert listed(hourly, limit=2) == ["2026-11-23T01:00", "2026-11-23T02:00"]


def test_a_rule_is_counted_through_20_000_times_and_not_further() -> None:
    def look(days: int) -> list[datetime]:
        first = datetime(1990, 1, 1)  # noqa: DTZ001
        until = first.replace(tzinfo=UTC) + timedelta(days=days)
        found = occurrences(
            "FREQ=DAILY", first=first, tz=ZoneInfo("UTC"), limit=5,
            after=until - timedelta(hours=12), until=until,
        )  # fmt: skip
        return [each.at for each in found]

    # Two more are counted than lie before the end: the second is beyond a day of slack.
    assert MAX_EVALUATED == 20_000
    assert look(19_997) == [datetime(1990, 1, 1, tzinfo=UTC) + timedelta(days=19_997)]
    with pytest.raises(RuleError, match="too many"):
        look(19_998)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=1",
        "FREQ=DAILY;INTERVAL=1000",
        "FREQ=DAILY;INTERVAL=000000001",
        "FREQ=DAILY;COUNT=1",
        "FREQ=DAILY;COUNT=1000",
        "FREQ=DAILY;",
        "FREQ=DAILY;BYMINUTE=30",
        "freq=daily",
        " RRULE:FREQ=DAILY ",
        "FREQ=DAILY;BYHOUR=10" + ",1" * 240,
    ],
)
def test_a_rule_at_its_limits_is_taken(rule: str) -> None:
    check(rule, first=FIRST, tz=BERLIN)

    assert len(rule) <= MAX_RULE_LENGTH == 500


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("FREQ=DAILY;INTERVAL=1001", "INTERVAL must lie between 1 and 1,000."),
        ("FREQ=DAILY;INTERVAL=0000000001", "INTERVAL must lie between 1 and 1,000."),
        ("FREQ=DAILY;INTERVAL=two", "INTERVAL must lie between 1 and 1,000."),
        ("FREQ=DAILY;COUNT=+2", "COUNT must lie between 1 and 1,000."),
        ("FREQ=DAILY;COUNT=0", "COUNT must lie between 1 and 1,000."),
        ("FREQ=DAILY;COUNT=1001", "COUNT must lie between 1 and 1,000."),
        ("FREQ=DAILY;BYHOUR=100" + ",1" * 240, "Write one RRULE of at most 500 characters."),
        ("FREQ=DAILY;BYHOUR=²", "Write one RRULE of at most 500 characters."),
        ("FREQ=DAILY;;COUNT=2", "An empty part is not a part of a rule here."),
        ("FREQ=DAILY;ABCDEFGHIJKLMNOPQRSTU=1",
         "ABCDEFGHIJKLMNOPQRST is not a part of a rule here."),
        ("FREQ=DAILY;UNTIL=20271231T2359", "UNTIL must look like 20271231 or 20271231T235959Z."),
        ("FREQ=DAILY;UNTIL=20271301", "UNTIL is not a date."),
    ],
)  # fmt: skip
def test_a_rule_beyond_its_limits_is_told_what_to_write(rule: str, told: str) -> None:
    with pytest.raises(RuleError) as refused:
        check(rule, first=FIRST, tz=BERLIN)

    assert str(refused.value) == told


def test_an_end_without_a_time_is_the_end_of_its_day() -> None:
    late = datetime(2026, 11, 23, 23, 59, 59)  # noqa: DTZ001

    assert listed("FREQ=DAILY;UNTIL=20261124", first=late) == [
        "2026-11-23T22:59",
        "2026-11-24T22:59",
    ]


@pytest.mark.parametrize(
    ("until", "nights"), [("20261124T015959", 1), ("20261124T020000", 2), ("20261124T010000Z", 2)]
)
def test_an_end_with_a_time_is_that_instant(until: str, nights: int) -> None:
    assert len(listed(f"FREQ=DAILY;UNTIL={until}")) == nights


def test_an_end_that_is_as_good_as_never_ends_with_the_years_that_are_counted() -> None:
    """Counting goes on near the year 9999, which is 7,200 years later; 2799 is its last."""
    new_years_eve = datetime(2026, 12, 31, 2)  # noqa: DTZ001

    def last_ones(until: str) -> list[str]:
        rule = f"FREQ=YEARLY;UNTIL={until}"
        return found_between(rule, "2797-06-01", "2999-01-01", first=new_years_eve)

    both = ["2797-12-31T02:00", "2798-12-31T02:00"]
    assert last_ones("27990601") == both
    assert last_ones("28000601") == [*both, "2799-12-31T02:00"]


@pytest.mark.parametrize(
    ("year", "interval", "found"),
    [
        (2026, 390, ["2416-11-23T02:00"]),
        (2000, 400, ["2400-11-23T02:00"]),
        # From 1999 on the calendar of 400 years is looked through, and that is all there are.
        (1999, 400, ["2399-11-23T02:00"]),
        (1999, 401, []),
    ],
)
def test_a_time_that_comes_centuries_later_is_found(
    year: int, interval: int, found: list[str]
) -> None:
    rule, first = f"FREQ=YEARLY;INTERVAL={interval}", datetime(year, 11, 23, 2)  # noqa: DTZ001

    assert found_between(rule, f"{year + 1}-01-01", "2500-01-01", first=first) == found


def test_an_occurrence_is_told_by_its_own_clock_and_in_utc() -> None:
    local, at = (
        datetime.fromisoformat("2026-10-25T02:30"),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    )

    assert occurrence_text(Occurrence(local, at), "Europe/Berlin") == (
        "Sun 25 Oct 2026, 02:30 Europe/Berlin (25 Oct 00:30 UTC)"
    )
