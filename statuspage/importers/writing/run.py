"""One import: how it is called, what is known, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError

from components.models import Component, Group
from statuspage.importers.report import Report
from statuspage.importers.writing.origins import Origins

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Import:
    """What all parts of an import share."""

    system: str
    now: datetime
    dry_run: bool
    again: bool = False
    """Whether what was deleted here since comes in again."""
    product: str = ""
    """The product's name, which the page tells; '' is as `system`."""
    follows: bool = False
    """Whether what came in before is brought in line with what is said now, by the caller."""
    report: Report = field(default_factory=Report)
    origins: Origins = field(init=False)
    groups: dict[str, Group] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)
    """By key: what came in now or before, and is here."""
    _unstored: int = 0

    def __post_init__(self) -> None:
        self.origins = Origins(self.system)
        self.product = self.product or self.system

    @property
    def actor(self) -> str:
        return f"manage.py import ({self.system})"

    def was_deleted(self, kind: str, key: str, place: str) -> bool:
        """Return whether something came in before and is not here, and is to stay away."""
        if self.origins.get(kind, key) is None or self.again:
            return False
        self.report.refuse(place, "it was deleted here since; --again brings it in again")
        return True

    def number(self, row: Group | Component) -> None:
        """Give a row that a dry run does not store a number that no stored row has."""
        self._unstored -= 1
        row.pk = self._unstored


def sentence(error: ValidationError) -> str:
    """Return what is wrong, each field with its text, as one line."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        f"{name}: {' '.join(texts)}" if name != "__all__" else " ".join(texts)
        for name, texts in error.message_dict.items()
    )
