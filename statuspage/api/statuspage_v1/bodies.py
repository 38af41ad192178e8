"""Request bodies of this dialect: JSON or a form, in an envelope that bears the object's name."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from components.dialect_words import STATUSES
from components.status import Status
from components.values import foreign_json
from statuspage.api.fields import MAX_COMPONENTS, InstantField
from statuspage.api.statuspage_v1.forms import read_form
from statuspage.api.strict import StrictSerializer

W = TypeVar("W", bound=StrEnum)
STATUS_WORDS: dict[str, Status] = {
    words.statuspage: status for status, words in STATUSES.items() if status is not Status.UNKNOWN
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OFFSET = re.compile(r"(Z|[+-][0-9]{2}:?[0-9]{2})$", re.IGNORECASE)


class DialectParser(BaseParser):
    """A parser of whatever is sent: clients of this API say what it is wrongly, or not at all."""

    media_type = "*/*"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body: bytes = stream.read()
        if body.lstrip()[:1] in (b"{", b"[") or "json" in (media_type or ""):
            try:
                return foreign_json.load(body)
            except foreign_json.ForeignJsonError as error:
                raise ParseError(str(error)) from None
        try:
            return read_form(body)
        except ValueError as error:
            raise ParseError(str(error)) from None


def unwrapped(data: Any, name: str, *, also: str = "") -> dict[str, Any]:
    """Return the fields in the envelope `name`, with those beside it. Raises ParseError.

    Some clients leave the envelope out, or call it what is in `also`; and the description of a
    group belongs beside it.
    """
    if not isinstance(data, dict):
        raise ParseError(f"Write an object: {name}, with its fields.")
    if also in data and name not in data:
        name = also
    beside = {key: value for key, value in data.items() if key != name}
    inside = data.get(name)
    if inside is None:
        inside = {}
    if not isinstance(inside, dict):
        raise ParseError(f"{name}: write an object with its fields.")
    if not inside and not beside:
        raise ParseError(f"{name} is missing.")
    return {**beside, **inside}


class DialectBody(StrictSerializer):
    """The fields of one object. One that is null is one that was not sent."""

    without_effect: ClassVar[Collection[str]] = ()
    """What this dialect has besides, or had, or answers: taken, and not looked at."""
    nothing_if_blank: ClassVar[Collection[str]] = ()
    """Fields that an empty text says nothing of."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            data = {name: value for name, value in data.items() if self._counts(name, value)}
        return super().to_internal_value(data)

    def _counts(self, name: str, value: Any) -> bool:
        if name in self.without_effect or value is None:
            return False
        return not (name in self.nothing_if_blank and isinstance(value, str) and not value.strip())


class DialectInstantField(InstantField):
    """An instant; a date is its first one, and what says no offset is in UTC, the page's zone."""

    def to_internal_value(self, data: Any) -> datetime:
        if isinstance(data, str):
            data = data.strip()[:60]
            if _DATE.fullmatch(data):
                data = f"{data}T00:00:00Z"
            elif not _OFFSET.search(data):
                data = f"{data}Z"
        return super().to_internal_value(data)


class WordField(serializers.Field[Any, str, str, Any]):
    """One of the dialect's words, as what it stands for."""

    def __init__(self, words: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = words
        self._options = kwargs

    def __deepcopy__(self, memo: dict[int, Any]) -> "WordField":
        return WordField(self.words, **self._options)

    def to_internal_value(self, data: Any) -> Any:
        return read_word(data, self.words)

    def to_representation(self, value: Any) -> str:
        return next(word for word, each in self.words.items() if each == value)


class IdsField(serializers.Field[list[str], Any, Any, Any]):
    """A list of ids; objects with an `id`, as they were answered, will do."""

    def to_internal_value(self, data: Any) -> list[str]:
        if isinstance(data, str):
            data = [data] if data else []
        if not isinstance(data, list) or len(data) > MAX_COMPONENTS:
            raise serializers.ValidationError(f"Write a list of at most {MAX_COMPONENTS} ids.")
        return list(dict.fromkeys(_id_of(each) for each in data))


class StatusesField(serializers.Field[dict[str, Any], Any, Any, Any]):
    """`{id: status}`, or a list of ids; as `{id: Status}`, with None where no status is said."""

    def to_internal_value(self, data: Any) -> dict[str, Status | None]:
        if not isinstance(data, dict):
            return dict.fromkeys(IdsField().to_internal_value(data))
        if len(data) > MAX_COMPONENTS:
            raise serializers.ValidationError(f"Name at most {MAX_COMPONENTS} components.")
        return {str(name): read_word(word, STATUS_WORDS) for name, word in data.items()}


def _id_of(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("id")
    if not isinstance(value, str):
        raise serializers.ValidationError("Ids are texts of twelve characters.")
    return value


def read_word(data: Any, words: Mapping[str, Any]) -> Any:
    """Return what a word stands for. Raises ValidationError saying what words there are."""
    if not isinstance(data, str) or data.strip().lower() not in words:
        shown = f"“{data[:40]}” is none of them; write" if isinstance(data, str) else "Write one of"
        raise serializers.ValidationError(f"{shown} {', '.join(word for word in words if word)}.")
    return words[data.strip().lower()]


@contextmanager
def errors_by_names(names: Mapping[str, str]) -> Iterator[None]:
    """Name what services refuse by the dialect's fields, given those for ours."""
    try:
        yield
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            raise
        errors = {names.get(name, name): told for name, told in error.message_dict.items()}
        raise serializers.ValidationError(errors) from None
