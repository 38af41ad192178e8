"""Writes instants, days and durations the way the page shows them: true for a while.

The bytes may be served some time after they were made, so nothing here counts from "now": a clock
time stays true, "8 seconds ago" does not. Instants must be aware and in UTC; they are written in
the zone of the words. `today` is the day that it is in that zone.
"""

from datetime import date, datetime
from html import escape

from django.utils.safestring import SafeString

from components.languages.words import ENGLISH, Words, msg
from components.values.instants import iso

_DATED, _FULL, _SPAN = msg("{day}, {time}"), msg("{time} on {day}"), msg("{start} – {end}")


def day(on: date, *, today: date, words: Words = ENGLISH) -> str:
    """Return `20 Nov`, with the year when it is not this one."""
    return words.day(on, year=on.year != today.year)


def long_day(on: date, *, today: date, words: Words = ENGLISH) -> str:
    """Return `Friday, 20 November`, with the year when it is not this one."""
    return words.long_day(on, year=on.year != today.year)


def clock(at: datetime, *, today: date, words: Words = ENGLISH) -> str:
    """Return `14:02 UTC`, after the date when that is not today."""
    return _dated(at, words.clock(at), today, words)


def exact_clock(at: datetime, *, today: date, words: Words = ENGLISH) -> str:
    """Return `14:02:08 UTC`, after the date when that is not today."""
    return _dated(at, words.clock(at, seconds=True), today, words)


def as_of(at: datetime, words: Words = ENGLISH) -> str:
    """Return `14:02:08 UTC on 21 November 2026`: still true when it is read next year."""
    day = words.full_date(words.local(at).date())
    return words(_FULL, time=words.clock(at, seconds=True), day=day)


def zone_of(at: datetime, words: Words = ENGLISH) -> str:
    """Return what the zone of the page's times is called at an instant: `CET`; '' for UTC."""
    return "" if words.zone is None else words.clock(at).removeprefix(words.time(at)).strip()


def time_tag(at: datetime, text: str) -> str:
    """Return a `<time>` element that shows `text` and means `at`."""
    return f'<time datetime="{iso(at)}">{escape(text)}</time>'


def as_of_tag(at: datetime, words: Words = ENGLISH, *, name: str = "") -> SafeString:
    """Return `as_of` as a `<time>` element, with an id where it has a name."""
    named = f' id="{name}"' if name else ""
    return SafeString(f'<time{named} datetime="{iso(at)}">{escape(as_of(at, words))}</time>')


def span_tags(
    starts_at: datetime, ends_at: datetime, *, today: date, words: Words = ENGLISH
) -> str:
    """Return `Sun 22 Nov, 06:00 – 08:00 UTC` as two `<time>` elements; always with the day."""
    start, end = (
        words.weekday(on, year=on.year != today.year)
        for on in (words.local(at).date() for at in (starts_at, ends_at))
    )
    until = words.clock(ends_at)
    if start != end:
        until = words(_DATED, day=end, time=until)
    begin = words(_DATED, day=start, time=words.time(starts_at))
    return words(_SPAN, start=time_tag(starts_at, begin), end=time_tag(ends_at, until))


def duration(seconds: float, words: Words = ENGLISH) -> str:
    """Return the two largest units, rounded down: `45 s`, `12 min`, `1 h 12 min`, `2 d 3 h`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return words.unit(whole, "s")
    if whole < 3600:
        return words.unit(whole // 60, "min")
    if whole < 86_400:
        return _pair(whole // 3600, "h", whole % 3600 // 60, "min", words)
    return _pair(whole // 86_400, "d", whole % 86_400 // 3600, "h", words)


def _pair(large: int, large_unit: str, small: int, small_unit: str, words: Words) -> str:
    first = words.unit(large, large_unit)
    return f"{first} {words.unit(small, small_unit)}" if small else first


def _dated(at: datetime, text_of_day: str, today: date, words: Words) -> str:
    on = words.local(at).date()
    if on == today:
        return text_of_day
    return words(_DATED, day=day(on, today=today, words=words), time=text_of_day)
