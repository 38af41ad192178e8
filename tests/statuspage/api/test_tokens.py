"""Tokens by the API: a key is told once, and only who may make accounts makes tokens."""

import pytest
from django.test import Client

from components.models import JournalEntry
from statuspage.access import tokens
from statuspage.models import ApiToken
from tests.statuspage.api.test_parity import Caller

pytestmark = [pytest.mark.django_db]


def test_f_m13_a_key_is_told_once_works_and_ends_with_its_token() -> None:
    call = Caller()
    made = call("post", "tokens", {"name": "ci", "scopes": ["status:read"]}).json()
    bearer = {"Authorization": f"Bearer {made['key']}"}

    assert Client().get("/api/v1/status/groups", headers=bearer).status_code == 200
    assert "key" not in call("get", f"tokens/{made['id']}").json()
    call("patch", f"tokens/{made['id']}", {"scopes": ["monitors:read"]})
    assert Client().get("/api/v1/status/groups", headers=bearer).status_code == 403
    call("delete", f"tokens/{made['id']}")
    assert Client().get("/api/v1/monitors", headers=bearer).status_code == 401
    entry = JournalEntry.objects.filter(kind="token.deleted").get()
    assert entry.actor == "token everything"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["root"]}, "scopes.0"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["monitors:read"], "page": "shop"}, "page"),
        ({"scopes": ["status:read"], "monitor": 1}, "monitor"),
        ({"scopes": ["agents:write"], "agent": "a"}, "region"),
        ({"scopes": ["status:read"], "expires_at": "tomorrow"}, "expires_at"),
    ],
)
def test_f_m13_what_a_token_cannot_be_is_named(body: dict[str, object], field: str) -> None:
    refused = Caller()("post", "tokens", {"name": "ci", **body})

    assert refused.status_code == 400
    assert [each["field"] for each in refused.json()["errors"]] == [field]
    assert not ApiToken.objects.filter(name="ci").exists()


def test_a_name_in_use_is_409_and_other_scopes_make_no_tokens() -> None:
    call = Caller()
    assert call("post", "tokens", {"name": "everything", "scopes": ["manage"]}).status_code == 409

    call.key = tokens.create(name="other", scopes=set(tokens.SCOPES) - {
        "agents:write", "people:read", "people:write",
    })  # fmt: skip
    assert call("get", "tokens").status_code == 403
    assert call("post", "tokens", {"name": "x", "scopes": ["manage"]}).status_code == 403
