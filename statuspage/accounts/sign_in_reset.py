"""What an owner does for somebody who lost their phone, or should not be in any more."""

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.db import transaction

from statuspage.accounts import journal


def end_sessions(person: User, *, actor: str) -> int:
    """End every session of a person; return how many there were."""
    sessions = list(UserSession.objects.filter(user=person))
    with transaction.atomic():
        for each in sessions:
            each.end()
        journal.sessions_ended(person, len(sessions), actor=actor)
    return len(sessions)


def remove_factors(person: User, *, actor: str) -> None:
    """Remove second factors, passkeys and connections with providers; a password stays."""
    with transaction.atomic():
        Authenticator.objects.filter(user=person).delete()
        SocialAccount.objects.filter(user=person).delete()
        journal.sign_in_changed(
            person, "Second factors, passkeys and providers were removed", actor=actor
        )
