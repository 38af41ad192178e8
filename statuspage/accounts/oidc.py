"""People who come from OpenID Connect providers: who they are here, and which roles they have."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

import requests
from allauth.account.internal.emailkit import valid_email_or_none
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest

from components.journal import Event, record
from statuspage import event_types
from statuspage.access.roles import ROLES
from statuspage.accounts import attempts, confirmation, journal, page_door, second_factor
from statuspage.accounts.adapter import refusal
from statuspage.accounts.page_door import NotAdmittedError
from statuspage.accounts.provider_calls import provider_called
from statuspage.config.oidc import OidcProvider
from statuspage.config.sign_in import CONFIRM_SECONDS

CALL_SECONDS = 5
"""For each of the calls to a provider: its discovery, its token, its person."""
_DISCOVERY_SECONDS = 600
_discovered: dict[str, tuple[float, requests.Response]] = {}


def reset() -> None:
    """Forget what providers said of themselves; for tests."""
    _discovered.clear()


class _Session(requests.Session):
    """Calls to providers, each with a deadline; discovery is asked for every ten minutes."""

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> Any:
        options.setdefault("timeout", CALL_SECONDS)
        address = str(url)
        if method not in ("GET", "get") or "/.well-known/" not in address:
            return super().request(method, url, *args, **options)
        asked_at, response = _discovered.get(address, (0.0, None))
        if response is None or time.monotonic() - asked_at > _DISCOVERY_SECONDS:
            response = super().request(method, url, *args, **options)
            if response.ok:
                _discovered[address] = (time.monotonic(), response)
        return response


class OidcAdapter(DefaultSocialAccountAdapter):
    """Decides on everybody who comes from a provider, before allauth does."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def get_requests_session(self) -> requests.Session:
        return _Session()

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        provider = provider_called(sociallogin.account.provider)
        if provider is None:
            raise refusal(request, "There is no such provider.")
        attempts.forget(request, f"oidc:{provider.name}")
        claims = _claims(sociallogin.account.extra_data)
        process = sociallogin.state.get("process")
        try:
            if process == "connect":
                return
            if process == page_door.PROCESS:
                slug, groups = sociallogin.state.get("page"), groups_of(provider, claims)
                raise ImmediateHttpResponse(page_door.let_in(slug, groups, provider, claims))
            if process == "redirect":
                _confirm(request, sociallogin, provider)
                return
            admit(provider, sociallogin, claims)
        except NotAdmittedError as error:
            who = str(claims.get("email") or claims["sub"])[:150]
            journal.refused(None, who=who, by=provider.name, reason=str(error))
            raise refusal(request, str(error)) from None
        request.session[second_factor.AT_PROVIDER] = "mfa" in _listed(claims.get("amr"))
        request.session[confirmation.PROVED] = not provider.tells_auth_time or proved_just_now(
            sociallogin
        )


