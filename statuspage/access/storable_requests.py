"""Middleware that refuses addresses that no view could use.

PostgreSQL stores no NUL and is asked for none; and of a thousand parameters Django would log a
traceback.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

MAX_PARAMETERS = 500


def storable_requests(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return Django's middleware; the bodies of requests are their readers' business."""

    def middleware(request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path or "%00" in query or "\0" in query:
            return HttpResponseBadRequest("The address has a NUL character.")
        if query.count("&") >= MAX_PARAMETERS:
            return HttpResponseBadRequest(f"Write at most {MAX_PARAMETERS} parameters.")
        return get_response(request)

    return middleware
