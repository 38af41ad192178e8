"""The pages of signing in and of one's own account that allauth does not have as we need them."""

from typing import Any

from allauth.account.views import LoginView
from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.base.views import IndexView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.openid_connect import views as oidc_views
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from components.values.time_zones import time_zone_names
from statuspage.accounts import (
    attempts,
    break_glass,
    journal,
    preferences,
    second_factor,
    sign_in_reset,
)
from statuspage.accounts.provider_calls import asking, provider_or_404


class SignInView(LoginView):
    """The log-in page. Whoever is in, but may not go on, is told why instead of sent in circles."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not admin.site.has_permission(request):
            if request.user.is_staff and second_factor.is_missing(request):
                messages.warning(
                    request,
                    gettext("Your role requires two-factor authentication. Set it up to continue."),
                )
                return redirect("mfa_index")
            raise PermissionDenied
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


sign_in = SignInView.as_view()


class PasskeyView(LoginWebAuthnView):
    """Signing in with a passkey alone: its challenge by GET, its answer by POST."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        attempts.begin(request)
        response: HttpResponse = super().get(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


passkey = PasskeyView.as_view()


@never_cache
def begin_with_provider(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Send the browser to a provider."""
    provider = provider_or_404(provider_id)
    attempts.begin(request)
    return asking(oidc_views.login, request, provider)


@never_cache
def come_from_provider(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Take the browser back from a provider, with a code or a refusal."""
    provider = provider_or_404(provider_id)
    attempts.admit(request, f"oidc:{provider_id}")
    return asking(oidc_views.callback, request, provider)


@login_required
def confirm_with_provider(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Have the provider ask again who it is, and come back."""
    query: dict[str, str] = {
        "process": "redirect",
        "auth_params": urlencode({"prompt": "login", "max_age": "0"}),
        REDIRECT_FIELD_NAME: str(request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")),
    }
    return redirect(f"{reverse('openid_connect_login', args=[provider_id])}?{urlencode(query)}")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def break_in(request: HttpRequest, key: str) -> HttpResponseBase:
    """Let in by a one-time key; a GET only asks, for programs look at links too."""
    if request.method != "POST":
        return render(request, "account/break_glass.html")
    attempts.admit(request, "break glass")
    response = break_glass.redeem(request, key)
    attempts.forget(request, "break glass")
    return response


@method_decorator(never_cache, name="dispatch")
class AccountView(IndexView):
    """One's own ways in: factors, providers, sessions."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        # Sessions of before there was a list are on it from here on.
        UserSession.objects.create_from_request(self.request)
        connected = SocialAccount.objects.filter(user=user).values_list("provider", flat=True)
        sessions = sorted(
            UserSession.objects.purge_and_list(user), key=lambda each: each.created_at
        )
        return {
            **super().get_context_data(**kwargs),
            "connected": set(connected),
            "sessions": sessions,
            "languages": preferences.names(),
            "language": self.request.session.get(preferences.LANGUAGE_KEY, ""),
            "zones": sorted(time_zone_names()),
            "zone": self.request.session.get(preferences.ZONE_KEY, ""),
            "has_password": settings.STATUSPAGE.password_login and user.has_usable_password(),
        }


account = AccountView.as_view()


@login_required
@require_http_methods(["POST"])
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End one session of one's own, or all but the present one."""
    person = authenticated_user(request)
    here, wanted = request.session.session_key or "", request.POST.get("session", "")
    if wanted:
        rows = UserSession.objects.filter(user=person).exclude(session_key=here)
        named = rows.filter(pk=wanted) if wanted.isdecimal() and len(wanted) < 19 else rows.none()
        count = len([each.end() for each in named])
        if count:
            journal.sessions_ended(person, count, actor=person.username)
    else:
        count = sign_in_reset.end_sessions(person, actor=person.username, but=here)
    messages.success(
        request,
        gettext("1 session ended.")
        if count == 1
        else gettext("{count} sessions ended.").format(count=count),
    )
    return redirect("mfa_index")
