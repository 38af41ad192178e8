"""What an owner does for somebody who lost their phone, or should not be in any more."""

from datetime import UTC, datetime

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction

from statuspage.accounts import journal


def end_sessions(person: User, *, actor: str, but: str = "") -> int:
    """End every session of a person, but the one with the key `but`; return how many.

    Sessions are looked through themselves: some may be older than the list of them.
    """
    key = str(person.pk)
    ended = [
        each.session_key
        for each in Session.objects.filter(expire_date__gt=datetime.now(UTC)).iterator()
        if each.session_key != but and each.get_decoded().get(SESSION_KEY) == key
    ]
    with transaction.atomic():
        UserSession.objects.filter(user=person).exclude(session_key=but).delete()
        Session.objects.filter(session_key__in=ended).delete()
        journal.sessions_ended(person, len(ended), actor=actor)
    return len(ended)


def remove_factors(person: User, *, actor: str) -> None:
    """Remove second factors, passkeys and connections with providers; a password stays."""
    with transaction.atomic():
        Authenticator.objects.filter(user=person).delete()
        SocialAccount.objects.filter(user=person).delete()
        journal.sign_in_changed(
            person, "Second factors, passkeys and providers were removed", actor=actor
        )
