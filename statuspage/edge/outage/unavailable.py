"""What is answered while the database is away: 503 with `Retry-After`, in the form of who asked.

People in a browser get a page with a sentence, programs a problem (RFC 9457), those of the status
administration API its `error` object besides (contract M).
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error as server_error_page

from components.database.errors import is_read_only, is_unavailable
from components.languages.words import Words, msg
from components.values.problem_details import PROBLEM_TYPE, problem_details
from statuspage.api.errors import DATABASE_AWAY, DATABASE_READ_ONLY, RETRY_SECONDS
from statuspage.pages.appearance import USUAL
from statuspage.pages.face import FACE, MAIN_FACE, Face
from statuspage.server.asgi_types import ResponsePair, Scope
from statuspage.signup.pages import page, words_of_request, words_of_scope

_OF_PROGRAMS = ("/api/", "/v1/", "/v2/")
_WITH_ERROR_OBJECT = "/api/v1/status/"
_WITH_ERROR_TEXT = "/v1/"
"""Clients of Statuspage's API look for a sentence there."""
_FOR_PEOPLE = "/admin"
_TITLE = msg("Back in a moment")
_AWAY_TEXT = msg(
    "The database behind this page does not answer just now. Nothing was saved."
    " Wait a moment, then try again."
)
_READ_ONLY_TEXT = msg(
    "The database behind this page takes no changes just now. Nothing was saved."
    " Wait a moment, then try again."
)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return Django's answer to an error of a view or a middleware (`handler500`).

    Called while the error is handled. What an outage brought is no 500, and no traceback.
    """
    error = sys.exc_info()[1]
    if error is None or not is_unavailable(error):
        return server_error_page(request)
    face: Face = getattr(request, "scope", {}).get(FACE, MAIN_FACE)
    response = unavailable(
        request.path,
        request.headers.get("Accept", ""),
        face,
        words_of_request(request, face),
        read_only=is_read_only(error),
    )
    # The process says once what there is to say (`components.database.outage`).
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  (Django's mark)
    return response


def unavailable(
    path: str, accept: str, face: Face, words: Words, *, read_only: bool = False
) -> HttpResponse:
    """Return the 503 for a request on a page with this path and Accept header."""
    if _is_for_people(path, accept):
        response = page(
            "done",
            status=503,
            face=replace(face, appearance=face.appearance or USUAL),
            words=words,
            title=words(_TITLE),
            text=words(_READ_ONLY_TEXT if read_only else _AWAY_TEXT),
        )
    else:
        detail = DATABASE_READ_ONLY if read_only else DATABASE_AWAY
        body = json.dumps(problem_details(503, detail, _members(path, detail)))
        response = HttpResponse(body, status=503, content_type=PROBLEM_TYPE)
        response["Cache-Control"] = "no-store"
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def unavailable_messages(scope: Scope) -> ResponsePair:
    """Return the same as ASGI messages, for what is answered before Django."""
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    face: Face = scope.get(FACE, MAIN_FACE)
    response = unavailable(
        scope["path"],
        headers.get(b"accept", b"").decode("latin-1"),
        face,
        words_of_scope(scope, face),
    )
    body = response.content if scope["method"] != "HEAD" else b""
    sent = {"X-Content-Type-Options": "nosniff", **response.headers}
    return (
        {
            "type": "http.response.start",
            "status": response.status_code,
            "headers": [
                *((name.lower().encode(), str(value).encode()) for name, value in sent.items()),
                (b"content-length", str(len(response.content)).encode()),
            ],
        },
        {"type": "http.response.body", "body": body},
    )


def _is_for_people(path: str, accept: str) -> bool:
    if path.startswith(_OF_PROGRAMS):
        return False
    return path.startswith(_FOR_PEOPLE) or "text/html" in accept


def _members(path: str, detail: str) -> dict[str, Any]:
    if path.startswith(_WITH_ERROR_TEXT):
        return {"error": detail}
    if not path.startswith(_WITH_ERROR_OBJECT):
        return {}
    return {"error": {"code": "unavailable", "message": detail}}
