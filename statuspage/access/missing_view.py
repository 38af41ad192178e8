"""What Django answers where no route leads: a problem; the edge makes a page of it for browsers."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.defaults import page_not_found

from components.values.problem_details import PROBLEM_TYPE, problem_details


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Return the 404; in the back office Django's own page, in the style of that."""
    if request.path.startswith("/admin"):
        return page_not_found(request, exception)
    details = problem_details(404, "Nothing was found at this address.", None)
    response: HttpResponse = JsonResponse(details, status=404, content_type=PROBLEM_TYPE)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept"
    return response
