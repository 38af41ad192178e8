"""S16 for P08: what Statuspage's clients may send is no 5xx either, in JSON, forms and addresses.

Their API is in no document of ours, so that it has a table of its own.
"""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from components.values.public_ids import public_id
from incidents.models import Incident
from maintenance.models import Window
from statuspage.access import tokens
from tests import build
from tests.security.test_hostile_values import HOSTILE, IN_ADDRESSES

pytestmark = [pytest.mark.long, pytest.mark.django_db]
PAGE = f"/v1/pages/{public_id('page', 'main')}"
_DAY = (datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 2, tzinfo=UTC))
INCIDENT = {
    "name": "Slow", "status": "identified", "body": "m", "impact_override": "minor",
    "component_ids": [], "components": {}, "deliver_notifications": False,
}  # fmt: skip
WINDOW = {
    "name": "Move", "scheduled_for": _DAY[0].isoformat(), "scheduled_until": _DAY[1].isoformat(),
    "scheduled_remind_prior": True, "status": "scheduled", "deliver_notifications": False,
}  # fmt: skip
PAST = {"name": "Was", "backfilled": True, "backfill_date": "2020-01-01"}
COMPONENT = {
    "name": "API", "description": "d", "status": "operational", "only_show_if_degraded": True,
    "group_id": None,
}  # fmt: skip
SUBSCRIBER = {
    "email": "a@example.org", "component_ids": [], "skip_confirmation_notification": True,
    "phone_number": None, "endpoint": None,
}  # fmt: skip
METRIC = {
    "name": "Jobs", "suffix": "jobs", "display": True, "metric_identifier": "x", "y_axis_min": 0,
    "transform": "max", "y_axis_max": 1, "y_axis_hidden": False, "decimal_places": 1,
    "tooltip_description": "d",
}  # fmt: skip
SOME = (
    "-1", "0.5", "true", "null", "[]", "{}", "[[]]", '""', '"0001-01-01T00:00:00Z"', '{"9": "x"}',
    '"%s%n{{7*7}}"', '"\\ufffe\\u202e"', f'"{"x" * 20_000}"',
)  # fmt: skip
"""What the parser lets in, one of each sort."""
LISTS = ("/metrics", "/components", "/component-groups", "/incidents", "/subscribers?state=all")


@pytest.fixture
def store(client: Client) -> dict[str, str]:
    """The headers of a key for everything, and one of everything in the store."""
    build.component("API", group=build.group("Platform"))
    client.raise_request_exception = False
    return {"Authorization": f"OAuth {tokens.create(name='t', scopes=tokens.SCOPES)}"}


