"""Errors of a catalogue document: every mistake with its path."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from monitors.config.parsing import ConfigError


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a document."""

    path: str
    """As `components.3.slug`; '' for the document as a whole."""
    message: str
    follows: bool = False
    """Whether it follows from another one."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class DocumentError(Exception):
    """A document cannot be read or applied; `mistakes` names each place and what to mend."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


class WaitingError(ValueError):
    """What an object refers to is in the document, and not stored yet."""


def mistakes_of(error: ValidationError, path: str) -> Iterator[Mistake]:
    """Yield what a service says against an object of the document."""
    if isinstance(error, ConfigError):
        for field, texts in error.by_field.items():
            yield from (Mistake(f"{path}.config.{field}", text) for text in texts)
    elif hasattr(error, "error_dict"):
        for field, texts in error.message_dict.items():
            place = path if field == "__all__" else f"{path}.{field}"
            yield from (Mistake(place, text) for text in texts)
    else:
        yield from (Mistake(path, text) for text in error.messages)
