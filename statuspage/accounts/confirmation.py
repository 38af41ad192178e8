"""Confirmation: what is dangerous is asked for again when the sign-in is minutes old.

What that is stands here in one table, for the whole admin: tokens, people and their roles, exports,
new keys. One's own ways in ask for it too.
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

from statuspage.config.sign_in import CONFIRM_SECONDS

_CONFIRMED_AT = "statuspage_confirmed_at"
_FORMS = ("add", "change", "delete", "password_change")
_PAGES = frozenset(
    {"subscribers-export", "components_journalentry_export"}
    | {
        f"{model}_{form}"
        for model in ("statuspage_apitoken", "auth_user", "auth_group")
        for form in _FORMS
    }
    | {"auth_user_password_change"}
)
"""By the names of their addresses."""
_LISTS = frozenset(
    {"statuspage_apitoken_changelist", "auth_user_changelist", "auth_group_changelist"}
)
"""Where every action is."""
_ACTIONS = frozenset({"rotate", "new_ping_address"})
"""Actions of other lists: they make new keys."""


def confirm(request: HttpRequest) -> None:
    """Note that the person proved who they are, just now."""
    request.session[_CONFIRMED_AT] = time.time()


def is_recent(request: HttpRequest) -> bool:
    """Return whether they did within the last five minutes."""
    age = time.time() - float(request.session.get(_CONFIRMED_AT, 0))
    return 0 <= age < CONFIRM_SECONDS or did_recently_reauthenticate(request)


def asked_first(request: HttpRequest) -> HttpResponse | None:
    """Return the way to the confirmation that a page of the admin needs, None if it needs none.

    What was sent with a POST is not kept: people come back to the form, or the list, that it was
    sent from.
    """
    if not _is_dangerous(request) or is_recent(request):
        return None
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    if not methods:
        raise PermissionDenied(gettext("Sign in again: this account has nothing to confirm with."))
    if request.method == "POST":
        messages.warning(
            request, gettext("Not saved yet: confirm your identity, then submit again.")
        )
    query = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
    return redirect(f"{methods[0]['url']}?{query}")


def _is_dangerous(request: HttpRequest) -> bool:
    name = request.resolver_match.url_name if request.resolver_match else ""
    if name in _PAGES:
        return True
    if request.method != "POST":
        return False
    return name in _LISTS or request.POST.get("action") in _ACTIONS
