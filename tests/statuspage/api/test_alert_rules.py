"""Alert rules by the API: which component an alert from elsewhere is about (P04)."""

from typing import Any

import pytest
from django.test import Client

from components.models import JournalEntry
from monitors.models import AlertRule
from tests import build
from tests.statuspage.api.test_resources import bearer

pytestmark = pytest.mark.django_db
URL = "/api/v1/alert-rules"


def ask(method: str, path: str = "", body: Any = None, scope: str = "monitors:write") -> Any:
    sent = {} if body is None else {"data": body, "content_type": "application/json"}
    headers = bearer("monitors:read", scope)
    return getattr(Client(), method)(f"{URL}{path}", headers=headers, **sent)


def test_p04_rules_are_made_changed_and_deleted_and_tried_in_order() -> None:
    shop = build.component("Shop")
    last = ask("post", "", {"component_id": shop.pk, "position": 20}).json()
    made = ask("post", "", {
        "component_id": shop.pk, "matchers": 'severity="critical", job=~"api|web"',
        "status": "degraded"})  # fmt: skip

    assert made.status_code == 201, made.content
    assert made.json() == {
        "id": made.json()["id"], "position": 10, "component_id": shop.pk,
        "matchers": 'severity="critical", job=~"api|web"', "status": "degraded",
        "name": "",
    }  # fmt: skip
    listed = ask("get").json()
    assert [each["id"] for each in listed["alert_rules"]] == [made.json()["id"], last["id"]]

    changed = ask("patch", f"/{last['id']}", {"status": "up"})
    assert changed.json() == {**last, "status": "up"}
    assert ask("delete", f"/{last['id']}").status_code == 204
    assert [each.pk for each in AlertRule.objects.all()] == [made.json()["id"]]
    told = JournalEntry.objects.filter(kind__startswith="alert_rule.").values_list("kind", "actor")
    assert len(told) == 4
    assert all(actor.startswith("token ") for _, actor in told)


@pytest.mark.parametrize(
    ("field", "value"),
    [("matchers", "severity=~("), ("matchers", "="), ("component_id", 10**9), ("status", "broken"),
     ("position", -1), ("positon", 1)],
)  # fmt: skip
def test_p04_what_is_wrong_with_a_rule_is_named(field: str, value: Any) -> None:
    body = {"component_id": build.component("Shop").pk, field: value}

    answer = ask("post", "", body)

    assert answer.status_code == 400, answer.content
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_p04_rules_need_the_scopes_of_monitors() -> None:
    assert ask("post", "", {}, scope="status:write").status_code == 403
