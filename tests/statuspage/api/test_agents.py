"""`/api/v1/agent/…`: who may, what is refused, and where secrets are told."""

import time
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from components.models import JournalEntry
from monitors.agent.protocol import TIME_HEADER
from monitors.models import Agent, Monitor, Result
from monitors.services import save_monitor
from statuspage.access import tokens
from statuspage.management.commands import doctor
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
ASSIGNMENTS = "/api/v1/agent/assignments"
RESULTS = "/api/v1/agent/results"


def bearer(scope: str = "agents:write", *, agent: str = "a", region: str = "us-west") -> Any:
    seat: Any = {"agent": agent, "region": region} if scope == "agents:write" else {}
    key = tokens.create(name=f"t {time.time_ns()}", scopes=[scope], **seat)
    return {"Authorization": f"Bearer {key}"}


def asked(client: Client, headers: dict[str, str], **more: Any) -> Any:
    return client.get(ASSIGNMENTS, {"region": "us-west", "agent": "a"}, headers=headers, **more)


def secretive() -> Monitor:
    made = Monitor(
        name="With a secret",
        component=build.component(),
        kind="endpoint",
        config={"url": "http://127.0.0.1:9/", "password": "geheim", "username": "u"},
        interval=10,
        timeout=5,
    )
    return save_monitor(made, regions=[build.region("us-west")])


def test_the_scope_agents_write_is_needed(client: Client) -> None:
    build.region("us-west")

    for scope, status in (("manage", 403), ("monitors:read", 403), ("agents:write", 200)):
        assert asked(client, bearer(scope)).status_code == status
    assert asked(client, {}).status_code == 401
    assert client.post(RESULTS, {}, content_type="application/json").status_code == 401


def test_unchanged_assignments_are_304_and_changed_ones_are_not(client: Client) -> None:
    monitor = build.monitor(regions=(build.region("us-west"),))
    headers = bearer()
    before = time.time()
    first = asked(client, headers)

    again = asked(client, {**headers, "If-None-Match": first.headers["ETag"]})
    save_monitor(monitor, regions=monitor.regions.all())
    changed = asked(client, {**headers, "If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200
    for answer in (first, again, changed):
        assert before - 1 <= float(answer.headers[TIME_HEADER]) <= time.time() + 1  # it is rounded


def test_s10_secrets_are_told_on_this_machine_or_over_tls_only(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    secretive()
    headers = bearer()

    here = asked(client, headers)
    elsewhere = asked(client, headers, REMOTE_ADDR="192.0.2.7")
    direct = asked(client, headers, REMOTE_ADDR="192.0.2.7", secure=True)
    monkeypatch.setattr(settings.STATUSPAGE, "site_url", "https://status.example.org")
    by_proxy = asked(client, headers, REMOTE_ADDR="192.0.2.7")

    assert elsewhere.status_code == 403
    assert b"geheim" not in elsewhere.content
    for answer in (here, direct, by_proxy):
        assert answer.json()["assignments"][0]["config"]["password"] == "geheim"


def test_an_unknown_region_and_a_taken_one_are_told_apart(client: Client) -> None:
    build.region("us-west")
    headers = bearer()
    unknown = client.get(
        ASSIGNMENTS, {"region": "mars", "agent": "a"}, headers=bearer(region="mars")
    )
    asked(client, headers)

    taken = client.get(ASSIGNMENTS, {"region": "us-west", "agent": "b"}, headers=bearer(agent="b"))

    assert (unknown.status_code, taken.status_code) == (400, 409)
    assert "us-west" in unknown.json()["detail"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"sequence": 0}, "sequence"),
        ({"colour": "red"}, "colour"),
        ({"results": [{"check": 1}]}, "results.0.revision"),
        ({"results": [{}] * 1001}, "results"),
    ],
)
def test_what_is_wrong_with_a_report_is_named(
    client: Client, wrong: dict[str, Any], field: str
) -> None:
    body = {"agent": "a", "region": "us-west", "stream": "s", "sequence": 1, "results": []}

    answer = client.post(
        RESULTS, {**body, **wrong}, content_type="application/json", headers=bearer()
    )

    assert answer.status_code == 400
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert not Result.objects.exists()


def test_an_agent_without_a_network_is_told_of_once_and_so_is_its_end_r7(client: Client) -> None:
    build.region("us-west")
    headers = bearer()

    for more in ({"blind_since": "1800000000.5"}, {"blind_since": "1800000000.5"}, {}, {}):
        query = {"region": "us-west", "agent": "a", **more}
        assert client.get(ASSIGNMENTS, query, headers=headers).status_code == 200

    told = JournalEntry.objects.filter(kind__startswith="monitoring.").order_by("id")
    assert [entry.kind for entry in told] == ["monitoring.blind", "monitoring.sees_again"]
    assert {entry.data["region"] for entry in told} == {"us-west"}


