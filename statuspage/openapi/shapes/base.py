"""What shapes are made of, and the shape of every problem."""

from typing import Any

from rest_framework import serializers

from components.dialect_words import SEVERITIES, STATUSES
from components.status import Verdict

COMMON = list(dict.fromkeys(words.common for words in STATUSES.values()))
"""The words for a status in X, T and M."""
VERDICTS = [verdict.value for verdict in Verdict]
SEVERITY_WORDS = {
    dialect: list(dict.fromkeys(getattr(words, dialect) for words in SEVERITIES.values()))
    for dialect in ("admin", "system", "statuspage")
}


class Shape(serializers.Serializer[Any]):
    """An answer that has these members and no others."""


def one_of(words: list[str], **options: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=words, **options)


def several(child: Any, **options: Any) -> serializers.ListField:
    return serializers.ListField(child=child, **options)


def ids() -> serializers.ListField:
    return several(serializers.IntegerField())


def texts() -> serializers.ListField:
    return several(text())


def text(**options: Any) -> serializers.CharField:
    return serializers.CharField(allow_blank=True, **options)


def instant(**options: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(**options)


def number(**options: Any) -> serializers.FloatField:
    return serializers.FloatField(**options)


class ProblemError(Shape):
    """What is wrong with one field."""

    field = text()
    code = text()
    message = text()


class ErrorObject(Shape):
    code = text()
    message = text()


class ProblemWindow(Shape):
    id = serializers.IntegerField()
    title = text(allow_null=True)
    starts_at = instant()
    ends_at = instant()


class Problem(Shape):
    """RFC 9457: why a request was refused. `errors` names each field; `error` is for clients of
    the status administration API; `window` is the maintenance window that blocks."""

    type = text()
    title = text()
    status = serializers.IntegerField()
    detail = text()
    errors = several(ProblemError(), required=False)  # type: ignore[assignment]  # a member here
    error = ErrorObject(required=False)
    window = ProblemWindow(required=False)
