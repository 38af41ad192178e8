"""A kind of object in the catalogue: its key, its fields, and the services that change it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Model, Q, QuerySet

from statuspage.catalogue.fields import Draft, Field


class Save(Protocol):
    """Stores a draft by its service; returns what is told this once, by name."""

    def __call__(self, draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]: ...


class Retire(Protocol):
    """Takes an object out of use by its service; its history stays."""

    def __call__(self, row: Any, *, actor: str, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectKind:
    """One kind of object: a row of this table is all that the catalogue knows of it."""

    section: str
    """Where its objects stand in a document."""
    noun: str
    model: type[Model]
    key: tuple[str, ...]
    """The fields by which an object is found again; they never change."""
    fields: tuple[Field, ...]
    among: Q = Q()
    """Which rows of the model are objects of this kind."""
    joined: tuple[str, ...] = ()
    """The relations that reading a row follows: one to one, and many to one."""
    gathered: tuple[str, ...] = ()
    """Those to many."""
    save: Save
    retire: Retire | None = None
    """None for what only a person deletes."""
    restore: Retire | None = None
    """Brings back what is gone; None for what comes back by being saved."""
    is_gone: Callable[[Any], bool] = lambda row: False
    """Whether a row is out of the catalogue: it is not exported, and nothing refers to it."""
    is_idle: Callable[[Any], bool] = lambda row: False
    """Whether a row that no document names needs no retiring."""
    own: Callable[[], Collection[Any]] = tuple
    """Returns the primary keys of the product's own rows, which no document names."""
    is_plain: Callable[[Any, Mapping[str, Any]], bool] = lambda row, values: False
    """Whether a row that has this in a document is left out of it."""

    @property
    def model_name(self) -> str:
        """What one is called in the JSON Schema: `AlertChannel`."""
        return self.noun.title().replace(" ", "")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.fields)

    def rows(self) -> QuerySet[Any]:
        """Return all rows, in the order in which they were made."""
        rows = self.model._default_manager.filter(self.among).order_by("pk")
        return rows.select_related(*self.joined).prefetch_related(*self.gathered)

    def values(self, row: Any) -> dict[str, Any]:
        """Return all that a document says of a row."""
        return {each.name: each.read(row) for each in self.fields}

    def default(self, field: Field, values: Mapping[str, Any]) -> Any:
        return field.default_of(values) if field.default_of else field.default

    def path(self, key: tuple[str, ...]) -> str:
        """Return how an object is named in a plan: `monitors/api/Health`."""
        return "/".join((self.section, *key))
