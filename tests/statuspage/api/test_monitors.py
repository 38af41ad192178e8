"""`/api/v1/monitors`: who may, what is refused and how."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from components.models import JournalEntry
from monitors.models import Check, Heartbeat, Monitor
from monitors.ping_keys import digest
from statuspage.access import tokens
from statuspage.models import IdempotentAnswer
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
URL = "/api/v1/monitors"


def bearer(*scopes: str, expires_at: datetime | None = None) -> dict[str, str]:
    key = tokens.create(name=f"t {scopes} {expires_at}", scopes=scopes, expires_at=expires_at)
    return {"Authorization": f"Bearer {key}"}


def body(**fields: Any) -> dict[str, Any]:
    values = {
        "name": "Shop answers",
        "component": build.component().slug,
        "kind": "endpoint",
        "config": {"url": "https://shop.example.org/"},
        "interval": 30,
        "timeout": 5,
    }
    return {**values, **fields}


def post(client: Client, headers: dict[str, str], **fields: Any) -> Any:
    return client.post(URL, body(**fields), content_type="application/json", headers=headers)


def test_without_a_token_it_is_401_and_says_how(client: Client) -> None:
    answer = client.get(URL)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("value", ["Bearer nonsense", "Bearer ", "Bearer sp_" + "x" * 43])
def test_a_wrong_token_is_401(client: Client, value: str) -> None:
    assert client.get(URL, headers={"Authorization": value}).status_code == 401


def test_an_expired_token_is_401(client: Client) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)

    assert client.get(URL, headers=bearer("monitors:read", expires_at=past)).status_code == 401


def test_a_session_is_no_token(staff: Client) -> None:
    assert staff.get(URL).status_code == 401


def test_reading_does_not_allow_writing(client: Client) -> None:
    answer = post(client, bearer("monitors:read"))

    assert answer.status_code == 403
    assert "monitors:write" in answer.json()["detail"]
    assert not Monitor.objects.exists()


def test_a_monitor_is_created_and_scheduled_and_journalled_by_the_tokens_name(
    client: Client,
) -> None:
    answer = post(client, bearer("monitors:write"), regions=[build.region().code])

    assert answer.status_code == 201, answer.content
    assert Check.objects.get().due is not None
    assert JournalEntry.objects.get(kind="monitor.changed").actor.startswith("token t")
    assert answer.json()["state"][0]["verdict"] == "unknown"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"config": {"url": "gopher://x"}}, "config.url"),
        ({"config": {}}, "config.url"),
        ({"config": {"url": "http://x.org", "shape": 1}}, "config.shape"),
        ({"config": "http://x.org"}, "config"),
        ({"kind": "telepathy"}, "kind"),
        ({"interval": -1}, "interval"),
        ({"interval": "soon"}, "interval"),
        ({"interval": 10, "timeout": 20}, "timeout"),
        ({"component": "nobody"}, "component"),
        ({"regions": ["atlantis"]}, "regions"),
        ({"colour": "red"}, "colour"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_wrong_is_named(client: Client, fields: dict[str, Any], named: str) -> None:
    answer = post(client, bearer("monitors:write"), **fields)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert named in [error["field"] for error in answer.json()["errors"]]
    assert not Monitor.objects.exists()


def test_a_component_is_named_by_its_slug_or_its_id(client: Client) -> None:
    component = build.component()

    answer = post(client, bearer("monitors:write"), component=component.pk)

    assert answer.status_code == 201, answer.content
    assert answer.json()["component"] == component.slug


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"component": "nobody"},
            "There is no component nobody: write the slug of one, or its id.",
        ),
        ({"component": 2**40}, f"There is no component {2**40}: write the slug of one, or its id."),
        ({"component": [1]}, "Write the slug of a component, or its id."),
        ({"component": True}, "Write the slug of a component, or its id."),
        ({"regions": ["atlantis"]}, "There is no region atlantis."),
        ({"regoins": []}, "There is no such field. Did you mean regions?"),
    ],
)
def test_what_is_wrong_says_what_to_write(
    client: Client, fields: dict[str, Any], message: str
) -> None:
    answer = post(client, bearer("monitors:write"), **fields)

    assert message in [error["message"] for error in answer.json()["errors"]]


def test_a_part_may_be_changed_and_the_rest_stays(client: Client) -> None:
    monitor = build.monitor(interval=30)

    answer = client.patch(
        f"{URL}/{monitor.pk}", {"interval": 60}, content_type="application/json",
        headers=bearer("monitors:write"),
    )  # fmt: skip

    assert answer.status_code == 200
    monitor.refresh_from_db()
    assert (monitor.interval, monitor.config) == (60, {"url": "http://127.0.0.1:9/"})


def test_a_deleted_monitor_is_gone(client: Client) -> None:
    monitor = build.monitor()
    headers = bearer("monitors:write", "monitors:read")

    assert client.delete(f"{URL}/{monitor.pk}", headers=headers).status_code == 204
    assert client.get(f"{URL}/{monitor.pk}", headers=headers).status_code == 404


def test_the_list_costs_the_same_however_long_it_is(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    headers = bearer("monitors:read")
    client.get(URL, headers=headers)
    for _ in range(5):
        build.monitor()

    with django_assert_max_num_queries(5):
        answer = client.get(URL, headers=headers)

    assert answer.json()["total"] == 5


def test_nonsense_instead_of_json_is_a_problem_not_a_crash(client: Client) -> None:
    answer = client.post(
        URL, "{", content_type="application/json", headers=bearer("monitors:write")
    )

    assert answer.status_code == 400
    assert answer.json()["title"] == "Bad Request"


def heartbeat(client: Client, headers: dict[str, str]) -> int:
    answer = post(client, headers, kind="heartbeat", config={"period": 60})
    assert answer.status_code == 201, answer.content
    return int(answer.json()["id"])


def test_a_heartbeat_s_key_is_told_when_it_is_replaced_and_never_else_s10(client: Client) -> None:
    headers = bearer("monitors:read", "monitors:write")
    pk = heartbeat(client, headers)

    answer = client.put(f"{URL}/{pk}/ping-key", headers=headers)
    read = client.get(f"{URL}/{pk}", headers=headers)

    base, _, key = answer.json()["ping_url"].rpartition("/")
    assert (base, len(key)) == ("http://127.0.0.1:3000/ping", 32)
    assert answer.headers["Cache-Control"] == "no-store"
    assert Heartbeat.objects.get().key_hash == digest(key)
    assert key.encode() not in read.content
    assert not any(key in str(entry.data) for entry in JournalEntry.objects.all())


HEARTBEAT = {"kind": "heartbeat", "config": {"period": 60, "grace": 10}}


@pytest.mark.parametrize("enabled", [True, False])
def test_f_m13_a_new_heartbeat_tells_its_ping_address_once(client: Client, enabled: bool) -> None:
    headers = bearer("monitors:read", "monitors:write")

    answer = post(client, headers, **HEARTBEAT, enabled=enabled)

    key = answer.json()["ping_url"].rpartition("/")[2]
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert Heartbeat.objects.get().key_hash == digest(key)
    one = f"{URL}/{answer.json()['id']}"
    assert "ping_url" not in client.get(one, headers=headers).json()
    later = client.patch(one, {"interval": 90}, content_type="application/json", headers=headers)
    assert (later.status_code, "ping_url" in later.json()) == (200, False)


def test_f_m13_what_becomes_a_heartbeat_tells_its_ping_address(client: Client) -> None:
    headers = bearer("monitors:write")
    made = post(client, headers).json()

    answer = client.patch(
        f"{URL}/{made['id']}", HEARTBEAT, content_type="application/json", headers=headers
    )

    assert "ping_url" not in made
    assert Heartbeat.objects.get().key_hash == digest(answer.json()["ping_url"][-32:])


def test_f_m13_no_other_kind_tells_one(client: Client) -> None:
    answer = post(client, bearer("monitors:write"), kind="manual", config={})

    assert (answer.status_code, "ping_url" in answer.json()) == (201, False)


def test_f_m13_an_address_that_is_told_once_is_not_kept_in_clear(client: Client) -> None:
    headers = {**bearer("monitors:write"), "Idempotency-Key": "a"}
    said = body(**HEARTBEAT)

    first = client.post(URL, said, content_type="application/json", headers=headers)
    again = client.post(URL, said, content_type="application/json", headers=headers)

    kept = IdempotentAnswer.objects.get()
    assert again.json() == first.json()
    assert (kept.body, first.json()["ping_url"] in kept.sealed_body.reveal()) == ("", True)


def test_only_a_heartbeat_has_a_ping_address(client: Client) -> None:
    monitor = build.monitor()

    answer = client.put(f"{URL}/{monitor.pk}/ping-key", headers=bearer("monitors:write"))

    assert answer.status_code == 400


def test_replacing_a_key_takes_the_scope_to_write(client: Client) -> None:
    pk = heartbeat(client, bearer("monitors:write"))
    before = Heartbeat.objects.get().key_hash

    answer = client.put(f"{URL}/{pk}/ping-key", headers=bearer("monitors:read"))

    assert answer.status_code == 403
    assert Heartbeat.objects.get().key_hash == before


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({}, "either a period or a cron"),
        ({"period": 60, "cron": "* * * * *"}, "either a period or a cron"),
        ({"cron": "* * * *"}, "five fields"),
        ({"cron": "* * * * *", "timezone": "Mars/Base"}, "time zone"),
        ({"cron": "@daily", "timezone": "localtime"}, "“localtime” is not a time zone"),  # F-T12
        ({"cron": "@reboot"}, "@hourly"),
        ({"period": 0}, "a number of 1 or more"),
    ],
)
def test_what_is_wrong_with_a_heartbeat_is_named(
    client: Client, config: dict[str, Any], says: str
) -> None:
    answer = post(client, bearer("monitors:write"), kind="heartbeat", config=config)

    assert answer.status_code == 400
    assert says in answer.json()["detail"]
