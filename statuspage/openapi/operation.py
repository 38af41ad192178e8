"""What is said of one operation, and what follows from it for every operation alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Text:
    """An answer that is not JSON."""

    media: str
    example: str


Answer = Any
"""A `TypedDict` or pydantic class (JSON), a `Text`, a tuple of both, or None for no body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address."""

    id: str
    summary: str
    tag: str
    told: Mapping[int, Answer]
    scope: str = ""
    """What a token needs; '' for what anybody may call."""
    body: Any = None
    said: Any = None
    """An example of the body; made of its fields where nothing is said."""
    example: Any = None
    """An example of the answer; made of its fields where nothing is said."""
    query: Any = None
    refuses: frozenset[int] = field(default_factory=frozenset)
    """Statuses of problems beyond those that follow from the rest."""
    versioned: bool = False
    """Honours `If-Match` and `If-None-Match` (M41)."""
    session: bool = False
    """Takes the session of staff as well."""
    description: str = ""


def refusals(operation: Operation, *, method: str, path: str, idempotent: bool) -> list[int]:
    """The statuses that may be answered with a problem."""
    found = set(operation.refuses)
    if operation.scope:
        found |= {401, 403, 429}
    if path.startswith(("/api/v1/", "/v2/")):
        found.add(503)
    if operation.body is not None:
        found |= {400, 413, 415}
    if operation.query is not None:
        found.add(400)
    if "{" in path:
        found.add(404)
    if idempotent:
        found |= {400, 409, 422}
    if operation.versioned and method != "GET":
        found.add(412)
    return sorted(found - (set(operation.told) - operation.refuses))
