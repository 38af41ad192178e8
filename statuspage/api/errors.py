"""Errors of the API: RFC 9457 problem+json, naming each field and what is wrong with it."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import APIException
from rest_framework.exceptions import ValidationError as ApiValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from components.database.errors import is_read_only, is_unavailable
from components.optimistic_lock import ConflictError
from components.values.problem_details import PROBLEM_TYPE, problem_details
from statuspage.api.conditional import StaleError
from statuspage.catalogue.protection import ManagedError

DATABASE_AWAY = "The database does not answer just now. Send it again in a moment."
DATABASE_READ_ONLY = "The database takes no changes just now. Send it again in a moment."
RETRY_SECONDS = 5
"""What a 503 says about when to try again (`Retry-After`)."""


class DatabaseUnavailableError(APIException):
    """The database is locked, read-only or does not answer: that is no fault of the request."""

    status_code = 503
    default_code = "unavailable"
    default_detail = DATABASE_AWAY
    wait = RETRY_SECONDS
    """Becomes `Retry-After`."""


class DescribedError(APIException):
    """A catalogue file describes it: it is changed there."""

    status_code = 409
    default_code = "managed"


class ProblemRenderer(JSONRenderer):
    media_type = PROBLEM_TYPE


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the problem for an error, as DRF's exception handler; None makes it a 500."""
    if isinstance(error, ValidationError):
        error = ApiValidationError(
            error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        )
    if isinstance(error, ManagedError):
        error = DescribedError(str(error))
    if isinstance(error, ConflictError):
        error = StaleError(str(error))
    unavailable = is_unavailable(error)
    if unavailable:
        read_only = is_read_only(error)
        error = DatabaseUnavailableError(DATABASE_READ_ONLY if read_only else None)
    response = exception_handler(error, context)
    if response is None:
        return None
    if unavailable:
        # The process says once what there is to say (`components.database.outage`).
        response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  (Django's mark)
    problems = list(_problems(error.detail)) if isinstance(error, ApiValidationError) else []
    detail = (
        "; ".join(f"{item['field']}: {item['message']}" for item in problems)
        if problems
        else str(getattr(error, "detail", error) if isinstance(error, APIException) else error)
    )
    more = {"errors": problems} if problems else {}
    response.data = problem_details(
        response.status_code, detail, more | _error_object(error, context, detail)
    )
    response.content_type = ProblemRenderer.media_type
    return response


def _error_object(error: Exception, context: dict[str, Any], detail: str) -> dict[str, Any]:
    """Return the member that clients of the status administration API look for (contract M)."""
    if not getattr(context.get("view"), "has_error_object", False):
        return {}
    code = getattr(error, "default_code", "not_found")
    return {"error": {"code": code, "message": detail}}


def _problems(detail: Any, place: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _problems(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _problems(inner, place)
    else:
        code = getattr(detail, "code", None) or "invalid"
        yield {"field": place, "code": code, "message": str(detail)}
