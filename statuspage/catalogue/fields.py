"""Fields of the catalogue's objects: how each stands in a document, and in a row.

A field that a document leaves out has its default; what has its default is not exported.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Annotated, Any, Literal, Protocol

from django.core.exceptions import ValidationError
from django.db import models
from pydantic import AfterValidator
from pydantic import Field as Described

from components.text import ParagraphField, line, paragraph
from statuspage.catalogue.secrets import References, SecretValue, Stored

REQUIRED: Any = object()
"""The default of what a document must say."""


class Rows(Protocol):
    """The rows of the catalogue, by their keys."""

    def find(self, section: str, key: str) -> Any:
        """Return the row that a document refers to. Raises ValueError when there is none."""


@dataclass(slots=True)
class Draft:
    """A row that is being written, with what a service is to be given beside it."""

    row: Any
    stored: Any
    """The row as it is stored; None for a new one."""
    rows: Rows
    references: References
    given: dict[str, Any] = field(default_factory=dict)
    """Related rows and new secrets, by field."""
    told: dict[str, Any] = field(default_factory=dict)
    """Those of them as a document has them: what `read` will return once they are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an object."""

    name: str
    annotation: Any
    """Its type in a document, as pydantic reads it."""
    default: Any = REQUIRED
    default_of: Callable[[Mapping[str, Any]], Any] | None = None
    """Its default where that depends on the object's other fields."""
    read: Callable[[Any], Any]
    """Returns the value of a row as a document has it."""
    write: Callable[[Draft, Any], None]
    """Sets the value of a document on a row; raises ValueError when there is no such thing."""
    refers: bool = False
    """Whether it names other objects, which are looked for even if it is as it was."""


def column(
    model: type[models.Model], name: str, *, as_name: str = "", annotation: Any = None
) -> Field:
    """Return the field of a column: type, default, choices and words are those of the model."""
    described: Any = model._meta.get_field(name)
    number = described.get_internal_type() == "FloatField"

    def read(row: Any) -> Any:
        value = getattr(row, name)
        value = value.value if isinstance(value, Enum) else value
        return float(value) if number and value is not None else value

    return Field(
        name=as_name or name,
        annotation=annotation or _annotation(described),
        default=_default(described),
        read=read,
        write=lambda draft, value: setattr(draft.row, name, value),
    )


def _default(described: Any) -> Any:
    if described.has_default():
        value = described.get_default()
        return value.value if isinstance(value, Enum) else value
    if described.null:
        return None
    return "" if described.blank and described.empty_strings_allowed else REQUIRED


def _annotation(described: Any) -> Any:
    kinds = {
        "BooleanField": bool, "IntegerField": int, "PositiveIntegerField": int,
        "PositiveSmallIntegerField": int, "FloatField": float, "JSONField": list[str],
    }  # fmt: skip
    text = str(described.help_text) or None
    if described.choices:
        words = [str(value) for value, _ in described.flatchoices]
        found: Any = Literal[("", *words) if _default(described) == "" else tuple(words)]
    elif described.get_internal_type() in kinds:
        found = kinds[described.get_internal_type()]
    else:
        tidy = paragraph if isinstance(described, ParagraphField) else line
        found = Annotated[str, Described(max_length=described.max_length), AfterValidator(tidy)]
    found = found | None if described.null else found
    return Annotated[found, Described(description=text)] if text else found


def columns(model: type[models.Model], names: str) -> tuple[Field, ...]:
    """Return the fields of some columns, named with spaces between them."""
    return tuple(column(model, name) for name in names.split())


def label(model: type[models.Model], name: str, *, otherwise: str) -> Field:
    """Return the field of a name by which an object is found again, and which may be empty.

    `otherwise` is what one without a name is called, with `{}` for its primary key.
    """
    described: Any = model._meta.get_field(name)

    def named(text: str) -> str:
        if not (tidy := line(text)):
            raise ValueError("Write a name.")
        return tidy

    text = Annotated[str, Described(max_length=described.max_length), AfterValidator(named)]
    return replace(
        column(model, name, annotation=text),
        default=REQUIRED,
        read=lambda row: getattr(row, name) or otherwise.format(row.pk),
    )


def reference(name: str, *, to: str, by: str, required: bool = False) -> Field:
    """Return the field of a foreign key, which names an object of the section `to` by its key."""

    def read(row: Any) -> str | None:
        related = getattr(row, name)
        return None if related is None else getattr(related, by)

    def write(draft: Draft, key: str | None) -> None:
        found = None if key is None else draft.rows.find(to, key)
        setattr(draft.row, name, found)

    return Field(
        name=name,
        annotation=str if required else str | None,
        default=REQUIRED if required else None,
        read=read,
        write=write,
        refers=True,
    )


def references(
    name: str, *, to: str, by: str, is_named: Callable[[Any], bool] = lambda row: True
) -> Field:
    """Return the field of rows that a row is related to, named by their keys.

    Those that no document names, such as retired components, stay related.
    """

    def read(row: Any) -> list[str]:
        if row.pk is None:
            return []
        return sorted(str(getattr(each, by)) for each in getattr(row, name).all() if is_named(each))

    def write(draft: Draft, keys: Iterable[str]) -> None:
        wanted = {key: draft.rows.find(to, key) for key in keys}
        related = getattr(draft.row, name).all() if draft.row.pk is not None else ()
        unnamed = [each for each in related if not is_named(each)]
        draft.given[name] = [*wanted.values(), *unnamed]
        draft.told[name] = sorted(str(getattr(each, by)) for each in wanted.values())

    return Field(
        name=name, annotation=list[str], default=[], read=read, write=write, refers=True
    )  # fmt: skip


NEW_SECRET = Stored("new")


def secret(
    name: str,
    *,
    read: Callable[[Any], str],
    is_same: Callable[[Any, str], bool],
    required: bool = False,
) -> Field:
    """Return the field of a secret. `read` returns what is stored, sealed or hashed; '' for none.

    The service is given its text, '' to take it away, None to keep the one that is set.
    """

    def shown(row: Any) -> Stored | None:
        token = read(row)
        return Stored(token) if token else None

    def write(draft: Draft, written: Any) -> None:
        before = shown(draft.stored) if draft.stored else None
        text = "" if written is None else draft.references.open(written)
        if text is None and before is None:
            raise ValidationError({name: "There is no secret here to keep: write it, or a"
                                         " reference to it."})  # fmt: skip
        keeps = text is None or (before is not None and text and is_same(draft.stored, text))
        draft.given[name] = None if keeps else text
        draft.told[name] = before if keeps else NEW_SECRET if text else None

    return Field(
        name=name,
        annotation=SecretValue if required else SecretValue | None,
        default=REQUIRED if required else None,
        read=shown,
        write=write,
    )
