"""The type of every problem: the edge, the middleware and the API each write some of it."""

from typing import NotRequired, TypedDict

from components.values.json_types import Instant


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
