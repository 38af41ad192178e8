"""A language that nobody reads: every text of the sources in it has none of English's letters.

`⟦Ñøţ ƒøüñð····⟧`: letters with accents, a third longer, in brackets. So whatever English is left in
what is rendered was never handed to `words`. Days, months and units are changed too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest

from components.languages import names, translated
from components.languages.words import Words

TAG = "qps"
_LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "àƀçðéƒğĥîĵķļɱñøþǫŕšţüṽŵẋýžÀƁÇÐÉƑĞĤÎĴĶĻṀÑØÞǪŔŠŢÜṼŴẊÝŽ",
)
_CYRILLIC = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "абцдефгхийклмнопярстувшхызАБЦДЕФГХИЙКЛМНОПЯРСТУВШХЫЗ",
)
_VALUE = re.compile(r"(\{\w+\})")


def pseudo(text: str) -> str:
    """Return a text of the sources in that language; its `{values}` stay."""
    parts = _VALUE.split(text)
    turned = "".join(each if _VALUE.fullmatch(each) else each.translate(_LETTERS) for each in parts)
    return f"⟦{turned}{'·' * (len(text) // 3)}⟧"


class PseudoWords(Words):
    """English with its texts, days and units turned."""

    __slots__ = ()

    def text(self, message: str) -> str:
        return pseudo(message) if message else ""

    def plural(self, number: int, one: str, many: str) -> str:
        return pseudo(super().plural(number, one, many))

    def unit(self, value: float, unit: str, digits: int = 0) -> str:
        return super().unit(value, unit, digits).translate(_LETTERS)

    def several(self, names: Sequence[str]) -> str:
        return " ⟦ñ⟧ ".join(names)

    def day(self, on: date, *, year: bool) -> str:
        return super().day(on, year=year).translate(_LETTERS)

    def weekday(self, on: date, *, year: bool) -> str:
        return super().weekday(on, year=year).translate(_LETTERS)

    def long_day(self, on: date, *, year: bool) -> str:
        return super().long_day(on, year=year).translate(_LETTERS)

    def full_date(self, on: date) -> str:
        return super().full_date(on).translate(_LETTERS)

    def month(self, on: date) -> str:
        return super().month(on).translate(_LETTERS)

    def short_month(self, on: date) -> str:
        return super().short_month(on).translate(_LETTERS)

    def short_weekday(self, number: int) -> str:
        return super().short_weekday(number).translate(_LETTERS)


PSEUDO = PseudoWords(TAG)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the language one that pages offer and `?lang=qps` chooses."""
    monkeypatch.setitem(names.NAMES, TAG, "⟦Þšéüðø⟧")
    monkeypatch.setitem(names._BY_LOWER, TAG, TAG)
    monkeypatch.setattr(
        translated, "translated_words", lambda tag, explicit: PseudoWords(tag, explicit=explicit)
    )


def written_by_people(value: Any, kept: frozenset[str], name: str = "") -> Any:
    """Return a value whose texts, in however deep dataclasses, are in Cyrillic; fields of a name
    that is `kept` stay as they are."""
    if name in kept:
        return value
    if isinstance(value, tuple):
        return tuple(written_by_people(each, kept, name) for each in value)
    if type(value) is str:
        return value.translate(_CYRILLIC)
    if is_dataclass(value) and not isinstance(value, type):
        own = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
        return replace(value, **{key: written_by_people(it, kept, key) for key, it in own.items()})
    return value


class _Text(HTMLParser):
    """Gathers what a page's reader reads or hears."""

    _HEARD = frozenset({"aria-label", "aria-valuetext", "title", "alt", "placeholder", "label"})
    _NOT_READ = frozenset({"script", "style", "code"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._NOT_READ:
            self._inside.append(tag)
        known = dict(attrs)
        # Names of languages are in those languages.
        if tag != "html" and known.get("lang"):
            self._inside.append(tag)
        self.found += [value for key, value in attrs if key in self._HEARD and value]
        if tag == "meta" and known.get("name") == "description":
            self.found.append(known["content"] or "")

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.found.append(data)


_ENGLISH = re.compile(r"[A-Za-z]{2,}")
_NO_WORDS = re.compile(
    r"https?://\S+|\bUTC\b|\bAtom\b|\bRSS\b|\bJSON\b|\b[A-Z]{3,6}-[\w-]*\d|\bAPI\b|&\w+;|[\w.+*…-]+@[\w.-]+"
)


def bare_english(text: str, *allowed: str) -> list[str]:
    """Return the words of English in a plain text, each line's at once."""
    for each in allowed:
        text = text.replace(each, " ")
    lines = (_NO_WORDS.sub(" ", line) for line in text.splitlines())
    return [" ".join(found) for line in lines if (found := _ENGLISH.findall(line))]


def bare_english_in_page(html: bytes, *allowed: str) -> list[str]:
    """Return the same for what the reader of a page reads or hears."""
    parser = _Text()
    parser.feed(html.decode())
    return bare_english("\n".join(_pieces(parser.found)), *allowed)


def _pieces(found: list[str]) -> Iterator[str]:
    for each in found:
        if each.strip():
            yield " ".join(each.split())
