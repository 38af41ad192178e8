"""What services and rules refuse and what programs found, in the language of the admin's reader.

Their sentences are English wherever they are raised or stored: the API, files and commands show the
same ones. Only where the admin shows one it is looked up: as it is, or as a text of the catalogue
with values put in, `{name} stands there twice.` say; or else part by part. `tests.admin_messages`
collects these texts.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.mofile import read_mo
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext

_MIN_LENGTH = 6
"""A text with fewer characters beside its values and spaces would match what it is not."""
_MAX_LENGTH = 2_000
_DEPTH = 8
"""How deep sentences stand in each other: a reason holds a check's result, which holds a cause."""
_CACHED = 4_096
_BETWEEN = ("; ", ", ")
_IN_BRACKETS = re.compile(r"(.*\S) \((.+)\)", re.DOTALL)
_COUNTED = re.compile(r"(\d[\d.,]*) (.+)", re.DOTALL)


def localized(sentence: str) -> str:
    """Return a sentence in the language of the admin's reader; as it is if it is not known."""
    if (get_language() or "en").startswith("en") or len(sentence) > _MAX_LENGTH:
        return sentence
    return _cached(sentence, get_language() or "")


@lru_cache(_CACHED)
def _cached(sentence: str, _language: str) -> str:
    """Return it; lists show the same few sentences hundreds of times."""
    return _localized(sentence, _DEPTH)


def reset() -> None:
    """Look sentences up anew, as a process that begins; for tests."""
    _cached.cache_clear()


def reasons(error: Exception) -> str:
    """Return what an error says, in the language of the admin's reader."""
    said = error.messages if isinstance(error, ValidationError) else [str(error)]
    return " ".join(localized(each) for each in said)


def _localized(sentence: str, depth: int) -> str:
    if found := _known(sentence, depth):
        return found
    # What pydantic found is made a sentence of: a capital letter, a full stop.
    bare = sentence[:1].lower() + sentence[1:]
    for form, end in ((bare, ""), (sentence[:-1], "."), (bare[:-1], ".")):
        if sentence.endswith(".") >= bool(end) and (found := _known(form, depth)):
            return found[:1].upper() + found[1:] + end
    # A field's name, or a row's, before what is wrong with it.
    name, colon, rest = sentence.partition(": ")
    if colon and rest and depth:
        return f"{_localized(name, depth - 1)}{colon}{_localized(rest, depth - 1)}"
    return _by_parts(sentence, depth - 1) if depth else sentence


def _by_parts(sentence: str, depth: int) -> str:
    """Return a list, a count or something with brackets, each part for itself."""
    if match := _IN_BRACKETS.fullmatch(sentence):
        return f"{_localized(match[1], depth)} ({_localized(match[2], depth)})"
    for between in _BETWEEN:
        if between in sentence:
            return between.join(_localized(each, depth) for each in sentence.split(between))
    first, either, last = sentence.rpartition(" or ")
    if either:
        return f"{_localized(first, depth)} {gettext('or')} {_localized(last, depth)}"
    if match := _COUNTED.fullmatch(sentence):
        return f"{match[1]} {_localized(match[2], 0)}"
    return sentence


def _known(sentence: str, depth: int) -> str:
    """Return a sentence's translation; '' where the catalogue has none."""
    if (exact := gettext(sentence)) != sentence:
        return exact
    if " " not in sentence:
        return ""
    for pattern in _patterns():
        if pattern.literal in sentence and (match := pattern.expression.fullmatch(sentence)):
            values = match.groupdict()
            if depth:
                values = {name: _localized(each, depth - 1) for name, each in values.items()}
            return gettext(pattern.text).format(**values)
    return ""


@dataclass(frozen=True, slots=True)
class _Pattern:
    text: str
    expression: re.Pattern[str]
    literal: str
    """The longest of its parts that are no values: what lacks it needs no further look."""
    length: int


@lru_cache(maxsize=1)
def _patterns() -> tuple[_Pattern, ...]:
    """Return the texts of the catalogue that hold values, the longest first."""
    path = Path(settings.BASE_DIR) / "statuspage" / "locale" / "de" / "LC_MESSAGES" / "django.mo"
    with path.open("rb") as file:
        texts = [each.id for each in read_mo(file) if isinstance(each.id, str)]
    found = (made for text in texts if (made := _pattern(text)) is not None)
    return tuple(sorted(found, key=lambda each: -each.length))


def _pattern(text: str) -> _Pattern | None:
    try:
        parts: list[Any] = list(Formatter().parse(text))
    except ValueError:
        return None
    names = [name for _, name, _, _ in parts if name is not None]
    if not names or len(set(names)) < len(names) or not all(map(str.isidentifier, names)):
        return None
    literals = [literal for literal, *_ in parts]
    length = sum(len("".join(literal.split())) for literal in literals)
    expression = "".join(
        re.escape(literal) + (f"(?P<{name}>.*?)" if name else "") for literal, name, _, _ in parts
    )
    if length < _MIN_LENGTH:
        return None
    longest = max(literals, key=len)
    return _Pattern(text, re.compile(expression, re.DOTALL), longest, length)
