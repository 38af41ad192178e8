"""When cron expressions come due, held against a wall clock that is watched minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.values.time_zones import time_zone_names
from monitors.rules import cron

HOUR = 3600
DAY = 24 * HOUR
ODD = (
    "Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "America/Asuncion", "America/Havana",
    "America/Nuuk", "America/Scoresbysund", "America/St_Johns", "Antarctica/Troll", "Asia/Beirut",
    "Asia/Gaza", "Asia/Pyongyang", "Atlantic/Azores", "Australia/Lord_Howe", "Europe/Dublin",
    "Europe/Volgograd", "Pacific/Apia", "Pacific/Chatham", "Pacific/Easter", "Pacific/Norfolk",
)  # fmt: skip
"""Zones that shift by half an hour, by two, at midnight, backwards, or across the date line."""
ERA = (datetime(2005, 1, 1, tzinfo=UTC).timestamp(), datetime(2037, 1, 1, tzinfo=UTC).timestamp())


def at(text: str, zone: str = "UTC", fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def offset(instant: float, zone: str) -> timedelta | None:
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).utcoffset()


def changes(zone: str, begin: float) -> list[float]:
    """Return the instants, to the quarter of an hour, at which clocks change in about a year."""
    days = [begin + number * DAY for number in range(400)]
    found = []
    for day in days:
        if offset(day, zone) != offset(day + DAY, zone):
            quarters = (day + number * 900 for number in range(97))
            found += [one for one in quarters if offset(one, zone) != offset(one + 900, zone)]
    return found


@st.composite
def places_and_times(draw: st.DrawFn) -> tuple[str, float]:
    """A zone and an instant there, as often as not within hours of a change of its clocks."""
    zone = draw(st.one_of(st.sampled_from(ODD), st.sampled_from(sorted(time_zone_names()))))
    instant = draw(st.floats(*ERA))
    around = changes(zone, instant) if draw(st.booleans()) else []
    if around:
        instant = draw(st.sampled_from(around)) + draw(st.floats(-30 * HOUR, 6 * HOUR))
    # Whole minutes are where it matters.
    return zone, float(round(instant / 60) * 60) if draw(st.booleans()) else instant


def fields(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    return st.one_of(
        st.just("*"),
        number.map(str),
        st.integers(2, 30).map(lambda step: f"*/{step}"),
        st.lists(number, min_size=2, max_size=4).map(lambda many: ",".join(map(str, many))),
        st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}"),
    )


crons = st.one_of(
    st.tuples(fields(0, 59), fields(0, 23), st.just("*"), st.just("*"), fields(0, 6)),
    st.tuples(fields(0, 59), fields(0, 4), st.just("*"), st.just("*"), st.just("*")),
    st.tuples(fields(0, 59), fields(22, 23), fields(1, 28), st.just("*"), st.just("*")),
    st.tuples(fields(0, 59), fields(0, 23), fields(1, 28), fields(1, 12), fields(0, 6)),
).map(" ".join)


@settings(deadline=None, max_examples=200)
@given(crons, places_and_times())
@example("30 2 * * *", ("Europe/Berlin", at("2026-10-25T02:29:00", "Europe/Berlin", fold=1)))
@example("30 1 * * *", ("Australia/Lord_Howe", at("2026-04-05T01:45", "Australia/Lord_Howe")))
@example("0 0 * * *", ("Pacific/Apia", at("2011-12-29T12:00", "Pacific/Apia")))
@example("0 0 1 1 *", ("Antarctica/Troll", at("2026-03-29T00:59", "Antarctica/Troll")))
def test_the_next_instant_always_lies_ahead_f_t2(expression: str, place: tuple[str, float]) -> None:
    zone, after = place

    due = cron.next_instant(expression, zone, after=after)

    assert due > after
    # And the one after that, as when a ping comes exactly then.
    assert cron.next_instant(expression, zone, after=due) > due


@settings(deadline=None, max_examples=80)
@given(
    st.tuples(
        st.sampled_from(["*", "*/5", "*/20", "*/45", "0", "15,45"]),
        st.sampled_from(["*", "*/2", "1", "2", "1-3", "0", "23"]),
    ),
    places_and_times(),
)
@example(("*/15", "2"), ("Australia/Lord_Howe", at("2026-04-05T00:30", "Australia/Lord_Howe")))
@example(("0", "*"), ("Australia/Lord_Howe", at("2026-04-05T01:40", "Australia/Lord_Howe", fold=1)))
def test_what_runs_by_the_wall_clock_runs_whenever_the_clock_shows_it(
    short: tuple[str, str], place: tuple[str, float]
) -> None:
    zone, after = place
    expression = " ".join([*short, "*", "*", "*"])
    watched, due = _watched(expression, zone, after), after

    for expected in watched[:12]:
        due = cron.next_instant(expression, zone, after=due)
        assert due == expected


def _watched(expression: str, zone: str, after: float) -> list[float]:
    """Return when jobs run in the next two days, watching a wall clock minute by minute."""
    sets = CronSim(expression, datetime(2024, 1, 1, tzinfo=UTC))
    by_the_clock = any(part.startswith("*") for part in expression.split()[:2])
    begin = int(after // 60) * 60
    wall = [datetime.fromtimestamp(begin + 60 * n, ZoneInfo(zone)) for n in range(-30 * 60, 2_880)]
    runs, furthest = [], wall[0].replace(tzinfo=None, fold=0)
    for moment in wall[1:]:
        shown = moment.replace(tzinfo=None, fold=0)
        matches = shown.minute in sets.minutes and shown.hour in sets.hours
        if by_the_clock:
            due = matches
        else:
            missed = shown - furthest - timedelta(minutes=1)
            skipped = (
                (
                    furthest + timedelta(minutes=n + 1)
                    for n in range(int(missed.total_seconds() // 60))
                )
                if timedelta() < missed <= cron.CORRECTION
                else ()
            )
            due = (matches and shown > furthest) or any(
                one.minute in sets.minutes and one.hour in sets.hours for one in skipped
            )
        furthest = max(furthest, shown)
        if due and moment.timestamp() > after:
            runs.append(moment.timestamp())
    return runs


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(["0", "30", "15,45", "1-59"]), fields(0, 4), places_and_times())
@example("30", "1-3", ("Antarctica/Troll", at("2026-10-25T00:10", "Antarctica/Troll")))
@example("30", "2", ("Pacific/Apia", at("2011-12-29T12:00", "Pacific/Apia")))
@example("0", "0", ("Europe/London", at("2036-12-31T00:00", "Europe/London") - 2e-7))
def test_what_runs_at_fixed_times_runs_once_for_each(
    minute: str, hour: str, place: tuple[str, float]
) -> None:
    zone, after = place
    expression = f"{minute} {hour} * * *"
    watched, due = _watched(expression, zone, after), after

    for expected in watched[:12]:
        due = cron.next_instant(expression, zone, after=due)
        assert due == expected


def test_a_job_of_the_day_that_the_date_line_took_is_not_expected() -> None:
    """Samoa went from 29 to 31 December 2011: no job of the 30th ran."""
    eve = at("2011-12-29T02:30:10", "Pacific/Apia")

    assert cron.next_instant("30 2 * * *", "Pacific/Apia", after=eve) == at(
        "2011-12-31T02:30", "Pacific/Apia"
    )


def test_a_change_of_three_hours_is_no_correction_yet() -> None:
    """Casey went from 00:00 to 03:00 on 22 October 2016."""
    eve = at("2016-10-21T01:30:10", "Antarctica/Casey")

    assert cron.next_instant("30 1 * * *", "Antarctica/Casey", after=eve) == at(
        "2016-10-22T03:00", "Antarctica/Casey"
    )
    assert timedelta(hours=3) == cron.CORRECTION


@pytest.mark.parametrize("expression", ["0 0 */31 * MON#5", "* * */31 * MON#5"])
def test_what_never_comes_is_said_to(expression: str) -> None:
    with pytest.raises(cron.NeverDueError):
        cron.next_instant(expression, "Europe/Berlin", after=1_790_000_000.0)


def test_a_change_of_clocks_long_before_a_run_is_reckoned_with() -> None:
    winter = at("2026-01-15T12:00", "Europe/Berlin")

    due = cron.next_instant("0 * 1 7 *", "Europe/Berlin", after=winter)

    assert due == at("2026-07-01T00:00", "Europe/Berlin")


@pytest.mark.parametrize("second", range(8))
@pytest.mark.parametrize("expression", ["17 2 * * *", "* 3 * * *"])
def test_a_change_of_clocks_is_found_to_the_second(expression: str, second: int) -> None:
    """At 02:00 it is 03:00: what was due in between runs then, and so does what is due at three."""
    eve = at(f"2026-03-28T12:00:0{second}", "Europe/Berlin")

    due = cron.next_instant(expression, "Europe/Berlin", after=eve)

    assert due == at("2026-03-29T03:00", "Europe/Berlin")


def test_a_rare_job_is_found_over_years_f_t2() -> None:
    begin = at("2026-03-01T00:00", "Europe/Berlin")

    fixed = cron.next_instant("30 2 29 2 *", "Europe/Berlin", after=begin)
    by_the_clock = cron.next_instant("*/10 3 29 2 *", "Europe/Berlin", after=begin)

    assert fixed == at("2028-02-29T02:30", "Europe/Berlin")
    assert by_the_clock == at("2028-02-29T03:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("macro", "expected"),
    [
        ("@hourly", "2026-11-29T14:00"),
        ("@daily", "2026-11-30T00:00"),
        ("@midnight", "2026-11-30T00:00"),
        ("@weekly", "2026-12-06T00:00"),
        ("@monthly", "2026-12-01T00:00"),
        ("@yearly", "2027-01-01T00:00"),
        ("@annually", "2027-01-01T00:00"),
        (" @Daily ", "2026-11-30T00:00"),
    ],
)
def test_macros_of_crontab_stand_for_their_fields_f_t12(macro: str, expected: str) -> None:
    cron.validate(macro)

    due = cron.next_instant(macro, "Asia/Tokyo", after=at("2026-11-29T13:30", "Asia/Tokyo"))

    assert due == at(expected, "Asia/Tokyo")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "five fields"),
        ("* * * *", "five fields"),
        ("* * * * * *", "five fields"),
        ("@reboot", "@hourly"),
        ("@every 5m", "@hourly"),
        ("61 * * * *", "bad minute"),
        ("* * 31 2 *", "bad day-of-month"),
        ("hello to you my friend", "bad"),
        # A fifth Monday is never the first of a month.
        ("0 0 */31 * MON#5", "never comes"),
    ],
)
def test_what_is_no_cron_expression_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        cron.validate(text)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text("0123456789*/,-#LW?SUNMONJAN@", max_size=6), min_size=5, max_size=5))
def test_whatever_is_written_is_taken_or_refused_with_words(parts: list[str]) -> None:
    text = " ".join(parts)
    try:
        cron.validate(text)
    except ValueError as error:
        refused = str(error)
        due = None
    else:
        refused = ""
        due = cron.next_instant(text, "Europe/Berlin", after=1_790_000_000.5)

    assert refused if due is None else due > 1_790_000_000.5
