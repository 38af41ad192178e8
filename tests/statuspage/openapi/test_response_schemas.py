"""Types that answers are declared with, as schemas and as examples."""

from enum import StrEnum
from typing import Annotated, NotRequired, TypedDict

from components.values.json_types import Description, Instant, OneOf
from statuspage.openapi.examples import example_of
from statuspage.openapi.response_schemas import is_json_type, schema_of


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class LeafJson(TypedDict):
    """A leaf."""

    colour: Annotated[str, OneOf(Colour)] | None


class TreeJson(TypedDict):
    id: int
    height: float | None
    started_at: Instant
    root: NotRequired[LeafJson | None]
    leaves: list[LeafJson]
    named: dict[str, LeafJson]


def test_an_answer_is_a_typed_dict_or_made_of_some() -> None:
    assert is_json_type(TreeJson)
    assert is_json_type(dict[str, LeafJson])
    assert not is_json_type(Colour)
    assert not is_json_type(None)


def test_each_typed_dict_is_a_component_by_its_name_without_the_suffix() -> None:
    schema, components = schema_of(TreeJson)

    assert schema == {"$ref": "#/components/schemas/Tree"}
    assert list(components) == [TreeJson, LeafJson]
    assert components[LeafJson]["description"] == "A leaf."


def test_what_may_be_left_out_is_not_required_and_nothing_else_may_be_there() -> None:
    _, components = schema_of(TreeJson)
    tree = components[TreeJson]

    assert tree["required"] == ["height", "id", "leaves", "named", "started_at"]
    assert tree["additionalProperties"] is False


def test_formats_words_and_null_are_told() -> None:
    _, components = schema_of(TreeJson)
    properties = components[TreeJson]["properties"]

    assert properties["height"] == {"type": ["number", "null"], "format": "double"}
    assert properties["started_at"] == {"type": "string", "format": "date-time"}
    assert properties["root"]["oneOf"] == [{"$ref": "#/components/schemas/Leaf"}, {"type": "null"}]
    assert components[LeafJson]["properties"]["colour"] == {
        "enum": ["red", "blue", None],
        "type": ["string", "null"],
        "description": "* `red` - red\n* `blue` - blue",
    }


def test_words_that_plug_ins_bring_are_asked_for_when_they_are_needed() -> None:
    words = ["email"]
    declared = OneOf(lambda: words)

    words.append("webhook")

    assert declared.words == ["email", "webhook"]


def test_an_answer_that_is_no_typed_dict_says_itself_what_it_is() -> None:
    schema, _ = schema_of(Annotated[dict[str, LeafJson], Description("By name.")])

    assert schema == {
        "type": "object",
        "description": "By name.",
        "additionalProperties": {"$ref": "#/components/schemas/Leaf"},
    }


def test_an_example_has_every_member() -> None:
    schema, components = schema_of(TreeJson)
    by_name = {each.__name__.removesuffix("Json"): components[each] for each in components}

    assert example_of(schema, by_name) == {
        "id": 1,
        "height": 12.5,
        "started_at": "2026-11-21T14:00:00Z",
        "root": {"colour": "blue"},
        "leaves": [{"colour": "blue"}],
        "named": {"worker-1": {"colour": "blue"}},
    }
