"""Types of JSON members that say more than `str`: a format, or the words that may stand there.

Answers are declared with them, as `TypedDict`s beside the functions that write the answers; the
OpenAPI document is generated from the same declarations. For the type checker all are `str`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class Format:
    """The format of a string, as JSON Schema names it."""

    name: str


class OneOf:
    """The words that a string is one of; from a function where they are not known at import."""

    def __init__(self, words: Iterable[str] | Callable[[], Iterable[str]]) -> None:
        self._words = tuple(words) if isinstance(words, Iterable) else words

    @property
    def words(self) -> list[str]:
        """In order, each once."""
        words = self._words if isinstance(self._words, tuple) else self._words()
        return list(dict.fromkeys(str(word) for word in words))


@dataclass(frozen=True, slots=True)
class Description:
    """What the document says of a member, or of an answer that is no `TypedDict`."""

    text: str


Instant = Annotated[str, Format("date-time")]
"""ISO 8601 with an offset."""
Date = Annotated[str, Format("date")]
"""ISO 8601, a day."""
