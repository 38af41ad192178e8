"""Sessions of people who signed in just now."""

import time

from django.contrib.auth.models import User
from django.test import Client


def log_in(client: Client, user: User) -> Client:
    """Sign somebody in as they do by themselves: what is asked to be confirmed is, for a while."""
    client.force_login(user)
    session = client.session
    session["statuspage_confirmed_at"] = time.time()
    session.save()
    return client
