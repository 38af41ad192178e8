"""A year of days as one drawing: a column a week, Monday on top."""

from datetime import date, timedelta

from statuspage.renderers.html.uptime_bars import summary

_CELL, _TOP, _LEFT = 13, 18, 30
_LABELLED = ((0, "Mon"), (2, "Wed"), (4, "Fri"))


def year_calendar(first: date, codes: str) -> str:
    """Return the drawing of `codes`, one letter a day from `first` on.

    Days of one kind are one path.
    """
    offset = first.weekday()
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
        f' aria-label="{summary(codes)}">{_months(first, len(codes), offset)}'
        f"{_weekdays()}{drawn}</svg>"
    )


def _months(first: date, number: int, offset: int) -> str:
    labels = []
    for each in range(number):
        on = first + timedelta(days=each)
        column = (each + offset) // 7
        if on.day == 1 and column:
            labels.append(f'<text x="{_LEFT + column * _CELL}" y="11">{on:%b}</text>')
    return "".join(labels)


def _weekdays() -> str:
    return "".join(
        f'<text x="0" y="{_TOP + row * _CELL + 10}">{name}</text>' for row, name in _LABELLED
    )
