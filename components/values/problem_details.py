"""Problem details (RFC 9457): the object that every error of an API is."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NotRequired, TypedDict, cast

from components.values.json_types import Instant

PROBLEM_TYPE = "application/problem+json"


class ProblemErrorJson(TypedDict):
    """What is wrong with one field."""

    field: str
    code: str
    message: str


class ErrorObjectJson(TypedDict):
    code: str
    message: str


class ProblemWindowJson(TypedDict):
    id: int
    title: str | None
    starts_at: Instant
    ends_at: Instant


class ProblemJson(TypedDict):
    """RFC 9457: why a request was refused. `errors` names each field; `error` is for clients of
    the status administration API; `window` is the maintenance window that blocks."""

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[list[ProblemErrorJson]]
    error: NotRequired[ErrorObjectJson]
    window: NotRequired[ProblemWindowJson]


def problem_details(status: int, detail: str, more: Mapping[str, Any] | None = None) -> ProblemJson:
    """The members in their order; `more` are extension members."""
    members = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **(more or {}),
    }
    return cast("ProblemJson", members)
