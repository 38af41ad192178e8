"""Signing in as allauth does it, with the product's limits, journal and mails."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from components.backoffice.sentences import localized
from components.network.client_networks import parse_address
from statuspage.access import login
from statuspage.access.client_address import address_of_request
from statuspage.access.devices import known_device, remember_device
from statuspage.accounts import attempts, confirmation, journal, notices

_NOT_TOLD = frozenset({"account/messages/logged_in.txt", "account/messages/logged_out.txt"})
_CHANGES = {
    "mfa/email/totp_activated": "An authenticator app was added",
    "mfa/email/totp_deactivated": "The authenticator app was removed",
    "mfa/email/webauthn_added": "A passkey was added",
    "mfa/email/webauthn_removed": "A passkey was removed",
    "mfa/email/recovery_codes_generated": "New recovery codes were made",
    "account/email/password_changed": "The password was changed",
    "socialaccount/email/account_connected": "A sign-in with a provider was connected",
    "socialaccount/email/account_disconnected": "A sign-in with a provider was disconnected",
}
"""Allauth's mails, and what the product says instead."""
NEW_DEVICE = "_statuspage_new_device"


def refusal(request: HttpRequest, reason: str) -> ImmediateHttpResponse:
    """Return what is raised to refuse somebody in words."""
    page = render(request, "account/refused.html", {"reason": localized(reason)}, status=403)
    return ImmediateHttpResponse(page)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address as the trusted proxies say it; that of nothing when there is none."""
        return str(parse_address(address_of_request(request)) or "0.0.0.0")  # noqa: S104

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        attempts.admit(request, credentials["username"], person=credentials["username"])

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            attempts.forget(request, credentials["username"], person=credentials["username"])
        return user

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        if user.is_active and not user.is_staff:
            raise refusal(request, gettext("This account may not use the admin."))
        refused: HttpResponse | None = super().pre_login(request, user, **options)
        return refused

    def login(self, request: HttpRequest, user: User) -> None:
        records = get_authentication_records(request, user)
        by = [_word(each) for each in records]
        first, known = user.last_login is None, bool(known_device(request, user=user.username))
        super().login(request, user)
        # What a stranger's session was given ends with it.
        request.session.set_expiry(None)
        proved = request.session.pop(confirmation.PROVED, False)
        # A provider may know the person from this morning.
        if proved or not records or records[-1]["method"] != "socialaccount":
            confirmation.confirm(request)
        with transaction.atomic():
            if not known and not first:
                self._tell_of_new_device(request, user)
            journal.signed_in(user, by=by, network=login.network(request), new_device=not known)

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **options)
        remember_device(request, response, user=user.username)
        return response

    def _tell_of_new_device(self, request: HttpRequest, user: User) -> None:
        browser = notices.plain(self.get_http_user_agent(request))
        notices.tell(
            [user],
            event="person.signed_in",
            headline="New sign-in to your account",
            text=f"The account {notices.plain(user.username)} was used to sign in from a new "
            f"browser.\n\nAddress: {self.get_client_ip(request)}\n\nBrowser: {browser}\n\n"
            "If this was you, you can ignore this message. If not, end the session and change "
            "your password.",
        )

    def send_notification_mail(
        self, template_prefix: str, user: User, context: Any = None, email: str | None = None
    ) -> None:
        """Journal a change of the ways in, and tell the person."""
        change = _CHANGES.get(template_prefix, template_prefix.rpartition("/")[2])
        notices.tell(
            [user],
            event="person.sign_in_changed",
            headline=change,
            text=f"{change}: account {notices.plain(user.username)}.\n\nIf this was not you, "
            "contact an owner of the status page at once.",
        )
        journal.sign_in_changed(user, change)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any,
        **options: Any,
    ) -> None:  # fmt: skip
        if message_template not in _NOT_TOLD:
            super().add_message(request, level, message_template, *args, **options)

    def is_reauthentication_required(self, *, app: str = "", **options: Any) -> bool:
        return not confirmation.is_recent(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not user.is_authenticated:
            return methods
        connected = set(SocialAccount.objects.filter(user=user).values_list("provider", flat=True))
        return methods + [
            {
                "id": f"oidc:{each.name}",
                "description": gettext("Continue with %(label)s") % {"label": each.label},
                "url": reverse("confirm_with_provider", args=[each.name]),
            }
            for each in settings.STATUSPAGE.oidc_providers
            if each.name in connected
        ]


def _word(record: dict[str, Any]) -> str:
    """Return one word for a proof that somebody gave: password, totp, webauthn, corp."""
    return str(record.get("type") or record.get("provider") or record["method"])
