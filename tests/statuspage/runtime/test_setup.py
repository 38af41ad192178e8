"""F-O10: a store is set up without `up`, by one of several machines, once."""

import io
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from components.models import Component
from monitors.history import partitions
from statuspage.runtime.setup import only_one
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


def set_up(*words: str) -> str:
    out = io.StringIO()
    call_command("setup", *words, stdout=out)
    return out.getvalue()


def test_a_second_run_changes_nothing_and_says_so_f_o10() -> None:
    first = set_up("--owner-email", "olga@example.org")
    owner, components = get_user_model().objects.get(), Component.objects.count()
    second = set_up("--owner-email", "other@example.org")

    password = first.split("password: ")[1].split()[0]
    assert authenticate(username="admin", password=password) == owner
    assert (owner.email, owner.is_superuser) == ("olga@example.org", True)
    assert owner.groups.get().name == "owner"
    assert components == 3
    assert "Next: manage.py up" in first
    assert "nothing was changed" in second
    assert password not in second
    assert get_user_model().objects.get() == owner
    assert Component.objects.count() == components
    if partitions.is_supported():
        # They come with the tables.
        assert "partitions of today and the next days are there" in first


def test_own_components_can_be_left_out_and_the_password_given_f_o10(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("a long password of olga's\n")

    said = set_up(
        *("--no-own-components", "--owner-name", "olga"),
        *("--owner-password-file", str(tmp_path / "password")),
    )

    assert authenticate(username="olga", password="a long password of olga's") is not None
    assert "a long password" not in said
    assert not Component.objects.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--owner-email", "olga"), "--owner-email: write one address"),
        (("--owner-password-file", "/nowhere/p"), "--owner-password-file: /nowhere/p cannot be"),
        (("--owner-name", "olga & co"), "username: Enter a valid username"),
    ],
)
def test_what_cannot_be_is_said_and_makes_no_account_f_o10(
    words: tuple[str, ...], says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        set_up(*words)

    assert not get_user_model().objects.exists()


def test_a_weak_password_is_refused_f_o10(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "owner_password", "12345")

    with pytest.raises(CommandError, match="the password will not do: This password is too short"):
        set_up()


def test_the_second_of_two_machines_waits_for_the_first_f_o10() -> None:
    said: list[str] = []

    def second() -> None:
        with only_one(said.append):
            said.append("in")
        connections.close_all()

    with only_one(said.append):
        other: Any = threading.Thread(target=second)
        other.start()
        until(lambda: said, what="the second's waiting")
        assert said == ["Another process is setting this store up; waiting for it"]
    other.join(PATIENCE)

    assert said[1:] == ["in"]
