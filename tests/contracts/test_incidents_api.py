"""M22, M23, M41 and the incidents' list: the administration API, exactly."""

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from components.models import JournalEntry
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident, IncidentTemplate
from incidents.notes import add_note
from incidents.services import open_incident
from statuspage.access import tokens
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
URL = "/api/v1/status/incidents"


@pytest.fixture
def headers() -> dict[str, str]:
    key = tokens.create(name="responder", scopes=["status:read", "status:write"])
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def api(client: Client, headers: dict[str, str]) -> Any:
    def call(method: str, url: str, body: Any = None, **extra: str) -> Any:
        return getattr(client, method)(
            url,
            body,
            **({} if method == "get" else {"content_type": "application/json"}),
            headers={**headers, **extra},
        )

    return call


def minimal(**fields: Any) -> dict[str, Any]:
    return {"title": "Slow checkouts", "severity": "minor", "message": "We look.", **fields}


def problems(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.content
    return {item["field"]: item["message"] for item in answer.json()["errors"]}


def test_m22_three_fields_open_an_incident(api: Any) -> None:
    answer = api("post", URL, minimal())

    told = answer.json()
    assert answer.status_code == 201
    assert told["id"] == Incident.objects.get().pk
    assert told["status"] == "investigating"
    assert told["reference"].startswith("INC-")
    assert told["updates"][0]["message"] == "We look."
    assert JournalEntry.objects.get(kind="incident.created").actor == "token responder"


def test_m22_everything_else_is_taken_too(api: Any) -> None:
    shop, disk = build.component("Shop"), build.component("Disk")
    build.region("us-east-1", "Virginia")

    told = api(
        "post",
        URL,
        minimal(
            status="identified",
            components=[shop.pk, disk.pk],
            component_statuses={str(disk.pk): "partial_outage"},
            regions=["us-east-1"],
            started_at="2026-01-02T03:04:05+01:00",
            notify=False,
        ),
    ).json()

    assert told["component_statuses"] == {
        str(shop.pk): "degraded", str(disk.pk): "partial_outage",
    }  # fmt: skip
    assert (told["started_at"], told["reference"]) == ("2026-01-02T02:04:05Z", "INC-2026-001")
    assert (told["regions"], told["status"]) == (["us-east-1"], "identified")
    assert JournalEntry.objects.get(kind="incident.created").data["notify"] is False
    assert build.status_of(disk) is Status.PARTIAL_OUTAGE


@pytest.mark.parametrize(
    ("word", "stored"),
    [("low", "none"), ("medium", "minor"), ("high", "major"), ("Critical", "critical"),
     ("none", "none"), ("minor", "minor")],
)  # fmt: skip
def test_c3_any_dialects_severity_is_understood(api: Any, word: str, stored: str) -> None:
    api("post", URL, minimal(severity=word))

    assert Incident.objects.get().severity == stored


@pytest.mark.parametrize(
    ("word", "stored"),
    [("degraded_performance", "degraded"), ("Partial Outage", "partial_outage"),
     ("under_maintenance", "maintenance"), ("operational", "operational")],
)  # fmt: skip
def test_c3_any_dialects_status_is_understood(api: Any, word: str, stored: str) -> None:
    shop = build.component()

    api("post", URL, minimal(component_statuses={shop.pk: word}))

    assert Incident.objects.get().impacts.get().status == stored


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"id": 7}, "id"),
        ({"is_staff": True}, "is_staff"),
        ({"severity": "dire"}, "severity"),
        ({"severity": 3}, "severity"),
        ({"status": "gone"}, "status"),
        ({"started_at": "2026-01-02T03:04:05"}, "started_at"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": 1}, "started_at"),
        ({"components": [999]}, "components"),
        ({"components": ["x"]}, "components.0"),
        ({"components": 3}, "components"),
        ({"component_statuses": {"x": "degraded"}}, "component_statuses.x"),
        ({"regions": ["atlantis"]}, "regions"),
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"message": None}, "message"),
        ({"notify": "perhaps"}, "notify"),
        ({"template": "nothing"}, "template"),
    ],
)
def test_what_is_wrong_is_refused_by_name_and_nothing_is_written(
    api: Any, fields: dict[str, Any], named: str
) -> None:
    assert named in problems(api("post", URL, minimal(**fields)))
    assert not Incident.objects.exists()


def test_errors_are_problems_with_the_dialects_own_member(api: Any) -> None:
    answer = api("post", URL, {"title": "t"})

    told = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (told["status"], told["error"]["code"]) == (400, "invalid")
    assert told["error"]["message"] == told["detail"]


def test_a_template_fills_what_is_not_said(api: Any) -> None:
    IncidentTemplate.objects.create(
        name="outage", title="{component} is down", message="Since {started_at}.", severity="major"
    )
    shop = build.component("{severity}")

    told = api(
        "post", URL, {"template": "outage", "components": [shop.pk],
                      "started_at": "2026-01-02T03:04:00Z"},
    ).json()  # fmt: skip

    assert told["title"] == "{severity} is down"
    assert told["updates"][0]["message"] == "Since 2026-01-02 03:04 UTC."
    assert told["severity"] == "major"
    missing = api("post", URL, {"template": "outage"})
    assert "{component}" in problems(missing)["template"]


