"""The language of the admin: chosen by each person, else the one that the browser asks for.

Public pages know nothing of it: theirs is a parameter of rendering (`components.languages`).
"""

from collections.abc import Callable
from typing import Any

from allauth.core.internal.httpkit import authenticated_user
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_http_methods

from statuspage.staff_models import StaffLanguage

SESSION_KEY = "admin_language"
_STAFF = "/admin/"


def admin_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return Django's middleware. Requests for anything but the admin pass through untouched."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(_STAFF):
            return get_response(request)
        tag = _chosen(request) or _asked_for(request)
        with translation.override(tag):
            response = get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", tag)
        return response

    return middleware


def _chosen(request: HttpRequest) -> str:
    return _supported(str(request.session.get(SESSION_KEY) or ""))


def _asked_for(request: HttpRequest) -> str:
    for tag, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if tag == "*":
            break
        if known := _supported(tag):
            return known
    return settings.LANGUAGE_CODE


def _supported(tag: str) -> str:
    """Return which of the admin's languages a tag asks for: `de` for `de-AT`; '' for none."""
    try:
        return translation.get_supported_language_variant(tag) if tag else ""
    except LookupError:
        return ""


def names() -> dict[str, str]:
    """Return what the admin speaks, by tag, each in its own words; ours are English and German."""
    return {
        tag: str(translation.get_language_info(tag)["name_local"]) for tag, _ in settings.LANGUAGES
    }


def remember(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Keep the choice of a person who signs in with the session: no page has to look it up."""
    tag = StaffLanguage.objects.filter(user_id=user.pk).values_list("tag", flat=True).first()
    if tag:
        request.session[SESSION_KEY] = tag


@login_required
@require_http_methods(["POST"])
def choose(request: HttpRequest) -> HttpResponseBase:
    """Store one's own choice; an empty one follows the browser again."""
    person, tag = authenticated_user(request), request.POST.get("language", "")
    if tag and tag not in names():
        messages.error(request, gettext("Choose a language from the list."))
        return redirect("mfa_index")
    if tag:
        StaffLanguage.objects.update_or_create(user=person, defaults={"tag": tag})
        request.session[SESSION_KEY] = tag
    else:
        StaffLanguage.objects.filter(user=person).delete()
        request.session.pop(SESSION_KEY, None)
    with translation.override(tag or _asked_for(request)):
        messages.success(request, gettext("The language of the admin was changed."))
    return redirect("mfa_index")
