"""The words of one language, as a parameter of whatever renders: texts, plurals, dates, numbers.

`ENGLISH` is the language that the sources are written in: it needs no catalogue and no library.
The others are in `translated.py`. Words are values: no thread and no request has any.
"""

import copy
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Self

from components.languages.names import ENGLISH_TAG, RIGHT_TO_LEFT

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def msg(message: str) -> str:
    """Return the text unchanged: marks what a table holds, so that catalogues contain it."""
    return message


def msgs(one: str, many: str) -> tuple[str, str]:
    """Return both forms of a text that counts, unchanged: what `msg` is for one."""
    return one, many


class Words:
    """English, and what the other languages override."""

    __slots__ = ("explicit", "first_weekday", "tag", "twelve_hours", "zone")
    do_not_call_in_templates = True
    """For Django: `{{ words.tag }}` is an attribute."""

    def __init__(self, tag: str = ENGLISH_TAG, *, explicit: bool = False) -> None:
        self.tag = tag
        self.explicit = explicit
        """Whether addresses of ours name the language: it is not what their page has by itself."""
        self.zone: tzinfo | None = None
        """In which instants are written; None for UTC."""
        self.twelve_hours = False
        self.first_weekday = 0
        """The day on which weeks begin: 0 is Monday."""

    def with_times(self, zone: tzinfo | None, *, twelve_hours: bool, first_weekday: int) -> Self:
        """Return the same words with instants in `zone`."""
        made = copy.copy(self)
        made.zone, made.twelve_hours, made.first_weekday = zone, twelve_hours, first_weekday
        return made

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, for `dir`."""
        return "rtl" if self.tag in RIGHT_TO_LEFT else "ltr"

    @property
    def is_english(self) -> bool:
        return self.tag == ENGLISH_TAG

    def __call__(self, message: str, /, **values: object) -> str:
        """Return a text, with its `{name}`s filled in."""
        text = self.text(message)
        return text.format(**values) if values else text

    def count(self, number: int, one: str, many: str, /, **values: object) -> str:
        """Return a text that counts: `{n}` stands for the number, written as the language does."""
        return self.plural(number, one, many).format(n=self.number(number), **values)

    def text(self, message: str) -> str:
        return message

    def plural(self, number: int, one: str, many: str) -> str:
        return one if number == 1 else many

    def number(self, number: int) -> str:
        """Return `1,204`."""
        return f"{number:,}"

    def decimal(self, value: float) -> str:
        """Return `1,204.5`: six digits count, whole thousands stay whole."""
        return f"{float(f'{value:.6g}'):,.12g}"

    def percent(self, percent: float, digits: int) -> str:
        """Return `99.98 %`."""
        return f"{percent:.{digits}f} %"

    def unit(self, value: float, unit: str, digits: int = 0) -> str:
        """Return `12 min`; units are d, h, min, s, ms."""
        return f"{value:.{digits}f} {unit}"

    def several(self, names: Sequence[str]) -> str:
        """Return `A, B and C`."""
        if len(names) < 2:
            return "".join(names)
        return f"{', '.join(names[:-1])} and {names[-1]}"

    @property
    def comma(self) -> str:
        """What stands between the parts of a list without "and", with the space that follows."""
        return ", "

    def sentences(self, texts: Sequence[str]) -> str:
        """Return whole sentences one after the other."""
        return " ".join(texts)

    def within(self, label: str) -> str:
        """Return a label of ours as it stands within a sentence."""
        return label.lower()

    def day(self, on: date, *, year: bool) -> str:
        """Return `20 Nov`, or `20 Nov 2026`."""
        return f"{on.day} {_MONTHS[on.month - 1][:3]}{f' {on.year}' if year else ''}"

    def weekday(self, on: date, *, year: bool) -> str:
        """Return `Sun 22 Nov`."""
        return f"{_DAYS[on.weekday()][:3]} {self.day(on, year=year)}"

    def long_day(self, on: date, *, year: bool) -> str:
        """Return `Friday, 20 November`, or with the year."""
        month = _MONTHS[on.month - 1]
        return f"{_DAYS[on.weekday()]}, {on.day} {month}{f' {on.year}' if year else ''}"

    def full_date(self, on: date) -> str:
        """Return `21 November 2026`."""
        return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"

    def month(self, on: date) -> str:
        """Return `November 2026`."""
        return f"{_MONTHS[on.month - 1]} {on.year}"

    def short_month(self, on: date) -> str:
        """Return `Nov`, for an axis."""
        return _MONTHS[on.month - 1][:3]

    def short_weekday(self, number: int) -> str:
        """Return `Mon` for 0, for an axis."""
        return _DAYS[number][:3]

    def clock(self, at: datetime, *, seconds: bool = False) -> str:
        """Return `14:02 UTC`, or as the zone is called then: `15:02 CET`, `11:02 UTC-03`."""
        name = "UTC" if self.zone is None else at.astimezone(self.zone).tzname() or ""
        return f"{self.time(at, seconds=seconds)} {f'UTC{name}' if name[:1] in '+-' else name}"

    def time(self, at: datetime, *, seconds: bool = False) -> str:
        """Return `14:02`, without its zone."""
        at = self.local(at)
        if self.twelve_hours:
            return self.twelve_hour_time(at, seconds=seconds)
        return f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"

    def twelve_hour_time(self, at: datetime, *, seconds: bool) -> str:
        """Return `2:02 PM`."""
        digits = f"{at.hour % 12 or 12}:{at:%M:%S}" if seconds else f"{at.hour % 12 or 12}:{at:%M}"
        return f"{digits} {'PM' if at.hour >= 12 else 'AM'}"

    def local(self, at: datetime) -> datetime:
        """Return an instant, which is in UTC, in the zone that it is written in."""
        return at if self.zone is None else at.astimezone(self.zone)


ENGLISH = Words()
