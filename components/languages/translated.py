"""Words from a gettext catalogue, with dates, numbers and units by the CLDR (Babel).

Catalogues are PO files beside this module, read and compiled when a process first needs one: there
is no compiled form that could be missing or old. Babel is imported then, and not for English.
"""

import gettext
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import (
    format_date,
    format_time,
    get_day_names,
    get_month_names,
    match_skeleton,
)
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from components.languages.words import Words

CATALOGUES = Path(__file__).parent / "catalogues"
_CACHED = 2_048
_COMMAS = {"ja": "、", "zh-Hans": "、", "ar": "، "}
_WITHOUT_SPACES = frozenset({"ja", "zh-Hans"})
_SMALL_NOUNS = frozenset({"fr", "es", "pt-BR", "pl"})
"""Languages that write a capital letter only where a sentence begins; German nouns have one."""
_KEPT_RIGHT = "\u200e%\u200e"
"""The sign as the CLDR has it for Arabic: it stays after its digits, whatever is written around."""
_LONG = 5
"""Characters that an axis has no room for: the CLDR abbreviates no day in Arabic."""
_UNITS = {"d": "day", "h": "hour", "min": "minute", "s": "second", "ms": "millisecond"}


class TranslatedWords(Words):
    """A language with a catalogue. A text that it lacks is English, which a test finds."""

    __slots__ = ("_cached_day", "_cached_number", "_cached_unit", "_form", "_plurals", "_texts",
                 "locale")  # fmt: skip

    def __init__(
        self,
        tag: str,
        *,
        texts: Mapping[str, str],
        plurals: Mapping[str, tuple[str, ...]],
        form: Callable[[int], int],
        explicit: bool = False,
    ) -> None:
        super().__init__(tag, explicit=explicit)
        self._texts, self._plurals, self._form = texts, plurals, form
        self.locale = Locale.parse(tag, sep="-")
        # The same few figures stand on a page hundreds of times.
        self._cached_number: Callable[[int], str] = lru_cache(_CACHED)(self._format_number)
        self._cached_unit: Callable[[float, str, int], str] = lru_cache(_CACHED)(self._format_unit)
        self._cached_day: Callable[[date, str], str] = lru_cache(_CACHED)(self._format_day)

    def text(self, message: str) -> str:
        return self._texts.get(message, message)

    def plural(self, number: int, one: str, many: str) -> str:
        forms = self._plurals.get(one)
        return forms[self._form(number)] if forms else super().plural(number, one, many)

    def number(self, number: int) -> str:
        text: str = self._cached_number(number)
        return text

    def decimal(self, value: float) -> str:
        return format_decimal(float(f"{value:.6g}"), "#,##0.######", locale=self.locale)

    def percent(self, percent: float, digits: int) -> str:
        pattern = self.locale.percent_formats[None].pattern
        if digits:
            pattern = pattern.replace("#,##0", f"#,##0.{'0' * digits}")
        told = format_percent(percent / 100, pattern, locale=self.locale)
        return told.replace("%", _KEPT_RIGHT) if self.direction == "rtl" else told

    def unit(self, value: float, unit: str, digits: int = 0) -> str:
        text: str = self._cached_unit(value, unit, digits)
        return text

    def several(self, names: Sequence[str]) -> str:
        return format_list(list(names), locale=self.locale)

    @property
    def comma(self) -> str:
        return _COMMAS.get(self.tag, ", ")

    def sentences(self, texts: Sequence[str]) -> str:
        return ("" if self.tag in _WITHOUT_SPACES else " ").join(texts)

    def within(self, label: str) -> str:
        return label[:1].lower() + label[1:] if self.tag in _SMALL_NOUNS else label

    def day(self, on: date, *, year: bool) -> str:
        return self._cached_day(on, "yMMMd" if year else "MMMd")

    def weekday(self, on: date, *, year: bool) -> str:
        return self._cached_day(on, "yMMMEd" if year else "MMMEd")

    def long_day(self, on: date, *, year: bool) -> str:
        pattern = self._pattern("yMMMMEEEEd" if year else "MMMMEEEEd")
        return format_date(on, re.sub("E+", "EEEE", pattern), locale=self.locale)

    def full_date(self, on: date) -> str:
        return format_date(on, "long", locale=self.locale)

    def month(self, on: date) -> str:
        return self._cached_day(on, "yMMMM")

    def short_month(self, on: date) -> str:
        return str(get_month_names("abbreviated", "stand-alone", self.locale)[on.month])

    def short_weekday(self, number: int) -> str:
        name = str(get_day_names("abbreviated", "stand-alone", self.locale)[number])
        if len(name) > _LONG:
            return str(get_day_names("short", "stand-alone", self.locale)[number])
        return name

    def twelve_hour_time(self, at: datetime, *, seconds: bool) -> str:
        return format_time(at, "h:mm:ss a" if seconds else "h:mm a", locale=self.locale)

    def _format_number(self, number: int) -> str:
        return format_decimal(number, locale=self.locale)

    def _format_unit(self, value: float, unit: str, digits: int) -> str:
        pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
        return format_unit(
            round(value, digits), _UNITS[unit], "short", format=pattern, locale=self.locale
        )

    def _format_day(self, on: date, skeleton: str) -> str:
        return format_date(on, self._pattern(skeleton), locale=self.locale)

    def _pattern(self, skeleton: str) -> str:
        """Return the locale's pattern for a skeleton of the CLDR, or for the one nearest to it."""
        known = self.locale.datetime_skeletons
        nearest = skeleton if skeleton in known else match_skeleton(skeleton, known)
        return str(known[nearest or "yMMMd"])


def read_catalogue(tag: str) -> Catalog:
    """Return the catalogue of a language as it is in the tree."""
    with (CATALOGUES / f"{tag}.po").open("rb") as file:
        return read_po(file, locale=tag.replace("-", "_"), abort_invalid=True)


@lru_cache
def translated_words(tag: str, *, explicit: bool = False) -> TranslatedWords:
    """Return the words of a language that has a catalogue."""
    catalogue = read_catalogue(tag)
    texts: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if message.fuzzy or not message.id:
            continue
        if isinstance(message.id, str):
            texts[message.id] = str(message.string or message.id)
        elif isinstance(message.string, tuple) and all(message.string):
            plurals[message.id[0]] = message.string
    form = gettext.c2py(catalogue.plural_expr)
    return TranslatedWords(tag, texts=texts, plurals=plurals, form=form, explicit=explicit)
