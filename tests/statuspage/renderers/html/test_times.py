"""Instants and durations as the page says them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from components.values.instants import iso
from statuspage.renderers.html.times import (
    as_of,
    clock,
    day,
    duration,
    exact_clock,
    long_day,
    span_tags,
    time_tag,
)

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 14, 2, 8, tzinfo=UTC)


def test_a_clock_time_of_today_needs_no_date() -> None:
    assert clock(NOW, today=TODAY) == "14:02 UTC"
    assert exact_clock(NOW, today=TODAY) == "14:02:08 UTC"


def test_a_clock_time_of_another_day_has_its_date() -> None:
    assert clock(NOW - timedelta(days=1), today=TODAY) == "20 Nov, 14:02 UTC"
    assert exact_clock(NOW - timedelta(days=400), today=TODAY) == "17 Oct 2025, 14:02:08 UTC"


def test_a_day_has_its_year_only_when_it_is_another() -> None:
    assert day(date(2026, 3, 1), today=TODAY) == "1 Mar"
    assert day(date(2025, 12, 31), today=TODAY) == "31 Dec 2025"
    assert long_day(date(2026, 11, 20), today=TODAY) == "Friday, 20 November"
    assert long_day(date(2025, 12, 31), today=TODAY) == "Wednesday, 31 December 2025"


def test_an_as_of_time_is_complete() -> None:
    assert as_of(NOW) == "14:02:08 UTC on 21 November 2026"


def test_machines_read_utc_to_the_second() -> None:
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))

    assert iso(berlin.replace(microsecond=999_999)) == "2026-11-21T14:02:08Z"
    assert time_tag(NOW, "now & then") == (
        '<time datetime="2026-11-21T14:02:08Z">now &amp; then</time>'
    )


def test_a_span_within_a_day_names_the_day_once() -> None:
    told = span_tags(NOW, NOW + timedelta(hours=2), today=TODAY)

    assert told == (
        '<time datetime="2026-11-21T14:02:08Z">Sat 21 Nov, 14:02</time> – '
        '<time datetime="2026-11-21T16:02:08Z">16:02 UTC</time>'
    )


def test_a_span_over_midnight_names_both_days() -> None:
    told = span_tags(NOW, NOW + timedelta(hours=12), today=TODAY)

    assert "Sat 21 Nov, 14:02" in told
    assert "Sun 22 Nov, 02:02 UTC" in told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (4_320, "1 h 12 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (183_600, "2 d 3 h"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float, told: str) -> None:
    assert duration(seconds) == told
