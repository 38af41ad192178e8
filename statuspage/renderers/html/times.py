"""Writes instants, days and durations the way the page shows them: in UTC, true for a while.

The bytes may be served some time after they were made, so nothing here counts from "now": a clock
time stays true, "8 seconds ago" does not. Instants must be aware and in UTC.
"""

from datetime import date, datetime
from html import escape

from components.values.instants import iso

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day(on: date, *, today: date) -> str:
    """Return `20 Nov`, with the year when it is not this one."""
    year = "" if on.year == today.year else f" {on.year}"
    return f"{on.day} {_MONTHS[on.month - 1][:3]}{year}"


def long_day(on: date, *, today: date) -> str:
    """Return `Friday, 20 November`, with the year when it is not this one."""
    year = "" if on.year == today.year else f" {on.year}"
    return f"{_DAYS[on.weekday()]}, {on.day} {_MONTHS[on.month - 1]}{year}"


def clock(at: datetime, *, today: date) -> str:
    """Return `14:02 UTC`, after the date when that is not today."""
    return _dated(at, f"{at:%H:%M} UTC", today)


def exact_clock(at: datetime, *, today: date) -> str:
    """Return `14:02:08 UTC`, after the date when that is not today."""
    return _dated(at, f"{at:%H:%M:%S} UTC", today)


def as_of(at: datetime) -> str:
    """Return `14:02:08 UTC on 21 November 2026`: still true when it is read next year."""
    return f"{at:%H:%M:%S} UTC on {at.day} {_MONTHS[at.month - 1]} {at.year}"


def time_tag(at: datetime, text: str) -> str:
    """Return a `<time>` element that shows `text` and means `at`."""
    return f'<time datetime="{iso(at)}">{escape(text)}</time>'


def span_tags(starts_at: datetime, ends_at: datetime, *, today: date) -> str:
    """Return `Sun 22 Nov, 06:00 – 08:00 UTC` as two `<time>` elements; always with the day."""
    start = f"{_DAYS[starts_at.weekday()][:3]} {day(starts_at.date(), today=today)}"
    end = f"{_DAYS[ends_at.weekday()][:3]} {day(ends_at.date(), today=today)}"
    until = f"{ends_at:%H:%M} UTC" if start == end else f"{end}, {ends_at:%H:%M} UTC"
    return f"{time_tag(starts_at, f'{start}, {starts_at:%H:%M}')} – {time_tag(ends_at, until)}"


def duration(seconds: float) -> str:
    """Return the two largest units, rounded down: `45 s`, `12 min`, `1 h 12 min`, `2 d 3 h`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86_400:
        return _pair(whole // 3600, "h", whole % 3600 // 60, "min")
    return _pair(whole // 86_400, "d", whole % 86_400 // 3600, "h")


def _pair(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"


def _dated(at: datetime, text_of_day: str, today: date) -> str:
    return text_of_day if at.date() == today else f"{day(at.date(), today=today)}, {text_of_day}"
