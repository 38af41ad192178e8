"""The tokens in memory: kept up through the journal, so that what was deleted opens nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from components.models import JournalEntry
from statuspage.access import tokens
from statuspage.edge.token_cache import TokenCache
from statuspage.models import ApiToken

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_token_is_found_until_it_expires() -> None:
    key = tokens.create(name="t", scopes=["status:read"], expires_at=NOW)
    table = TokenCache()
    unread = table.ready
    table.refresh()

    found = table.find(key, now=NOW - timedelta(seconds=1))

    assert (unread, table.ready) == (False, True)
    assert found is not None
    assert found.scopes == {"status:read"}
    assert table.find(key, now=NOW) is None
    assert table.find("sp_x", now=NOW) is None


def test_a_deleted_token_opens_nothing_and_the_journal_says_who_did_it() -> None:
    key = tokens.create(name="t", scopes=["status:read"], actor="olga")
    table = TokenCache()
    table.refresh()
    tokens.delete(ApiToken.objects.get(), actor="olga")

    table.refresh()

    assert table.find(key, now=NOW) is None
    entries = JournalEntry.objects.filter(kind__startswith="token.")
    assert [(entry.kind, entry.actor) for entry in entries] == [
        ("token.changed", "olga"), ("token.deleted", "olga"),
    ]  # fmt: skip
    assert key not in str([entry.data for entry in entries])  # S10


def test_nothing_is_read_while_nothing_changes(django_assert_num_queries: object) -> None:
    tokens.create(name="t", scopes=["status:read"])
    table = TokenCache()
    table.refresh()

    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's fixture
        table.refresh()


def test_its_use_is_noted_at_most_once_a_minute() -> None:
    key = tokens.create(name="t", scopes=["status:read"])
    table = TokenCache()
    table.refresh()
    table.store_uses()
    unused = ApiToken.objects.get().last_used_at

    table.find(key, now=NOW)
    table.store_uses()
    table.find(key, now=NOW + timedelta(seconds=30))
    table.store_uses()

    assert unused is None
    assert ApiToken.objects.get().last_used_at == NOW
