"""The second factor: who must have one, and how its secrets are stored."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest

from components.secrets import seal, unseal
from statuspage.access.roles import OWNER

AT_PROVIDER = "statuspage_factor_at_provider"
"""In the session: the provider vouches for a second factor of its own."""
_NOBODY = "nobody"
_KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_missing(request: HttpRequest) -> bool:
    """Return whether the person must set up a second factor before anything else."""
    user = request.user
    if not isinstance(user, User) or request.session.get(AT_PROVIDER):
        return False
    return _must_have(user) and not has_one(user)


def has_one(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=_KINDS).exists())


def _must_have(user: User) -> bool:
    roles = settings.STATUSPAGE.second_factor
    if _NOBODY in roles:
        return False
    wanted = roles or (OWNER,)
    held = OWNER in wanted and user.is_superuser
    if not held and not user.groups.filter(name__in=wanted).exists():
        return False
    return bool(roles) or _an_owner_has_one()


def _an_owner_has_one() -> bool:
    owners = Q(user__is_superuser=True) | Q(user__groups__name=OWNER)
    return bool(Authenticator.objects.filter(owners, type__in=_KINDS).exists())


class SecondFactorAdapter(DefaultMFAAdapter):
    """Allauth's, with secrets sealed as all others are."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002  (allauth's)
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        host = context.request.get_host().rpartition("@")[2].partition(":")[0]
        return {"id": host, "name": settings.STATUSPAGE.site_name}
