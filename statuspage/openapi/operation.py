"""Declaration of one operation, and the problems that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Text:
    """A body that is not JSON."""

    media: str
    example: str


ResponseType = Any
"""A `TypedDict` or pydantic class (JSON), a `Text`, a tuple of both, or None for no body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address."""

    id: str
    summary: str
    tag: str
    responses: Mapping[int, ResponseType]
    """By status."""
    scope: str = ""
    """What a token needs; '' for what anyone may call."""
    body: Any = None
    """A serializer or pydantic class (JSON), a `Text`, or a tuple of one each."""
    request_example: Any = None
    """An example of the body; built from its fields where none is given."""
    response_example: Any = None
    """An example of the response; built from its fields where none is given."""
    query: Any = None
    problems: frozenset[int] = field(default_factory=frozenset)
    """Statuses of problems beyond those that follow from the rest."""
    versioned: bool = False
    """Honours `If-Match` and `If-None-Match` (M41)."""
    session: bool = False
    """Accepts the session of staff as well."""
    description: str = ""


def problem_statuses(
    operation: Operation, *, method: str, path: str, idempotent: bool
) -> list[int]:
    """Return the statuses whose response may be a problem."""
    statuses = set(operation.problems)
    if operation.scope:
        statuses |= {401, 403, 429}
    if path.startswith(("/api/v1/", "/v2/")):
        statuses.add(503)
    if operation.body is not None:
        statuses |= {400, 413, 415}
    if operation.query is not None:
        statuses.add(400)
    if "{" in path:
        statuses.add(404)
    if idempotent:
        statuses |= {400, 409, 422}
    if operation.versioned and method != "GET":
        statuses.add(412)
    return sorted(statuses - (set(operation.responses) - operation.problems))
