"""The drawing of response times: what it shows, and what it must not break on."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.charts import (
    HEIGHT,
    WIDTH,
    LatencyPoint,
    format_milliseconds,
    response_chart,
    summary,
)

unhurried = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
SINCE = datetime(2026, 11, 20, 10, 40, tzinfo=UTC)
STEP = timedelta(minutes=10)


def point(
    number: int, median: float | None = 40.0, *, failures: int = 0, count: int = 60
) -> LatencyPoint:
    high = None if median is None else median * 2
    return LatencyPoint(SINCE + number * STEP, median, high, count, failures)


def draw(*points: LatencyPoint) -> ET.Element:
    text = response_chart(points, since=SINCE, step=STEP, steps=144)
    return ET.fromstring(text)


def by_class(drawn: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in drawn if each.get("class") == name]


def test_nothing_measured_is_said_and_drawn_as_nothing() -> None:
    drawn = draw()

    assert drawn.get("aria-label") == "No data for this period."
    assert not by_class(drawn, "median")


def test_a_gap_breaks_the_line() -> None:
    assert len(by_class(draw(point(1), point(2), point(3)), "median")) == 1
    assert len(by_class(draw(point(1), point(2), point(4)), "median")) == 2
    assert len(by_class(draw(point(1), point(2, None, failures=60), point(3)), "median")) == 2


def test_failures_are_marked_with_their_number() -> None:
    (mark,) = by_class(draw(point(1), point(2, failures=3)), "failed")

    assert mark[0].text == "11:00 UTC: 3 of 60 checks failed"


def test_it_is_summed_up_in_words() -> None:
    assert summary([point(1), point(2, 1500.0, failures=2)]) == (
        "Median from 40 ms to 1.5 s; 2 of 120 checks failed."
    )
    assert summary([point(1, None, failures=60)]) == "60 of 60 checks failed."
    assert summary([point(1)]) == "Median 40 ms; no check failed."


def test_milliseconds_are_told_as_people_say_them() -> None:
    assert [format_milliseconds(v) for v in (0.42, 9.51, 38.2, 1234)] == [
        "0.42 ms", "9.5 ms", "38 ms", "1.23 s",
    ]  # fmt: skip


@unhurried
@given(
    st.lists(
        st.tuples(
            st.integers(0, 143),
            st.one_of(st.none(), st.floats(0.001, 60_000)),
            st.integers(0, 60),
        ),
        max_size=8,
        unique_by=lambda each: each[0],
    )
)
def test_all_of_it_lies_within_the_picture(made: list[tuple[int, float | None, int]]) -> None:
    points = [point(number, median, failures=failed) for number, median, failed in sorted(made)]

    text = response_chart(points, since=SINCE, step=STEP, steps=144)

    assert "style" not in text, "the content security policy allows none"
    for path in re.findall(r' d="([^"]*)"', text):
        numbers = [float(number) for number in re.findall(r"[0-9.]+", path)]
        assert all(0 <= number <= WIDTH for number in numbers)
    for y, height in re.findall(r'y="([0-9.]+)" width="[0-9.]+" height="([0-9.]+)"', text):
        assert 0 <= float(y) <= float(y) + float(height) <= HEIGHT
