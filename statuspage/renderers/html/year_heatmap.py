"""A year of days as one drawing: a column a week, its first day on top."""

from datetime import date, timedelta

from components.languages.words import ENGLISH, Words
from statuspage.renderers.html.uptime_bars import summary

_CELL, _TOP, _LEFT = 13, 18, 30
_LABELLED = (0, 2, 4)
"""Rows, from the first day of the week on."""


def year_calendar(first: date, codes: str, words: Words = ENGLISH) -> str:
    """Return the drawing of `codes`, one letter a day from `first` on.

    Days of one kind are one path.
    """
    offset = (first.weekday() - words.first_weekday) % 7
    paths: dict[str, list[str]] = {}
    for number, code in enumerate(codes):
        column, row = divmod(number + offset, 7)
        x, y = _LEFT + column * _CELL, _TOP + row * _CELL
        paths.setdefault(code, []).append(f"M{x} {y}h11v11h-11z")
    weeks = (len(codes) + offset + 6) // 7
    width, height = _LEFT + weeks * _CELL, _TOP + 7 * _CELL
    drawn = "".join(f'<path class="y{code}" d="{"".join(d)}"/>' for code, d in paths.items())
    return (
        f'<svg class="year" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="{summary(codes, words)}">{_months(first, len(codes), offset, words)}'
        f"{_weekdays(words)}{drawn}</svg>"
    )


def _months(first: date, number: int, offset: int, words: Words) -> str:
    labels = []
    for each in range(number):
        on = first + timedelta(days=each)
        column = (each + offset) // 7
        if on.day == 1 and column:
            name = words.short_month(on)
            labels.append(f'<text x="{_LEFT + column * _CELL}" y="11">{name}</text>')
    return "".join(labels)


def _weekdays(words: Words) -> str:
    return "".join(
        f'<text x="0" y="{_TOP + row * _CELL + 10}">{words.short_weekday(on)}</text>'
        for row in _LABELLED
        for on in ((row + words.first_weekday) % 7,)
    )
