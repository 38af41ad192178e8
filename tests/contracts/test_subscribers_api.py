"""M28 and the import: the administration API of subscribers, exactly."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from components.models import JournalEntry
from statuspage.access import tokens
from statuspage.models import ApiToken
from subscribers.import_export import as_csv, export_subscribers, import_subscribers, parse
from subscribers.models import Subscriber
from tests import build
from tests.mailserver import Script

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
URL = "/api/v1/status/subscribers"


def api(client: Client, method: str, url: str, body: Any = None, *, scopes: list[str]) -> Any:
    name = f"list {len(scopes)} {ApiToken.objects.count()}"
    key = tokens.create(name=name, scopes=scopes)
    more = {} if method == "get" else {"content_type": "application/json"}
    return getattr(client, method)(url, body, headers={"Authorization": f"Bearer {key}"}, **more)


BOTH = ["subscribers:read", "subscribers:write"]


def test_m28_the_list_masks_addresses_for_those_who_only_read(client: Client) -> None:
    shop = build.component()
    person = build.subscriber("ada@example.org", components=[shop])
    build.subscriber("eve@example.org", confirmed_at=None)

    masked = api(client, "get", URL, scopes=["subscribers:read"])
    openly = api(client, "get", URL, scopes=BOTH)

    told = masked.json()
    assert (told["total"], told["confirmed"]) == (2, 1)
    assert told["subscribers"][0] == {
        "id": person.pk, "channel": "email", "address": "a…@example.org", "confirmed": True,
        "components": [shop.pk], "created_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    assert b"ada@" not in masked.content
    assert openly.json()["subscribers"][0]["address"] == "ada@example.org"


@pytest.mark.parametrize(("method", "scopes"), [("get", ["status:read"]), ("post", BOTH[:1])])
def test_m28_needs_its_scope(client: Client, method: str, scopes: list[str]) -> None:
    assert api(client, method, URL, {}, scopes=scopes).status_code == 403


def test_m28_post_imports_and_names_what_it_refuses(client: Client) -> None:
    shop = build.component(slug="shop")
    rows = [
        {"email": "ada@example.org", "confirmed": True, "components": ["shop"]},
        {"email": "nobody"},
        {"email": "bob@example.org", "components": ["gone"]},
        {"email": "eve@example.org", "is_staff": True},
    ]

    dry = api(client, "post", URL, {"subscribers": rows, "dry_run": True}, scopes=BOTH).json()
    assert (dry["created"], len(dry["refused"]), Subscriber.objects.count()) == (1, 3, 0)

    told = api(client, "post", URL, {"subscribers": rows}, scopes=BOTH)

    assert told.status_code == 201
    assert [(each["row"], each["field"]) for each in told.json()["refused"]] == [
        (2, "address"), (3, "components"), (4, "is_staff"),
    ]  # fmt: skip
    row = Subscriber.objects.get()
    assert row.is_active
    assert list(row.components.all()) == [shop]
    assert "ada" not in str(list(JournalEntry.objects.values_list("data", "actor")))


def test_m28_delete_forgets(client: Client) -> None:
    person = build.subscriber()

    assert api(client, "delete", f"{URL}/{person.pk}", scopes=BOTH).status_code == 204
    assert api(client, "delete", f"{URL}/{person.pk}", scopes=BOTH).status_code == 404
    assert not Subscriber.objects.exists()


def test_what_is_taken_out_can_be_brought_in_as_it_was(tmp_path: Path) -> None:
    shop = build.component(slug="shop")
    build.subscriber("ada@example.org", components=[shop], kinds=["status"])
    build.subscriber("eve@example.org", confirmed_at=None)
    before = export_subscribers()
    assert [parse(as_csv(before))[0]["address"], parse(json.dumps(before))] == [
        "ada@example.org", before,
    ]  # fmt: skip
    file = tmp_path / "them.csv"
    file.write_text(as_csv(before))

    Subscriber.objects.all().delete()
    call_command("subscribers", "import", str(file), stdout=StringIO())
    assert export_subscribers() == before
    out = StringIO()
    call_command("subscribers", "import", str(file), stdout=out)
    assert "2 unchanged" in out.getvalue()


def test_whoever_left_is_not_brought_back_by_a_list() -> None:

    build.subscriber("ada@example.org", unsubscribed_at=datetime(2026, 2, 1, tzinfo=UTC))

    import_subscribers([{"email": "ada@example.org", "confirmed": "yes"}], now=datetime.now(UTC))

    assert not Subscriber.objects.get().is_active


def test_mailtest_says_what_the_server_answered(mails: Script) -> None:
    out = StringIO()
    call_command("mailtest", "ada@example.org", stdout=out)
    assert "sent: 250" in out.getvalue()
    assert mails.mails[0].recipients == ["ada@example.org"]

    mails.at_recipient = lambda address: "550 no such user"
    err = StringIO()
    with pytest.raises(SystemExit):
        call_command("mailtest", "ada@example.org", stderr=err)
    assert "550 no such user" in err.getvalue()