def test_m23_an_update_sets_the_state_and_reopening_clears_the_end(api: Any) -> None:
    shop = build.component()
    incident = api("post", URL, minimal(components=[shop.pk])).json()
    url = f"{URL}/{incident['id']}/updates"

    resolved = api("post", url, {"status": "resolved", "message": "Done",
                                 "component_statuses": {shop.pk: "operational"}})  # fmt: skip
    after = api("get", f"{URL}/{incident['id']}").json()
    api("post", url, {"status": "monitoring", "message": "Or not", "notify": False})
    again = api("get", f"{URL}/{incident['id']}").json()

    assert resolved.status_code == 201
    assert resolved.json()["component_statuses"] == {str(shop.pk): "operational"}
    assert after["resolved_at"] is not None
    assert (again["status"], again["resolved_at"]) == ("monitoring", None)
    assert JournalEntry.objects.filter(kind="incident.updated").latest("id").data["notify"] is False


def test_m23_refuses_an_update_without_a_message(api: Any) -> None:
    incident = api("post", URL, minimal()).json()

    assert "message" in problems(
        api("post", f"{URL}/{incident['id']}/updates", {"status": "resolved"})
    )
    assert Incident.objects.get().updates.count() == 1


def test_the_list_is_filtered_counted_and_cut(api: Any) -> None:
    for title, severity in (("one", "minor"), ("two", "critical"), ("three", "critical")):
        api("post", URL, minimal(title=title, severity=severity))

    everything = api("get", URL).json()
    critical = api("get", f"{URL}?severity=critical&limit=1&offset=1").json()

    assert [each["title"] for each in everything["incidents"]] == ["three", "two", "one"]
    assert ([each["title"] for each in critical["incidents"]], critical["total"]) == (["two"], 2)
    assert api("get", f"{URL}?status=resolved").json() == {"incidents": [], "total": 0}


@pytest.mark.parametrize(
    ("query", "named"),
    [("title=x", "title"), ("limit=0", "limit"), ("limit=many", "limit"), ("offset=-1", "offset"),
     ("severity=dire", "severity"), ("_connector=OR", "_connector")],
)  # fmt: skip
def test_a_list_is_asked_only_what_it_knows_s5(api: Any, query: str, named: str) -> None:
    assert named in problems(api("get", f"{URL}?{query}"))


@pytest.mark.parametrize("pk", ["0", "7", "x", "1.5", "-1", "9" * 30, "١"])
def test_an_id_that_is_not_there_is_404(api: Any, pk: str) -> None:
    for method, url in (("get", f"{URL}/{pk}"), ("post", f"{URL}/{pk}/updates")):
        answer = api(method, url, None if method == "get" else {})
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_change_corrects_without_a_notice(api: Any) -> None:
    shop, disk = build.component(), build.component()
    url = f"{URL}/{api('post', URL, minimal(components=[shop.pk])).json()['id']}"

    patched = api("patch", url, {"title": "Slower checkouts", "components": [disk.pk]}).json()
    incomplete = api("put", url, {"title": "x"})

    assert (patched["title"], patched["components"]) == ("Slower checkouts", [disk.pk])
    assert "severity" in problems(incomplete)
    assert JournalEntry.objects.filter(kind__startswith="incident.").latest("id").kind == (
        "incident.edited"
    )
    assert api("delete", url).status_code == 204
    assert api("get", url).status_code == 404


def test_m41_a_stale_writer_is_refused_and_overwrites_nothing(api: Any) -> None:
    created = api("post", URL, minimal())
    url, tag = f"{URL}/{created.json()['id']}", created.headers["ETag"]
    fresh = api("patch", url, {"title": "Theirs"}, **{"If-Match": tag})

    stale = [
        api("patch", url, {"title": "Mine"}, **{"If-Match": tag}),
        api("delete", url, **{"If-Match": tag}),
        api("post", f"{url}/updates", {"status": "resolved", "message": "m"}, **{"If-Match": tag}),
    ]

    assert fresh.status_code == 200
    assert [answer.status_code for answer in stale] == [412, 412, 412]
    assert (Incident.objects.get().title, Incident.objects.get().status) == (
        "Theirs", "investigating",
    )  # fmt: skip
    assert api("get", url, **{"If-None-Match": fresh.headers["ETag"]}).status_code == 304


def test_r18_parallel_posts_with_one_key_make_one_incident(
    headers: dict[str, str],
) -> None:
    statuses: Counter[int] = Counter()

    def work(number: int) -> None:
        answer = Client().post(
            URL, minimal(), content_type="application/json",
            headers={**headers, "Idempotency-Key": f"k{number}"},
        )  # fmt: skip
        statuses[answer.status_code] += 1
        connection.close()

    for number in range(3):
        threads = [threading.Thread(target=work, args=(number,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)

    assert statuses == {201: 18}
    assert Incident.objects.count() == 3


def test_scopes_decide_who_may(client: Client) -> None:
    reader = {"Authorization": f"Bearer {tokens.create(name='r', scopes=['status:read'])}"}

    assert client.get(URL).status_code == 401
    assert client.get(URL, headers=reader).status_code == 200
    assert (
        client.post(URL, minimal(), content_type="application/json", headers=reader).status_code
        == 403
    )


def test_notes_for_staff_are_not_told(api: Any) -> None:
    incident = open_incident(title="t", severity=Severity.MINOR, message="m")
    add_note(incident, text="the secret cause")

    assert "secret" not in api("get", f"{URL}/{incident.pk}").content.decode()
    assert "secret" not in api("get", URL).content.decode()


def test_the_list_costs_the_same_for_many(api: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        open_incident(title=f"{number}", severity=Severity.MINOR, message="m",
                      impacts={build.component(): Status.DEGRADED})  # fmt: skip

    with django_assert_max_num_queries(6):
        assert len(api("get", URL).json()["incidents"]) == 5
