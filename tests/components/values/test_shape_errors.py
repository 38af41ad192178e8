"""What pydantic finds wrong is told in sentences of ours, without what was written."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from components.values.shape_errors import shape_sentence


def _refuse(text: str) -> str:
    if text == "bad":
        raise ValueError("that will not do")
    return text


class Inner(BaseModel):
    a: int


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    name: Annotated[str, Field(min_length=2, max_length=5)] = "abc"
    port: Annotated[int, Field(ge=1, le=65_535)] = 1
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    on: bool = True
    word: Literal["up", "down"] = "up"
    many: Annotated[list[str], Field(min_length=1, max_length=2)] = []
    table: dict[str, str] = {}
    inner: Inner | None = None
    checked: Annotated[str, AfterValidator(_refuse)] = "good"
    secret: SecretStr | None = None
    code: Annotated[str, Field(pattern="^[a-z]+$")] = "a"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"name": 5}, "Write text."),
        ({"name": "a"}, "Write at least 2 characters."),
        ({"name": "abcdef"}, "Write at most 5 characters."),
        ({"port": "1"}, "Write a whole number."),
        ({"port": 0}, "Write a number of 1 or more."),
        ({"port": 70_000}, "Write a number of 65535 or less."),
        ({"share": 0}, "Write a number greater than 0.0."),
        ({"share": 1}, "Write a number less than 1.0."),
        ({"share": float("nan")}, "Write a finite number."),
        ({"share": []}, "Write a number."),
        ({"on": "yes"}, "Write true or false."),
        ({"word": "sideways"}, "Write up or down."),
        ({"many": "a"}, "Write a list."),
        ({"many": []}, "Write at least 1 entry."),
        ({"many": ["a"] * 3}, "Write at most 2 entries."),
        ({"table": []}, "Write an object with names and values."),
        ({"inner": 5}, "Write an object with names and values."),
        ({"inner": {}}, "This field is required."),
        ({"checked": "bad"}, "That will not do."),
        ({"secret": 5}, "Write text."),
        ({"code": "7"}, "Write text that matches ^[a-z]+$."),
        ({"nmae": "a"}, "There is no such field. Did you mean name?"),
    ],
    ids=str,
)
def test_a_mistake_is_told_as_what_to_write(written: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Shape.model_validate(written)

    (problem,) = refused.value.errors()
    assert shape_sentence(problem, known=Shape.model_fields) == told


def test_what_is_not_known_here_is_a_sentence_all_the_same() -> None:
    problem = {"type": "brand_new", "loc": (), "msg": "Input should be a valid moon"}

    assert shape_sentence(problem) == "It must be a valid moon."
