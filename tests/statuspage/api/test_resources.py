"""What the resources of the API have in common: channels, routes, pages, people and so on."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from components.models import JournalEntry
from monitors.models import Region
from statuspage.access import tokens
from statuspage.access.roles import ensure_roles
from statuspage.models import ApiToken, IdempotentAnswer
from subscribers.models import AlertChannel, AlertRoute, AlertStep, Subscriber, Suspension
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
CANARY = "https://hooks.example.org/canary-in-the-path"
PASSWORD = "correct horse battery staple"

RESOURCES: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "alert-channels": (
        "subscribers", "alert_channel",
        {"name": "Pager", "channel": "webhook", "address": CANARY}, {"enabled": False},
    ),
    "alert-routes": ("subscribers", "alert_route", {"name": "All"}, {"remind_minutes": 5}),
    "endpoints": ("subscribers", "endpoint", {"url": CANARY}, {"min_severity": "major"}),
    "templates": (
        "status", "template", {"name": "Disk", "title": "{component} is slow", "message": "Full."},
        {"severity": "critical"},
    ),
    "announcements": (
        "status", "announcement", {"message": "We **move**."}, {"kind": "warning"},
    ),
    "pages": (
        "pages", "page", {"slug": "shop", "name": "Shop", "password": PASSWORD}, {"name": "Store"},
    ),
    "regions": ("monitors", "region", {"code": "eu-x", "name": "Ireland"}, {"name": "Eire"}),
    "people": ("people", "person", {"username": "ann", "password": PASSWORD}, {"active": False}),
}  # fmt: skip
"""Of each: its scopes, its family in the journal, a body, and a change."""


def bearer(*scopes: str) -> dict[str, str]:
    name = f"token {ApiToken.objects.count()}"
    return {"Authorization": f"Bearer {tokens.create(name=name, scopes=scopes)}"}


class Api:
    """One resource, asked with a token."""

    def __init__(self, name: str, *verbs: str) -> None:
        self.scope, self.family, self.body, self.change = RESOURCES[name]
        self.url = f"/api/v1/{name}"
        self.headers = bearer(*(f"{self.scope}:{verb}" for verb in verbs or ("read", "write")))

    def __call__(self, method: str, path: str = "", body: Any = None, headers: Any = None) -> Any:
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(Client(), method)(
            self.url + path, headers={**self.headers, **(headers or {})}, **sent
        )

    def made(self, **more: Any) -> str:
        """Create one; return its path below the list."""
        answer = self("post", body={**self.body, **more})
        assert answer.status_code == 201, answer.content
        path: str = answer["Location"].removeprefix(self.url)
        return path


@pytest.mark.parametrize("name", RESOURCES)
def test_f_m13_it_is_created_listed_read_changed_and_deleted_and_journalled(name: str) -> None:
    api = Api(name)
    who = JournalEntry.objects.filter(kind__startswith=f"{api.family}.").order_by("id")

    one = api.made()
    read = api("get", one)
    listed = api("get")
    changed = api("patch", one, api.change)
    whole = api("put", one, {**api.body, **api.change})
    gone = api("delete", one)

    (rows,) = [each for each in listed.json().values() if isinstance(each, list)]
    assert read.json() in rows
    assert {**read.json(), **api.change} == {**changed.json(), **api.change}
    assert [changed.status_code, whole.status_code, gone.status_code] == [200, 200, 204]
    assert api("get", one).status_code == 404
    kinds = [entry.kind for entry in who]
    assert kinds[0] == f"{api.family}.changed"
    assert {entry.actor[:7] for entry in who} == {"token t"}
    last = JournalEntry.objects.latest("id").kind
    assert last in (f"{api.family}.deleted", "subscriber.erased")


@pytest.mark.parametrize("name", RESOURCES)
def test_f_m13_a_secret_goes_in_and_never_comes_out(name: str) -> None:
    api = Api(name)
    one = api.made()

    told = api("get", one).content + api("get").content + api("patch", one, api.change).content

    for secret in (b"canary", b"whsec_", PASSWORD.encode(), b"pbkdf2", b"$sealed"):
        assert secret not in told
    journal = json.dumps(list(JournalEntry.objects.values_list("data", flat=True)))
    assert "canary" not in journal
    assert PASSWORD not in journal


@pytest.mark.parametrize("name", RESOURCES)
def test_f_m13_reading_does_not_allow_writing_and_other_scopes_nothing(name: str) -> None:
    api, reader = Api(name), Api(name, "read")
    one = api.made()
    others = [scope for scope in ("status", "monitors", "people") if scope != api.scope]
    stranger = bearer(*(f"{each}:{verb}" for each in others for verb in ("read", "write")))

    assert reader("get", one).status_code == 200
    for method, path, body in (
        ("post", "", api.body), ("patch", one, api.change), ("delete", one, None)
    ):  # fmt: skip
        refused = reader(method, path, body)
        assert (refused.status_code, f"{api.scope}:write" in refused.json()["detail"]) == (
            403,
            True,
        )
        assert api(method, path, body, stranger).status_code == 403
    assert api("get", one, headers=stranger).status_code == 403
    assert Client().get(api.url).status_code == 401


@pytest.mark.parametrize("name", RESOURCES)
def test_f_m13_a_stale_tag_is_refused_and_a_known_one_is_304(name: str) -> None:
    api = Api(name)
    one = api.made()
    tag = api("get", one)["ETag"]

    known = api("get", one, headers={"If-None-Match": tag})
    first = api("patch", one, api.change, {"If-Match": tag})
    stale = api("put", one, api.body, {"If-Match": tag})
    kept = api("delete", one, headers={"If-Match": tag})
    gone = api("delete", one, headers={"If-Match": first["ETag"]})

    assert known.status_code == 304
    assert (first.status_code, first["ETag"] != tag) == (200, True)
    assert (stale.status_code, kept.status_code, gone.status_code) == (412, 412, 204)


@pytest.mark.parametrize("name", RESOURCES)
def test_f_m13_sent_twice_it_is_created_once_and_another_of_the_name_is_409(name: str) -> None:
    api = Api(name)

    first = api("post", body=api.body, headers={"Idempotency-Key": "a"})
    again = api("post", body=api.body, headers={"Idempotency-Key": "a"})
    twin = api("post", body=api.body)

    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    if name == "announcements":  # which have no names
        assert twin.status_code == 201
        return
    assert (twin.status_code, twin["Content-Type"]) == (409, "application/problem+json")
    if "secret" in first.json():
        kept = IdempotentAnswer.objects.get()
        assert (kept.body, first["Cache-Control"]) == ("", "no-store")


@pytest.mark.parametrize("name", RESOURCES)
def test_f_m13_what_is_wrong_is_named(name: str) -> None:
    api = Api(name)
    required = next(iter(api.body))

    unknown = api("post", body={**api.body, "nonsense": 1})
    lacking = api("post", body={})

    assert [each["field"] for each in unknown.json()["errors"]] == ["nonsense"]
    assert required in [each["field"] for each in lacking.json()["errors"]]
    assert api("get", "/999999").status_code == 404


def test_f_m13_a_webhooks_signing_secret_is_told_once() -> None:
    channel, endpoint = Api("alert-channels"), Api("endpoints")

    secrets = [
        channel("post", body=channel.body).json()["secret"],
        endpoint("post", body=endpoint.body).json()["secret"],
        endpoint("post", f"/{Subscriber.objects.get().pk}/rotate-secret").json()["secret"],
    ]

    assert len({each for each in secrets if each.startswith("whsec_")}) == 3
    assert AlertChannel.objects.get().secret.reveal() == secrets[0]
    row = Subscriber.objects.get()
    assert row.endpoint.secret.reveal() == secrets[2]
    assert row.endpoint.former_secret.reveal() == secrets[1]


def test_f_m13_what_goes_elsewhere_asks_for_its_address_again() -> None:
    api = Api("alert-channels")
    one = api.made()

    refused = api("patch", one, {"channel": "slack"})
    kept = api("patch", one, {"name": "Other"})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "address")
    assert (kept.status_code, AlertChannel.objects.get().address.reveal()) == (200, CANARY)


def test_f_m13_steps_of_a_route_keep_their_ids() -> None:
    channels, api = Api("alert-channels"), Api("alert-routes")
    first, second = (
        int(channels.made(name=name, channel="email", address=f"{name}@example.org")[1:])
        for name in ("a", "b")
    )
    component = build.component()
    steps = [{"channel_id": first}, {"channel_id": second, "after_minutes": 10}]
    one = api.made(steps=steps, components=[component.pk], hours_from="22:00", hours_to="06:00")
    before = AlertStep.objects.get(channel=second).pk

    again = api("patch", one, {"steps": [{"channel_id": first}, {"channel_id": second}]})
    assert [step["after_minutes"] for step in again.json()["steps"]] == [0, 0]
    moved = api("patch", one, {"steps": [{"channel_id": second, "after_minutes": 5}]})
    told = moved.json()

    assert told["steps"] == [{"channel_id": second, "after_minutes": 5}]
    assert (told["components"], told["hours_from"]) == ([component.pk], "22:00")
    assert AlertStep.objects.get().pk == before
    for wrong, field in (
        ({"steps": [{"channel_id": 999}]}, "steps"),
        ({"steps": [{"after_minutes": 1}]}, "steps.0.channel_id"), ({"hours_to": None}, "hours_to"),
        ({"hours_zone": "Mars"}, "hours_zone"), ({"hours_days": []}, "hours_days"),
        ({"groups": [9]}, "groups"),
    ):  # fmt: skip
        refused = api("patch", one, wrong)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
    assert AlertRoute.objects.get().hours_zone == "UTC"


def test_f_m13_a_region_that_is_used_stays_and_keeps_its_code() -> None:
    api = Api("regions")
    build.monitor(build.component())
    used = Region.objects.get().code

    assert api("delete", f"/{used}").status_code == 409
    renamed = api("patch", f"/{used}", {"code": "other"})
    assert (renamed.status_code, renamed.json()["errors"][0]["field"]) == (400, "code")
    assert api("post", body={"code": "a b", "name": "X"}).status_code == 400


def test_f_m13_an_endpoint_is_lifted_and_its_address_stays() -> None:
    api = Api("endpoints")
    one = api.made()
    row = Subscriber.objects.get()
    Suspension.objects.create(subscriber=row, since=row.created_at, reason="500")
    assert (row.is_active, api("get", one).json()["suspended"]) == (True, True)

    lifted = api("patch", one, {"suspended": False})
    moved = api("patch", one, {"url": "https://elsewhere.example.org/"})
    test = api("post", f"{one}/test")

    assert (lifted.json()["suspended"], test.status_code) == (False, 202)
    assert (moved.status_code, moved.json()["errors"][0]["field"]) == (400, "url")


def test_f_m13_nobody_becomes_a_superuser_and_none_is_changed() -> None:
    ensure_roles()
    api = Api("people")
    root = User.objects.create_superuser("root", password=PASSWORD)
    one = api.made(roles=["responder"])

    for name in ("superuser", "is_superuser", "permissions", "user_permissions"):
        assert api("patch", one, {name: True}).status_code == 400
    assert api("patch", f"/{root.pk}", {"email": "me@example.org"}).status_code == 403
    assert api("patch", f"/{root.pk}", {"password": "another long password"}).status_code == 403
    assert api("delete", f"/{root.pk}").status_code == 403
    assert api("get", f"/{root.pk}").json()["superuser"] is True
    ann = User.objects.get(username="ann")
    assert (ann.is_superuser, ann.is_staff, ann.check_password(PASSWORD)) == (False, True, True)
    assert [role.name for role in ann.groups.all()] == ["responder"]
    root.refresh_from_db()
    assert root.check_password(PASSWORD)


def test_f_m13_passwords_and_roles_follow_the_rules_of_the_admin() -> None:
    ensure_roles()
    api = Api("people")

    weak = api("post", body={"username": "bob", "password": "1234"})
    strange = api("post", body={"username": "bob", "roles": ["emperor"]})
    bare = api("post", body={"username": "bob", "roles": ["viewer"]})

    assert (weak.status_code, weak.json()["errors"][0]["field"]) == (400, "password")
    assert (strange.status_code, "responder" in strange.json()["detail"]) == (400, True)
    assert (bare.status_code, bare.json()["has_password"]) == (201, False)
