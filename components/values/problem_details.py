"""Problem details (RFC 9457): the object that every error of an API is."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

PROBLEM_TYPE = "application/problem+json"


def problem_details(
    status: int, detail: str, more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The members in their order; `more` are extension members."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **(more or {}),
    }