@pytest.mark.parametrize("since", ["never", "nan", "-1", "inf"])
def test_blindness_since_no_instant_is_refused(client: Client, since: str) -> None:
    build.region("us-west")
    query = {"region": "us-west", "agent": "a", "blind_since": since}

    answer = client.get(ASSIGNMENTS, query, headers=bearer())

    assert answer.status_code == 400
    assert b"blind_since" in answer.content
    assert not JournalEntry.objects.filter(kind="monitoring.blind").exists()


def reported(client: Client, headers: Any, **body: Any) -> Any:
    told = {"agent": "a", "region": "us-west", "stream": "s", "sequence": 1, "results": [], **body}
    return client.post(RESULTS, told, content_type="application/json", headers=headers)


@pytest.mark.parametrize("other", [{"agent": "b"}, {"region": "eu-west"}])
def test_s14_a_token_is_for_one_agent_in_one_region(client: Client, other: dict[str, str]) -> None:
    build.region("us-west")
    build.region("eu-west")
    headers = bearer(**other)

    assert asked(client, headers).status_code == 403
    refused = reported(client, headers)

    assert refused.status_code == 403
    assert "is for the agent" in refused.json()["detail"]
    assert not Agent.objects.exists()


def test_s14_a_token_for_no_agent_probes_nothing_and_is_told_how_to(client: Client) -> None:
    """As every reader had before there was `readers:write`."""
    build.region("us-west")
    key = tokens.create(name="old", scopes=["agents:write"])
    headers = {"Authorization": f"Bearer {key}"}

    for refused in (asked(client, headers), reported(client, headers)):
        assert refused.status_code == 403
        assert "token 'old' --bind --agent 'a' --region us-west" in refused.json()["detail"]
    call_command("token", "old", "--bind", "--agent", "a", "--region", "us-west")

    assert asked(client, headers).status_code == 200
    assert reported(client, headers).status_code == 200


def test_s14_results_come_from_who_holds_the_region(client: Client) -> None:
    build.region("us-west")

    refused = reported(client, bearer())

    assert refused.status_code == 409
    assert "ask for assignments first" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("scopes", "seat", "name", "status"),
    [
        (["readers:write"], {}, "worker-1", 200),
        (["agents:write"], {}, "worker-1", 200),
        (["agents:write"], {"agent": "a", "region": "us-west"}, "a", 200),
        (["agents:write"], {"agent": "a", "region": "us-west"}, "worker-1", 403),
        (["agents:write", "readers:write"], {"agent": "a", "region": "us-west"}, "worker-1", 200),
        (["monitors:write", "manage"], {}, "worker-1", 403),
    ],
)
def test_s14_who_may_report_as_a_reader(
    client: Client, scopes: list[str], seat: dict[str, str], name: str, status: int
) -> None:
    key = tokens.create(name="t", scopes=scopes, **seat)  # type: ignore[arg-type]  # no expiry

    answer = client.post(
        "/api/v1/readers/heartbeat", {"consumer_name": name}, content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip

    assert answer.status_code == status


def test_s14_a_readers_token_is_no_agents(client: Client) -> None:
    build.region("us-west")

    assert asked(client, bearer("readers:write")).status_code == 403
    assert reported(client, bearer("readers:write")).status_code == 403


@pytest.mark.parametrize(
    ("scopes", "seat", "field"),
    [
        (["agents:write"], {"agent": "a"}, "region"),
        (["agents:write"], {"region": "eu"}, "agent"),
        (["readers:write"], {"agent": "a", "region": "eu"}, "agent"),
        (["agents:write"], {"agent": "a", "region": "e u"}, "region"),
        (["agents:write"], {"agent": "a\n", "region": "eu"}, "agent"),
    ],
)
def test_s14_half_a_seat_is_refused(scopes: list[str], seat: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        tokens.create(name="t", scopes=scopes, **seat)  # type: ignore[arg-type]  # no expiry

    assert list(refused.value.message_dict) == [field]


def test_s14_doctor_lists_tokens_that_are_for_no_agent() -> None:
    assert "every token" in doctor.agents_bound().detail
    tokens.create(name="old", scopes=["agents:write"])
    tokens.create(name="new", scopes=["agents:write"], agent="a", region="eu")

    told = doctor.agents_bound()

    assert told.ok
    assert "“old”" in told.detail
    assert "new" not in told.detail
    assert "--bind" in told.advice
