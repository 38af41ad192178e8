"""Errors of this dialect: `{"error": …}`, a sentence, or a list of one for each field."""

from typing import Any

from rest_framework.response import Response

from statuspage.api import errors
from statuspage.api.duplicates import DuplicateError

UNPROCESSABLE = 422
TOO_MANY_REQUESTS = 420
"""What Statuspage answers beyond the limit, and what its clients wait upon."""
_STATUSES = {412: UNPROCESSABLE, 429: TOO_MANY_REQUESTS}


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to an error, as DRF's exception handler; None makes it a 500.

    What cannot be read is 400; what can be read and cannot be done is 422.
    """
    response = errors.handle_exception(error, context)
    if response is None:
        return None
    problem: Any = response.data
    fields = problem.get("errors", ())
    if fields or isinstance(error, DuplicateError):
        response.status_code = UNPROCESSABLE
    else:
        response.status_code = _STATUSES.get(response.status_code, response.status_code)
    sentences = [
        f"{each['field']}: {each['message']}" if each["field"] else each["message"]
        for each in fields
    ]
    response.data = {"error": sentences or problem["detail"]}
    response.content_type = "application/json"
    return response
