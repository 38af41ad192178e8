"""Confirmation: what is dangerous is asked for again when the sign-in is minutes old.

What that is stands here in one table, for the whole admin: tokens, people and their roles, exports,
new keys, links that open a private page. One's own ways in ask for it too.
"""

import time

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext

from statuspage.accounts import kept_forms
from statuspage.config.sign_in import CONFIRM_SECONDS

PROVED = "statuspage_proved_at_provider"
"""In the session of who signs in with a provider: they proved there just now who they are."""
_CONFIRMED_AT = "statuspage_confirmed_at"
_FORMS = ("add", "change", "delete")
PAGES = frozenset(
    {"subscribers-export", "components_journalentry_export", "page-link"}
    | {
        f"{model}_{form}"
        for model in ("statuspage_apitoken", "auth_user", "auth_group")
        for form in _FORMS
    }
    | {"auth_user_password_change"}
)
"""By the names of their addresses."""
CHANGES = frozenset(f"statuspage_page_{form}" for form in _FORMS)
"""Pages that may be looked at: what is changed there decides who gets in to what is private."""
LISTS = frozenset(
    {"statuspage_apitoken_changelist", "auth_user_changelist", "auth_group_changelist"}
)
"""Where every action is."""
ACTIONS = frozenset({"rotate", "new_ping_address", "end_passes", "download"})
"""Actions of other lists: they make new keys, or take out addresses."""


def confirm(request: HttpRequest) -> None:
    """Note that the person proved who they are, just now."""
    request.session[_CONFIRMED_AT] = time.time()


def is_recent(request: HttpRequest) -> bool:
    """Return whether they did within the last five minutes."""
    age = time.time() - float(request.session.get(_CONFIRMED_AT, 0))
    return 0 <= age < CONFIRM_SECONDS or did_recently_reauthenticate(request)


def asked_first(request: HttpRequest) -> HttpResponse | None:
    """Return the way to the confirmation that a page of the admin needs, None if it needs none.

    A form that was sent is kept (`kept_forms`); one with files has to be sent again.
    """
    if kept_forms.FIELD in request.POST and not kept_forms.put_back(request):
        messages.warning(request, gettext("Nothing is kept any more. Please submit again."))
        return redirect(request.get_full_path())
    if not _is_dangerous(request) or is_recent(request):
        return None
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    if not methods:
        raise PermissionDenied(gettext("Sign in again: this account has nothing to confirm with."))
    onwards = request.get_full_path()
    if request.method == "POST" and kept_forms.keep(request):
        onwards = kept_forms.address()
    elif request.method == "POST":
        messages.warning(
            request, gettext("Not saved yet: confirm your identity, then submit again.")
        )
    return redirect(f"{methods[0]['url']}?{urlencode({REDIRECT_FIELD_NAME: onwards})}")


def _is_dangerous(request: HttpRequest) -> bool:
    name = request.resolver_match.url_name if request.resolver_match else ""
    if name in PAGES:
        return True
    if request.method != "POST":
        return False
    # Of several buttons Django's admin takes the one of an index: any of them counts here.
    return name in LISTS | CHANGES or not ACTIONS.isdisjoint(request.POST.getlist("action"))
