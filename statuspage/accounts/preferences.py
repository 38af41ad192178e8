"""The language and the time zone of the admin, as each person chose them.

Without a choice the language is the one that the browser asks for, and the zone is UTC. Public
pages know nothing of either: theirs are parameters of rendering (`components.languages`).
"""

from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Any

from allauth.core.internal.httpkit import authenticated_user
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_http_methods

from components.values.time_zones import time_zone, time_zone_names
from statuspage.staff_models import StaffPreferences

LANGUAGE_KEY, ZONE_KEY = "admin_language", "admin_time_zone"
"""Where the session of a person has the choices."""
_STAFF = "/admin/"
_MAX_ZONE = 60


def admin_preferences(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return Django's middleware. Requests for anything but the admin pass through untouched."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(_STAFF):
            return get_response(request)
        tag = _chosen(request) or _asked_for(request)
        with translation.override(tag), timezone.override(_zone(request)):
            response = get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", tag)
        return response

    return middleware


def _chosen(request: HttpRequest) -> str:
    return _supported(str(request.session.get(LANGUAGE_KEY) or ""))


def _zone(request: HttpRequest) -> tzinfo:
    try:
        return time_zone(str(request.session.get(ZONE_KEY) or "UTC"))
    except ValueError:
        # One that a newer time zone database no longer has.
        return UTC


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
    """Keep the choices of a person who signs in with the session: no page has to look them up."""
    for chosen in StaffPreferences.objects.filter(user_id=user.pk):
        _put(request, chosen.tag, chosen.time_zone)


@login_required
@require_http_methods(["POST"])
def choose(request: HttpRequest) -> HttpResponseBase:
    """Store one's own choices; no language follows the browser again, no zone is UTC."""
    person, tag = authenticated_user(request), request.POST.get("language", "")
    zone = request.POST.get("time_zone", "").strip()
    if tag and tag not in names():
        messages.error(request, gettext("Choose a language from the list."))
        return redirect("mfa_index")
    if zone and zone not in time_zone_names():
        told = gettext("“{zone}” is not a time zone. Choose one from the list, like Europe/Berlin.")
        messages.error(request, told.format(zone=zone[:_MAX_ZONE]))
        return redirect("mfa_index")
    if tag or zone:
        StaffPreferences.objects.update_or_create(
            user=person, defaults={"tag": tag, "time_zone": zone}
        )
    else:
        StaffPreferences.objects.filter(user=person).delete()
    _put(request, tag, zone)
    with translation.override(tag or _asked_for(request)):
        messages.success(request, gettext("Language and time zone are saved."))
    return redirect("mfa_index")


def _put(request: HttpRequest, tag: str, zone: str) -> None:
    for key, value in ((LANGUAGE_KEY, tag), (ZONE_KEY, zone)):
        if value:
            request.session[key] = value
        else:
            request.session.pop(key, None)
