"""Columns that hold secrets, sealed; `sealed_columns` finds them all, for rotation and doctor."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from components.secrets import SEALED, Sealed, is_sealed

Change = Callable[[str], str]
"""Token -> token."""


class SealedField(models.TextField[Any, Any]):
    """One secret, as a `Sealed`; None when there is none. Plain text is refused, not stored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", "")
        kwargs["blank"], kwargs["editable"] = True, False
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, *_: Any) -> Sealed | None:
        return Sealed(value) if value else None

    def to_python(self, value: Any) -> Sealed | None:
        if isinstance(value, Sealed) or not value:
            return value or None
        raise TypeError(f"{self.name} takes what `Sealed.of` makes, not plain text")

    def get_prep_value(self, value: Any) -> str:
        sealed = self.to_python(value)
        return sealed.token if sealed else ""

    def tokens_in(self, value: Any) -> Iterator[str]:
        if value:
            yield value.token

    def with_tokens(self, value: Any, change: Change) -> Any:
        return Sealed(change(value.token)) if value else value


class SealedJSONField(models.JSONField):
    """JSON in which some values are secrets: `{"$sealed": TOKEN}`."""

    def tokens_in(self, value: Any) -> Iterator[str]:
        if is_sealed(value):
            yield value[SEALED]
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from self.tokens_in(inner)

    def with_tokens(self, value: Any, change: Change) -> Any:
        if is_sealed(value):
            return {SEALED: change(value[SEALED])}
        if isinstance(value, dict):
            return {name: self.with_tokens(inner, change) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.with_tokens(inner, change) for inner in value]
        return value


@dataclass(frozen=True, slots=True)
class SealedValues:
    """A JSON column of a package's model in which the values of some names are tokens."""

    model: str
    """As `app.Model`."""
    name: str
    names: tuple[str, ...]

    @property
    def attname(self) -> str:
        return self.name

    @property
    def column(self) -> str:
        return self.name

    def tokens_in(self, value: Any) -> Iterator[str]:
        yield from (value[name] for name in self.names if value.get(name))

    def with_tokens(self, value: Any, change: Change) -> Any:
        return {**value, **{name: change(value[name]) for name in self.names if value.get(name)}}


SealedColumn = SealedField | SealedJSONField | SealedValues
_of_packages: dict[str, SealedValues] = {}


def seal_values(column: SealedValues) -> None:
    """Have a package's column be found by `sealed_columns` too."""
    _of_packages[column.model] = column


def sealed_columns() -> Iterator[tuple[type[models.Model], SealedColumn]]:
    """Yield every column that holds secrets, with its model."""
    for model in apps.get_models():
        for column in model._meta.local_concrete_fields:
            if isinstance(column, SealedField | SealedJSONField):
                yield model, column
    for values in _of_packages.values():
        yield apps.get_model(values.model), values
