"""The shape of a document, made of the table of kinds; reading one, and writing one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as Described
from pydantic import ValidationError as ShapeError

from components.values.shape_errors import shape_sentence
from statuspage.catalogue.errors import DocumentError, Mistake
from statuspage.catalogue.fields import REQUIRED
from statuspage.catalogue.kind import ObjectKind
from statuspage.catalogue.kinds import BY_SECTION, KINDS

VERSION = 1
SCHEMA_MEMBER = "$schema"
"""Where a document may name its JSON Schema; it says nothing else."""
_SECRET_FORMS = ("str", "FromEnvironment", "FromFile", "Kept")
_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Named:
    """One object that a document names."""

    kind: ObjectKind
    number: int
    """Its place in its section."""
    values: Mapping[str, Any]
    """Of all its fields."""

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(self.values[name] for name in self.kind.key)

    @property
    def place(self) -> str:
        return f"{self.kind.section}.{self.number}"


Document = Mapping[str, Sequence[Named]]
"""The objects of a document by section; a section that it leaves out is not there."""


@cache
def shape() -> type[BaseModel]:
    """Return the shape of a document."""
    sections: dict[str, Any] = {
        kind.section: (list[_part(kind)] | None, None)  # type: ignore[misc]  # made at run time
        for kind in KINDS
    }
    return create_model(
        "Catalogue", __config__=_STRICT, __doc__="What is on the desk, as one document.",
        version=(Literal[1], ...), **sections,
    )  # fmt: skip


def _part(kind: ObjectKind) -> Any:
    members: dict[str, Any] = {
        field.name: (
            field.annotation,
            ... if field.default is REQUIRED else Described(default=field.default),
        )
        for field in kind.fields
    }
    return create_model(kind.model_name, __config__=_STRICT, **members)


def read_document(value: Any) -> Document:
    """Return the objects of a document's plain value. Raises DocumentError with every mistake."""
    if not isinstance(value, dict):
        raise DocumentError([Mistake("", f"Write an object with version: {VERSION}.")])
    try:
        read = shape().model_validate({
            name: inner for name, inner in value.items() if name != SCHEMA_MEMBER
        })  # fmt: skip
    except ShapeError as error:
        raise DocumentError(_mistakes(error)) from None
    document: dict[str, list[Named]] = {}
    for kind in KINDS:
        parts = getattr(read, kind.section)
        if parts is not None:
            document[kind.section] = [
                Named(kind, number, _values(kind, part)) for number, part in enumerate(parts)
            ]
    if twice := _named_twice(document):
        raise DocumentError(twice)
    return document


def _mistakes(error: ShapeError) -> list[Mistake]:
    found: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        places = [str(each) for each in problem["loc"]]
        if len(places) > 3 and places[3] in _SECRET_FORMS:
            places, text = places[:3], "Write text, {env: NAME}, {file: PATH} or {keep: true}."
        else:
            text = shape_sentence(problem, known=_names_at(problem["loc"]))
        found.setdefault(".".join(places), text)
    return [Mistake(path, text) for path, text in found.items()]


def _names_at(place: tuple[int | str, ...]) -> Collection[str]:
    """Return the names that there are where an unknown one stands, in the form of pydantic."""
    if len(place) == 1:
        return ["version", *BY_SECTION]
    kind = BY_SECTION.get(str(place[0]))
    return kind.names if kind is not None and len(place) == 3 else ()


def _values(kind: ObjectKind, part: BaseModel) -> dict[str, Any]:
    values = part.model_dump()
    for field in kind.fields:
        if field.default_of is not None and values[field.name] is None:
            values[field.name] = field.default_of(values)
    return values


def _named_twice(document: Document) -> list[Mistake]:
    found = []
    for kind in KINDS:
        seen: dict[tuple[str, ...], str] = {}
        for named in document.get(kind.section, ()):
            before = seen.setdefault(named.key, named.place)
            if before != named.place:
                text = f"This {kind.noun} is named by {before} already: {'/'.join(named.key)}."
                found.append(Mistake(f"{named.place}.{kind.key[-1]}", text))
    return found
