"""The test database is as `migrate` left it after each test that commits."""

import pytest
from django.contrib.auth.models import Group, Permission, User

from tests.database import EmptyStore

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_what_a_test_left_is_gone_and_what_migrate_filled_is_back() -> None:
    store = EmptyStore()
    before = list(Permission.objects.order_by("pk").values_list())
    Group.objects.create(name="Guests").permissions.set(Permission.objects.all()[:2])
    User.objects.create(username="ada").user_permissions.set(Permission.objects.all()[:2])
    Permission.objects.filter(pk=before[0][0]).update(name="changed")
    Permission.objects.filter(pk=before[-1][0]).delete()

    store.restore()

    assert list(Permission.objects.order_by("pk").values_list()) == before
    assert not Group.objects.filter(name="Guests").exists()
    assert not User.objects.exists()


def test_what_migrate_filled_is_left_alone_where_no_test_changed_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = EmptyStore()
    User.objects.create(username="ada")
    monkeypatch.setattr(store, "_insert", lambda _: pytest.fail("written anew"))

    store.restore()

    assert not User.objects.exists()
