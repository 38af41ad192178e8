"""Middleware for every response of the APIs: problems are problem+json, limits are stated.

Views of the API answer so by themselves. What never reaches one (an address that is not there) or
breaks in one (a 500) would be Django's page for people; here it becomes a problem. So does an
address outside of the APIs that nothing serves, as the edge answers it.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from components.values.problem_details import PROBLEM_TYPE, problem_details
from statuspage.api.errors import DATABASE_AWAY
from statuspage.api.limits import ALLOWANCE, Allowance

PREFIXES = ("/api/", "/v1/", "/v2/")
_WITH_ERROR_TEXT = "/v1/"
"""Clients of Statuspage's API look for a sentence under `error`."""
_FOR_PEOPLE = ("/admin/", "/static/")
_DETAILS = {
    400: "The request cannot be understood.",
    404: "There is nothing at this address.",
    405: "The method is not possible here.",
    500: "Something broke on our side; it has been logged. Nothing was changed.",
    503: DATABASE_AWAY,
}


def problems(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Return Django's middleware for the addresses of the APIs; others pass untouched."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path.startswith(PREFIXES):
            as_it_is = _for_people(request, response) or _is_json(response)
            return response if as_it_is else problem(response.status_code)
        in_sentences = request.path.startswith(_WITH_ERROR_TEXT)
        if response.status_code >= 400 and (
            not _is_json(response)
            or (in_sentences and response.headers["Content-Type"] == PROBLEM_TYPE)
        ):
            retained = ("Allow", "Retry-After")
            headers = {name: response[name] for name in retained if name in response}
            detail = _detail_of(response.status_code)
            more = {"error": detail} if in_sentences else None
            response = problem(response.status_code, detail, headers=headers, more=more)
        allowance: Allowance | None = request.META.get(ALLOWANCE)
        for name, value in (allowance.headers if allowance else {}).items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def _for_people(request: HttpRequest, response: HttpResponse) -> bool:
    """Return whether a response outside of the APIs stays as it is."""
    if request.path.startswith(_FOR_PEOPLE):
        return True
    if response.status_code == 404:
        return request.resolver_match is not None
    return response.status_code < 500 or "text/html" in request.headers.get("Accept", "")


def _is_json(response: HttpResponse) -> bool:
    return "json" in response.headers.get("Content-Type", "")


def _detail_of(status: int) -> str:
    return _DETAILS.get(status, HTTPStatus(status).phrase)


def problem(
    status: int,
    detail: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Return a problem+json response; without a detail it says what such a status means here.

    `more` are its extension members.
    """
    detail = detail or _detail_of(status)
    body = json.dumps(problem_details(status, detail, more))
    return HttpResponse(body, status=status, content_type=PROBLEM_TYPE, headers=headers)