def operations(
    client: Client, headers: dict[str, str]
) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Method, path, envelope and fields of whatever writes."""
    for body in (INCIDENT, WINDOW):
        made = client.post(f"{PAGE}/incidents", json.dumps({"incident": body}),
                           content_type="application/json", headers=headers)  # fmt: skip
        assert made.status_code == 201, made.content
    someone = json.dumps({"subscriber": {"email": "z@example.org"}})
    told = client.post(f"{PAGE}/subscribers", someone,
                       content_type="application/json", headers=headers).json()  # fmt: skip
    incident = public_id("incident", Incident.objects.get().pk)
    window = public_id("window", Window.objects.get().pk)
    lists = {name: client.get(f"{PAGE}/{name}", headers=headers).json()[0]["id"]
             for name in ("components", "component-groups")}  # fmt: skip
    update = client.get(f"{PAGE}/incidents/{incident}", headers=headers).json()
    number = update["incident_updates"][0]["id"]
    group = {"name": "Core", "description": "d", "components": [lists["components"]]}
    source = client.get(f"{PAGE}/metrics_providers", headers=headers).json()[0]["id"]
    metrics = f"/metrics_providers/{source}/metrics"
    metric = client.post(f"{PAGE}{metrics}", json.dumps({"metric": METRIC}),
                         content_type="application/json", headers=headers).json()["id"]  # fmt: skip
    return [
        ("post", "/incidents", "incident", INCIDENT), ("post", "/incidents", "incident", WINDOW),
        ("post", "/incidents", "incident", PAST),
        ("patch", f"/incidents/{incident}", "incident", INCIDENT),
        ("patch", f"/incidents/{window}", "incident", WINDOW),
        ("patch", f"/incidents/{incident}/incident_updates/{number}", "incident_update",
         {"body": "m"}),
        ("post", "/components", "component", COMPONENT),
        ("patch", f"/components/{lists['components']}", "component", COMPONENT),
        ("post", "/component-groups", "component_group", group),
        ("patch", f"/component-groups/{lists['component-groups']}", "component_group", group),
        ("post", "/subscribers", "subscriber", SUBSCRIBER),
        ("patch", f"/subscribers/{told['id']}", "subscriber", {"component_ids": []}),
        ("post", metrics, "metric", METRIC), ("patch", f"/metrics/{metric}", "metric", METRIC),
        ("post", f"/metrics/{metric}/data", "data", {"timestamp": 1_764_500_000, "value": 1}),
        ("post", "/metrics/data", "data", {metric: [{"timestamp": 1_764_500_000, "value": 1}]}),
        ("post", "/metrics_providers", "metrics_provider", {"type": "Self"}),
    ]  # fmt: skip


def test_s16_no_value_in_statuspages_words_is_a_5xx_nor_poisons_a_list(
    client: Client, store: dict[str, str]
) -> None:
    broken = []
    for number, (method, path, envelope, fields) in enumerate(operations(client, store)):
        bodies = [f'{{"{envelope}": {value}}}' for value in SOME]
        # One parser reads them all.
        bodies += HOSTILE if number == 0 else ()
        for name in fields:
            rest = json.dumps({key: value for key, value in fields.items() if key != name})[1:]
            bodies += [f'{{"{envelope}": {{"{name}": {value}, {rest}}}'.replace(", }", "}")
                       for value in SOME]  # fmt: skip
        for body in bodies:
            answer = client.generic(
                method.upper(), f"{PAGE}{path}", body, "application/json", headers=store
            )
            if answer.status_code >= 500 or "json" not in answer["Content-Type"]:
                broken.append((method, path, body[:80], answer.status_code))
    for path in LISTS:
        assert client.get(f"{PAGE}{path}", headers=store).status_code == 200

    assert broken == []


def test_s16_no_form_and_no_address_of_it_is_a_5xx(client: Client, store: dict[str, str]) -> None:
    broken = []
    forms = [f"incident[name]={quote(value[:400])}" for value in HOSTILE] + [
        "incident[components][%00]=x", "incident[components][a]=%ed%a0%80", "incident[name][]=x",
        "incident[components][]=", "incident[[]]=", "a[b][c][d][e][f]=1", "&&&", "=", "%",
        "incident[scheduled_for]=0001-01-01&incident[scheduled_until]=9999-12-31",
        "incident[backfill_date]=0000-00-00&incident[name]=x", "&".join(["a=1"] * 2_000),
    ]  # fmt: skip
    for body in forms:
        answer = client.generic("POST", f"{PAGE}/incidents", body,
                                "application/x-www-form-urlencoded", headers=store)  # fmt: skip
        broken += [(body[:60], answer.status_code)] if answer.status_code >= 500 else []
    for value in IN_ADDRESSES:
        for path in (
            f"/v1/pages/{value}", f"{PAGE}/components/{value}", f"{PAGE}/incidents/{value}",
            f"{PAGE}/incidents/{value}/incident_updates/{value}", f"{PAGE}/subscribers/{value}",
            f"{PAGE}/incidents?q={value}&page={value}", f"{PAGE}/incidents?limit={value}",
            f"{PAGE}/metrics/{value}", f"{PAGE}/metrics_providers/{value}/metrics",
            f"{PAGE}/subscribers?q={value}&state={value}", f"/v1/pages?api_key={value}",
            f"{PAGE}/subscribers?type={value}&page={value}",
        ):  # fmt: skip
            answer = client.get(path, headers={} if "api_key" in path else store)
            broken += [(path, answer.status_code)] if answer.status_code >= 500 else []

    assert broken == []
