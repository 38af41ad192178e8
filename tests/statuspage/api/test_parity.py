"""P06, F-M13: what a catalogue file describes has REST in one and the same convention.

Lists with `limit` and `total`; POST that is repeated safely; a tag that a reader and a writer
use; problems that name the field; 409 for what a catalogue file describes.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from statuspage.access import tokens
from statuspage.catalogue.kinds import KINDS
from tests.statuspage.catalogue.documents import SOME
from tests.statuspage.catalogue.test_managed_rows import apply

pytestmark = [pytest.mark.django_db]


@dataclass(frozen=True)
class Rest:
    """How one kind is reached, and what makes and changes one."""

    root: str
    made: dict[str, Any]
    change: dict[str, Any]
    member: str = ""
    key: str = "id"
    once: str = ""
    """What the response to POST tells this once."""


KINDS_BY_REST = {
    "regions": Rest("regions", {"code": "r-9", "name": "R"}, {"name": "S"}, key="code"),
    "groups": Rest("status/groups", {"name": "G", "slug": "g-9"}, {"description": "D"}),
    "components": Rest("status/components", {"name": "C"}, {"description": "D"}),
    "monitors": Rest(
        "monitors",
        {"name": "M", "component": "db", "kind": "heartbeat", "config": {"period": 60}},
        {"interval": 90},
        once="ping_url",
    ),
    "alert_rules": Rest("alert-rules", {"name": "R", "component_id": 1}, {"position": 5}),
    "templates": Rest("templates", {"name": "T", "title": "T", "message": "M"}, {"title": "U"}),
    "alert_channels": Rest(
        "alert-channels",
        {"name": "H", "channel": "webhook", "address": "https://hooks.example.org/x"},
        {"enabled": False},
        member="channels",
        once="secret",
    ),
    "alert_routes": Rest("alert-routes", {"name": "N"}, {"remind_minutes": 5}, member="routes"),
    "pages": Rest("pages", {"slug": "p-9", "name": "P"}, {"name": "Q"}, key="slug"),
    "announcements": Rest("announcements", {"name": "A", "message": "M"}, {"message": "N"}),
    "maintenance_series": Rest(
        "maintenance-series",
        {"title": "P", "rule": "FREQ=DAILY", "first_local": "2036-12-01T02:00", "duration": 3600},
        {"duration": 7200},
    ),
    "endpoints": Rest(
        "endpoints",
        {"name": "L", "channel": "webhook", "url": "https://hooks.example.org/x"},
        {"language": "de"},
        once="secret",
    ),
    "people": Rest("people", {"username": "ann"}, {"first_name": "Ann"}),
    "tokens": Rest(
        "tokens", {"name": "t", "scopes": ["status:read"]}, {"name": "u"}, once="key"
    ),
}  # fmt: skip


class Caller:
    """A caller of the API with every scope that one token can have."""

    def __init__(self) -> None:
        self.client = Client()
        self.key = tokens.create(name="everything", scopes=set(tokens.SCOPES) - {"agents:write"})

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = "" if body is None else json.dumps(body)
        return self.client.generic(
            method.upper(), f"/api/v1/{path}", data, content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}", **headers},
        )  # fmt: skip


def test_p06_every_kind_of_the_catalogue_has_rest() -> None:
    sections = {kind.section for kind in KINDS}

    assert sections == KINDS_BY_REST.keys() - {"people", "tokens"}


@pytest.mark.parametrize("section", KINDS_BY_REST)
def test_p06_f_m13_rest_of_a_kind_keeps_the_convention(section: str) -> None:
    rest, call = KINDS_BY_REST[section], Caller()
    apply(SOME)
    body = dict(rest.made)
    if section == "alert_rules":
        (body["component_id"], *_) = [
            each["id"] for each in call("get", "status/components").json()["components"]
        ]

    made = call("post", rest.root, body, **{"Idempotency-Key": "1"})
    again = call("post", rest.root, body, **{"Idempotency-Key": "1"})
    assert (made.status_code, again.json()) == (201, made.json()), made.content
    told = made.json()
    one = f"{rest.root}/{told[rest.key]}"
    assert made["Location"] == f"/api/v1/{one}"
    if rest.once:
        assert (told.pop(rest.once), made["Cache-Control"]) != ("", None)

    read = call("get", one)
    assert read.json() == told
    assert read["ETag"] == made["ETag"]
    assert call("get", one, **{"If-None-Match": read["ETag"]}).status_code == 304
    member = rest.member or section
    listed = call("get", f"{rest.root}?limit=1").json()
    assert len(listed[member]) == 1 < listed["total"] or section == "people"
    assert call("get", f"{rest.root}?limit=0").status_code == 400

    changed = call("patch", one, rest.change, **{"If-Match": read["ETag"]})
    assert changed.status_code == 200, changed.content
    assert rest.change.items() <= changed.json().items()
    stale = call("patch", one, rest.change, **{"If-Match": read["ETag"]})
    assert stale.status_code == 412
    wrong = call("patch", one, {"no_such_field": 1})
    assert (wrong.status_code, wrong["Content-Type"]) == (400, "application/problem+json")
    assert [each["field"] for each in wrong.json()["errors"]] == ["no_such_field"]
    assert call("delete", one, **{"If-Match": read["ETag"]}).status_code == 412
    assert call("delete", one).status_code == 204
    assert call("get", one).status_code == 404


@pytest.mark.parametrize("section", [name for name in KINDS_BY_REST if name in SOME])
def test_p06_what_a_file_describes_is_409_in_the_api_unless_unlocked(section: str) -> None:
    rest, call = KINDS_BY_REST[section], Caller()
    apply(SOME)
    member = rest.member or section
    wanted = {name: SOME[section][0][name] for name in ("name",) if name in SOME[section][0]}
    listed = call("get", rest.root).json()[member]
    row = next(each for each in listed if wanted.items() <= each.items())
    one = f"{rest.root}/{row[rest.key]}"

    refused = call("patch", one, rest.change)
    deleted = call("delete", one)

    assert (refused.status_code, deleted.status_code) == (409, 409), refused.content
    assert "catalogue.yaml: change it there" in refused.json()["detail"]
    assert next(iter(rest.change)) in refused.json()["detail"]
    assert call("get", one).json() == row
    assert call("patch", one, wanted).status_code == 200, "as the file says it"
    apply(SOME, unlock=True)
    assert call("patch", one, rest.change).status_code == 200


def test_p06_what_people_say_meanwhile_is_free_of_the_file() -> None:
    call = Caller()
    apply(SOME)
    (api,) = (
        each for each in call("get", "status/components").json()["components"]
        if each["slug"] == "api"
    )  # fmt: skip
    monitor = call("get", "monitors?component=api").json()["monitors"][0]

    said = call("patch", f"status/components/{api['id']}", {"status_override": "degraded"})
    paused = call("patch", f"monitors/{monitor['id']}", {"enabled": False})
    retired = call("post", f"status/components/{api['id']}/retire", {})

    assert said.json()["status"] == "degraded"
    assert paused.json()["enabled"] is False
    assert retired.status_code == 409
