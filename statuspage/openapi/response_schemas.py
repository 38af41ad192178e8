"""Conversion of the types that responses are declared with into schemas of the document.

A response is a `TypedDict`, declared beside the function that writes it. `IncidentJson` is the
component `Incident` of the document; its docstring is the component's description.
"""

from datetime import datetime
from inspect import cleandoc
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints, is_typeddict

from components.values.json_types import Description, Format, OneOf

Schema = dict[str, Any]
_SCALARS: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    float: {"type": "number", "format": "double"},
    datetime: {"type": "string", "format": "date-time"},
    object: {},
    Any: {},
}
_UNDESCRIBED = "An answer that has these members and no others."


def is_json_type(declaration: Any) -> bool:
    """Return whether this is a declared type of JSON: a `TypedDict`, or a dict or list of some."""
    return is_typeddict(declaration) or get_origin(declaration) in (Annotated, dict, list)


def component_name(declaration: Any) -> str:
    """Return the name of a `TypedDict` in the document."""
    name: str = declaration.__name__
    return name.removesuffix("Json")


def schema_of(declaration: Any) -> tuple[Schema, dict[Any, Schema]]:
    """Return the schema of a response, and that of each `TypedDict` it is made of, by its class."""
    components: dict[Any, Schema] = {}
    return _schema(declaration, components), components


def _schema(hint: Any, components: dict[Any, Schema]) -> Schema:
    if is_typeddict(hint):
        return _reference(hint, components)
    origin = get_origin(hint)
    if origin is None:
        return dict(_SCALARS[hint])
    of, *more = (each for each in get_args(hint) if each is not NoneType)
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(more[0], components)}
    schema = _schema(of, components)
    if origin is list:
        return {"type": "array", "items": schema}
    if origin in (Union, UnionType):
        return _or_null(schema)
    return _annotated(schema, more)  # or required or not, which the object states


def _reference(declaration: Any, components: dict[Any, Schema]) -> Schema:
    if declaration not in components:
        components[declaration] = {}  # it is being made, whatever refers to it from within
        components[declaration] = _object(declaration, components)
    return {"$ref": f"#/components/schemas/{component_name(declaration)}"}


def _object(declaration: Any, components: dict[Any, Schema]) -> Schema:
    members = get_type_hints(declaration, include_extras=True)
    docstring = declaration.__doc__
    schema = {
        "type": "object",
        "description": cleandoc(docstring) if docstring else _UNDESCRIBED,
        "properties": {name: _schema(hint, components) for name, hint in members.items()},
        "additionalProperties": False,
    }
    required = sorted(declaration.__required_keys__)
    return {**schema, "required": required} if required else schema


def _annotated(schema: Schema, extras: list[object]) -> Schema:
    for extra in extras:
        if isinstance(extra, OneOf):
            values = "\n".join(f"* `{word}` - {word}" for word in extra.words)
            schema = {"enum": extra.words, **schema, "description": values}
        elif isinstance(extra, Format):
            schema = {**schema, "format": extra.name}
        elif isinstance(extra, Description):
            schema = {"type": schema["type"], "description": extra.text, **schema}
    return schema


def _or_null(schema: Schema) -> Schema:
    if "$ref" in schema:
        return {"oneOf": [schema, {"type": "null"}]}
    nullable = {**schema, "type": [schema["type"], "null"]}
    return {**nullable, "enum": [*schema["enum"], None]} if "enum" in schema else nullable
