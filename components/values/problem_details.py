"""Problem details (RFC 9457): the object that every error of an API is."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NotRequired, TypedDict, cast

from components.values import request_id
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
    """RFC 9457: why a request was refused. `request_id` stands in the header `X-Request-ID` and in
    the lines that were logged; `errors` names each field; `error` is for clients of the status
    administration API; `window` is the maintenance window that blocks."""

    type: str
    title: str
    status: int
    detail: str
    request_id: NotRequired[str]
    errors: NotRequired[list[ProblemErrorJson]]
    error: NotRequired[ErrorObjectJson]
    window: NotRequired[ProblemWindowJson]


def problem_details(status: int, detail: str, more: Mapping[str, Any] | None = None) -> ProblemJson:
    """The members in their order; `more` are extension members.

    While a request with an id is being answered, the id is one of them.
    """
    members = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **({"request_id": known} if (known := request_id.current()) else {}),
        **(more or {}),
    }
    return cast("ProblemJson", members)
