"""What services and rules refuse, in the language of the person who reads it in the admin.

Their sentences are English wherever they are raised: the API, files and commands show the same
ones. Only where the admin shows one it is looked up: as it is, or as a text of the catalogue with
values put in, `{name} stands there twice.` say. `tests.admin_messages` collects these texts.
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

_MIN_LETTERS = 6
"""A text with fewer letters beside its values would match what it is not."""
_MAX_LENGTH = 2_000
_DEPTH = 2


def localized(sentence: str) -> str:
    """Return a sentence in the language of the admin's reader; as it is if it is not known."""
    if (get_language() or "en").startswith("en") or len(sentence) > _MAX_LENGTH:
        return sentence
    return _localized(sentence, _DEPTH)


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
        return f"{_localized(name, 0)}{colon}{_localized(rest, depth - 1)}"
    return sentence


def _known(sentence: str, depth: int) -> str:
    """Return a sentence's translation; '' where the catalogue has none."""
    if (exact := gettext(sentence)) != sentence:
        return exact
    for pattern in _patterns():
        if match := pattern.expression.fullmatch(sentence):
            values = match.groupdict()
            if depth:
                values = {name: _localized(each, depth - 1) for name, each in values.items()}
            return gettext(pattern.text).format(**values)
    return ""


@dataclass(frozen=True, slots=True)
class _Pattern:
    text: str
    expression: re.Pattern[str]
    letters: int


@lru_cache(maxsize=1)
def _patterns() -> tuple[_Pattern, ...]:
    """Return the texts of the catalogue that hold values, those with the most letters first."""
    path = Path(settings.BASE_DIR) / "statuspage" / "locale" / "de" / "LC_MESSAGES" / "django.mo"
    with path.open("rb") as file:
        texts = [each.id for each in read_mo(file) if isinstance(each.id, str)]
    found = (made for text in texts if (made := _pattern(text)) is not None)
    return tuple(sorted(found, key=lambda each: -each.letters))


def _pattern(text: str) -> _Pattern | None:
    try:
        parts: list[Any] = list(Formatter().parse(text))
    except ValueError:
        return None
    names = [name for _, name, _, _ in parts if name is not None]
    if not names or len(set(names)) < len(names) or not all(map(str.isidentifier, names)):
        return None
    letters = sum(each.isalpha() for literal, *_ in parts for each in literal)
    expression = "".join(
        re.escape(literal) + (f"(?P<{name}>.+?)" if name else "") for literal, name, _, _ in parts
    )
    if letters < _MIN_LETTERS:
        return None
    return _Pattern(text, re.compile(expression, re.DOTALL), letters)
