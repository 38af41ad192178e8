"""Alerts from elsewhere over the API (contract P01 to P03)."""

import base64
import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from components.status import Status
from monitors.alert_formats.registry import FORMATS
from monitors.alert_rules import save_rule
from monitors.models import AlertLane, AlertRule, Check, Monitor
from monitors.rules.alert_lanes import MAX_LANES
from monitors.services import save_monitor
from statuspage.access import tokens
from statuspage.models import ApiToken
from tests import build
from tests.monitors.alert_formats.test_alertmanager import FIRING, message

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
RESOLVED = {**FIRING, "status": "resolved", "endsAt": "2023-02-06T13:30:00Z"}


def external(**config: Any) -> Monitor:
    monitor = Monitor(
        name="Prometheus", component=build.component("Shop"), kind="external", config=config
    )
    return save_monitor(monitor, regions=[])


def post(
    client: Client, monitor: Monitor, body: Any, *, name: str = "alertmanager",
    scope: str = "alerts:write", bound_to: Monitor | None = None,
) -> Any:  # fmt: skip
    key = tokens.create(
        name=f"t{ApiToken.objects.count()}", scopes=[scope],
        monitor=bound_to.pk if bound_to else None,
    )  # fmt: skip
    return client.post(
        f"/api/v1/monitors/{monitor.pk}/alerts/{name}", json.dumps(body), "application/json",
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip


@pytest.mark.projected
def test_p01_a_message_of_alertmanager_is_202_with_what_it_changed(client: Client) -> None:
    monitor = external()

    fired = post(client, monitor, message(FIRING))
    status = build.status_of(monitor.component)
    again = post(client, monitor, message(FIRING))
    over = post(client, monitor, message(RESOLVED))

    assert fired.status_code == 202
    assert fired.json() == {"accepted": 1, "opened": 1, "resolved": 0, "unmatched": 0}
    assert status is Status.MAJOR_OUTAGE
    assert again.json() == {"accepted": 1, "opened": 0, "resolved": 0, "unmatched": 0}
    assert over.json() == {"accepted": 1, "opened": 0, "resolved": 1, "unmatched": 0}
    assert build.status_of(monitor.component) is Status.OPERATIONAL


def test_p01_an_unknown_shape_is_400_naming_the_field_and_stores_nothing(client: Client) -> None:
    monitor = external()

    wrong = post(client, monitor, message(FIRING, {**FIRING, "status": "on"}))

    assert wrong.status_code == 400
    assert [each["field"] for each in wrong.json()["errors"]] == ["alerts.1.status"]
    assert not AlertLane.objects.exists()
    assert post(client, monitor, {"text": "hi"}).json()["errors"][0]["field"] == "version"
    assert post(client, monitor, [1]).status_code == 400


def test_p01_a_format_that_there_is_not_is_404_and_names_those_there_are(client: Client) -> None:
    answer = post(client, external(), message(FIRING), name="nagios")

    assert answer.status_code == 404
    assert "alertmanager" in answer.json()["detail"]


def test_p01_only_monitors_of_this_kind_receive_alerts(client: Client) -> None:
    answer = post(client, build.monitor(), message(FIRING))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "kind"


def test_p01_a_token_of_one_monitor_opens_nothing_else_s14(client: Client) -> None:
    mine, other = external(), external()

    assert post(client, mine, message(FIRING), bound_to=mine).status_code == 202
    refused = post(client, other, message(FIRING), bound_to=mine)
    assert (refused.status_code, AlertLane.objects.filter(monitor=other).count()) == (403, 0)
    assert f"monitor {mine.pk} alone" in refused.json()["detail"]
    assert post(client, mine, message(FIRING), scope="monitors:write").status_code == 403


def test_p01_the_key_may_be_the_password_of_an_address(client: Client) -> None:
    monitor = external()
    key = tokens.create(name="t", scopes=["alerts:write"])
    answers = [
        client.post(
            f"/api/v1/monitors/{monitor.pk}/alerts/alertmanager", message(FIRING),
            "application/json", headers={"Authorization": f"Basic {given}"},
        )
        for given in (
            base64.b64encode(f"token:{key}".encode()).decode(),
            base64.b64encode(key.encode()).decode(), "%", "",
        )
    ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [202, 401, 401, 401]
    assert answers[1].headers["WWW-Authenticate"].startswith("Basic ")
    listed = client.get(
        "/api/v1/monitors",
        headers={"Authorization": "Basic " + base64.b64encode(f"t:{key}".encode()).decode()},
    )
    assert listed.status_code == 401


def test_p01_every_format_is_taken_in_by_its_own_name(client: Client) -> None:
    monitor = external()
    kuma = {"heartbeat": {"status": 0, "msg": "timeout"}, "monitor": {"id": 1, "name": "Shop"},
            "msg": "Shop is down"}  # fmt: skip
    generic = {"id": "x", "status": "down", "message": "the disk is full"}

    assert post(client, monitor, kuma, name="kuma").json()["opened"] == 1
    assert post(client, monitor, generic, name="generic").json()["opened"] == 1
    assert post(client, monitor, generic, name="kuma").status_code == 400
    for name in FORMATS:
        assert post(client, monitor, {}, name=name).status_code == 400, name


@pytest.mark.parametrize(
    ("scopes", "of_external"), [(["alerts:write", "manage"], True), (["alerts:write"], False)],
    ids=["another scope", "another kind"],
)  # fmt: skip
def test_p01_a_token_is_bound_to_a_monitor_that_receives_alerts_with_this_scope_alone(
    scopes: list[str], of_external: bool
) -> None:
    monitor = external() if of_external else build.monitor()

    with pytest.raises(ValidationError) as refused:
        tokens.create(name="t", scopes=scopes, monitor=monitor.pk)

    assert list(refused.value.message_dict) == ["monitor"]


def test_p02_lanes_are_bounded_then_429_and_a_line_on_the_desk(
    client: Client, staff: Client
) -> None:
    monitor = external()
    many = [{**FIRING, "fingerprint": f"n{number}"} for number in range(MAX_LANES + 3)]

    answer = post(client, monitor, message(*many))
    desk = staff.get("/admin/").content.decode()

    assert answer.status_code == 429
    assert "3 of 1003 alerts were left out" in answer.json()["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert AlertLane.objects.count() == MAX_LANES
    assert Check.objects.get().verdict == "down"
    assert "Alerts of the last message that were left out: 3." in desk


def test_p03_a_watchdog_alert_proves_that_the_sender_works(client: Client) -> None:
    monitor = external(watchdog="Watchdog")
    watchdog = {**FIRING, "labels": {"alertname": "Watchdog"}, "fingerprint": "w"}

    assert post(client, monitor, message(watchdog)).json()["opened"] == 0
    assert Check.objects.get().verdict == "up"


def test_the_page_of_the_monitor_shows_where_to_send_alerts_and_which_fire(
    client: Client, staff: Client
) -> None:
    monitor = external()
    page = f"/admin/monitors/monitor/{monitor.pk}/change/"

    before = staff.get(page).content.decode()
    post(client, monitor, message(FIRING))
    after = staff.get(page).content.decode()

    assert f"/api/v1/monitors/{monitor.pk}/alerts/alertmanager" in before
    assert "webhook_configs:" in before
    assert "Waiting for the first message." in before
    assert "The shop does not answer." in after


def post_all(client: Client, body: Any, *, bound_to: Monitor | None = None) -> Any:
    key = tokens.create(
        name=f"t{ApiToken.objects.count()}", scopes=["alerts:write"],
        monitor=bound_to.pk if bound_to else None,
    )  # fmt: skip
    return client.post(
        "/api/v1/alerts/alertmanager", json.dumps(body), "application/json",
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip


def test_p04_one_address_takes_alerts_for_any_component_by_rules(
    client: Client, staff: Client
) -> None:
    shop = build.component("Shop")
    save_rule(AlertRule(matchers='job=~"http.*"', component=shop, status="degraded"))
    other = {**FIRING, "labels": {"alertname": "Odd", "job": "dns"}, "fingerprint": "o"}

    answer = post_all(client, message(FIRING, other))

    assert answer.status_code == 202
    assert answer.json() == {"accepted": 2, "opened": 1, "resolved": 0, "unmatched": 1}
    assert Check.objects.get(monitor__component=shop).verdict == "degraded"
    assert "Unmatched alerts: 1" in staff.get("/admin/").content.decode()
    listed = staff.get("/admin/monitors/unmatchedalert/").content.decode()
    assert "Odd" in listed
    assert "job=~" in staff.get("/admin/monitors/alertrule/").content.decode()
    assert post_all(client, {"version": "4"}).status_code == 400


def test_p04_a_token_of_one_monitor_does_not_open_the_address_for_all_s14(client: Client) -> None:
    answer = post_all(client, message(FIRING), bound_to=external())

    assert answer.status_code == 403
    assert "alone" in answer.json()["detail"]


def test_p04_a_rule_is_made_in_the_admin_and_one_that_cannot_be_read_is_refused_there(
    staff: Client,
) -> None:
    values = {"position": 1, "component": build.component("Shop").pk, "status": "down"}
    add = "/admin/monitors/alertrule/add/"

    wrong = staff.post(add, {**values, "matchers": 'job=~"("'})
    right = staff.post(add, {**values, "matchers": 'job="api"'})

    assert "is not a regular expression" in wrong.content.decode()
    assert right.status_code == 302
    assert AlertRule.objects.get().matchers == 'job="api"'