def _claims(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the provider says of a person, in its token and when asked."""
    token, asked = data.get("id_token") or {}, data.get("userinfo") or {}
    return {**token, **asked, "subjects": {each["sub"] for each in (token, asked) if "sub" in each}}


def proved_just_now(sociallogin: SocialLogin) -> bool:
    """Whether the provider says that the person proved who they are within the last five minutes.

    `auth_time` of the token says so, which OpenID Connect Core 1.0 (2, 3.1.2.1) demands of
    providers that are asked with `max_age`. A clock may be wrong by as much as counts as recent.
    """
    at = (sociallogin.account.extra_data.get("id_token") or {}).get("auth_time")
    if isinstance(at, bool) or not isinstance(at, int | float):
        return False
    return abs(int(time.time()) - at) <= CONFIRM_SECONDS


def _confirm(request: HttpRequest, sociallogin: SocialLogin, provider: OidcProvider) -> None:
    """Take the provider's word that the person just proved who they are."""
    if not request.user.is_authenticated or sociallogin.user != request.user:
        raise NotAdmittedError("That is not the account that you are signed in with.")
    if provider.tells_auth_time and not proved_just_now(sociallogin):
        raise NotAdmittedError(
            f"{provider.label} did not ask you to sign in again, or does not say that it did "
            "(auth_time). Confirm in another way, or ask an owner."
        )
    confirmation.confirm(request)


def admit(provider: OidcProvider, sociallogin: SocialLogin, claims: Mapping[str, Any]) -> None:
    """Find or make the person's account and give it the roles that their groups stand for.

    Raises NotAdmittedError; the roles of somebody who lost their groups are taken all the same.
    """
    if len(claims["subjects"]) != 1:
        raise NotAdmittedError(f"{provider.label} told of two different people.")
    roles = roles_of(provider, claims)
    with transaction.atomic():
        if not sociallogin.is_existing:
            sociallogin.user = _account(provider, sociallogin, claims, roles=roles)
            if sociallogin.user is not None:
                sociallogin.save(None, connect=True)
        user = sociallogin.user if sociallogin.is_existing else None
        if user is not None and provider.roles:
            _give(user, roles, provider)
    if user is None or (provider.roles and not roles):
        raise NotAdmittedError(
            f"{provider.label} knows you, but none of your groups there has a role here. "
            "Ask an owner of this status page."
        )
    if not user.is_active or not user.is_staff:
        raise NotAdmittedError("Your account here is switched off. Ask an owner.")


def roles_of(provider: OidcProvider, claims: Mapping[str, Any]) -> frozenset[str]:
    """Return the roles that the groups among a person's claims stand for."""
    groups = groups_of(provider, claims)
    return frozenset(role for group, role in provider.roles if group in groups)


def groups_of(provider: OidcProvider, claims: Mapping[str, Any]) -> frozenset[str]:
    """Return the groups among a person's claims."""
    found: Any = claims.get(provider.groups_claim)
    if found is None:
        found = claims
        for name in provider.groups_claim.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    return frozenset(_listed(found))


def _listed(value: Any) -> list[str]:
    """Return names that a claim holds, be they one text, a list, or the keys of an object."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, Iterable) else []


def _account(
    provider: OidcProvider,
    sociallogin: SocialLogin,
    claims: Mapping[str, Any],
    *,
    roles: frozenset[str],
) -> User | None:
    """Return the account with the person's verified address, or a new one; None for no role."""
    verified = claims.get("email_verified") is True
    email = (valid_email_or_none(claims.get("email")) or "") if verified else ""
    matching = list(User.objects.filter(email__iexact=email)[:2]) if email else []
    if not matching:
        if provider.roles:
            return _new_account(sociallogin.user, claims, email=email) if roles else None
        raise NotAdmittedError(
            f"There is no account here with your address at {provider.label}. Ask an owner."
        )
    if len(matching) > 1:
        raise NotAdmittedError("Several accounts here have your address. Ask an owner.")
    user = matching[0]
    if user.is_superuser:
        raise NotAdmittedError(
            "This account can do everything, so an address alone does not open it. Sign in with "
            f"your password, and connect {provider.label} under “Account”."
        )
    if SocialAccount.objects.filter(user=user, provider=provider.name).exists():
        raise NotAdmittedError(
            f"The account with your address belongs to somebody else at {provider.label}. "
            "Ask an owner."
        )
    return user


def _new_account(suggested: User, claims: Mapping[str, Any], *, email: str) -> User:
    wanted = str(claims.get("preferred_username") or email or claims["sub"])
    name = "".join(char for char in wanted if char.isalnum() or char in "@.+-_")[:140] or "person"
    taken = set(User.objects.filter(username__istartswith=name).values_list("username", flat=True))
    folded = {each.casefold() for each in taken}
    free = next(
        each
        for each in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3)))
        if each.casefold() not in folded
    )
    user = User(
        username=free, email=email, is_staff=True,
        first_name=suggested.first_name[:150], last_name=suggested.last_name[:150],
    )  # fmt: skip
    user.set_unusable_password()
    user.save()
    return user


def _give(user: User, roles: frozenset[str], provider: OidcProvider) -> None:
    """Make the product's roles of an account exactly these; the operator's own stay."""
    held = set(user.groups.filter(name__in=ROLES).values_list("name", flat=True))
    if held == roles:
        return
    with transaction.atomic():
        user.groups.remove(*Group.objects.filter(name__in=held - roles))
        user.groups.add(*Group.objects.filter(name__in=roles - held))
        data = {
            "username": user.username,
            "fields": ["groups"],
            "roles": sorted(user.groups.values_list("name", flat=True)),
            "active": user.is_active and user.is_staff,
            "superuser": user.is_superuser,
        }
        record(
            Event(
                event_types.PERSON_CHANGED, data, subject_id=user.pk, actor=f"oidc:{provider.name}"
            )
        )
