"""People with accounts, their phones, and how they sign in."""

import base64
import time
from typing import Any

from allauth.mfa.totp.internal import auth
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.contrib.auth.models import Group, User
from django.test import Client

from components.models import JournalEntry

PASSWORD = "a long password"
HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"
SECRET = base64.b32encode(b"twenty bytes of key!").decode()


def person(name: str = "olga", *roles: str, **fields: Any) -> User:
    user = User.objects.create_user(
        name, f"{name}@example.org", PASSWORD, **{"is_staff": True, **fields}
    )
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def phone_of(user: User) -> User:
    """Give somebody an authenticator app."""
    auth.TOTP.activate(user, SECRET)
    return user


def code(secret: str = SECRET, *, steps: int = 0) -> str:
    """The code that an app shows, so many half minutes from now."""
    key = TOTP(base64.b32decode(secret), 6, SHA1(), 30, enforce_key_length=False)
    return key.generate(int(time.time()) + 30 * steps).decode()


def sign_in(client: Client, name: str = "olga", password: str = PASSWORD, **extra: Any) -> Any:
    form = {"username": name, "password": password}
    return client.post("/admin/login/", form, **extra)


def is_in(client: Client) -> bool:
    return client.get("/admin/password_change/").status_code == 200


def journalled(kind: str) -> list[dict[str, Any]]:
    rows = JournalEntry.objects.filter(kind=kind).order_by("id")
    return [row.data for row in rows]
