"""The front page of the admin: what it tells, to whom, and at what price."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group as Role
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from components.services import save_component
from components.status import Status, Verdict
from components.values.severity import Severity
from incidents.models import Incident, Update
from incidents.services import open_incident
from maintenance import services as maintenance
from maintenance.models import Window
from monitors import vantage_points
from monitors.models import Agent, Check, Reader
from monitors.services import save_monitor
from statuspage.backoffice.dashboard import gather_desk
from statuspage.backoffice.rows import Row
from statuspage.publishing import projector, snapshot
from subscribers.models import Delivery, Notice
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def titles(rows: tuple[Row, ...]) -> list[str]:
    return [row.title for row in rows]


def down(minutes: float = 3) -> Check:
    monitor = build.monitor(build.component("Storage"), name="canary write")
    since = (NOW - timedelta(minutes=minutes)).timestamp()
    Check.objects.filter(monitor=monitor).update(
        verdict=Verdict.DOWN, since=since, message="connect timed out after 10 s"
    )
    return build.check(monitor)


def incident(title: str = "Slow checkouts", *, said_minutes_ago: float = 1) -> Incident:
    opened = open_incident(title=title, severity=Severity.MAJOR, message="We look.", impacts={})
    at = NOW - timedelta(minutes=said_minutes_ago)
    Update.objects.filter(incident=opened).update(created_at=at)
    return opened


def test_an_incident_the_public_has_not_heard_of_for_long_stands_out() -> None:
    incident("Fresh", said_minutes_ago=2)
    incident("Quiet", said_minutes_ago=24)

    quiet, fresh = gather_desk(NOW).attention

    assert (fresh.title, fresh.emphasis) == ("Fresh", "")
    assert fresh.text.endswith("last public update 2 min ago")
    assert (quiet.title, quiet.emphasis, quiet.action) == ("Quiet", "24 min ago", "Post update")


def test_a_monitor_down_needs_a_person_until_a_published_incident_covers_it() -> None:
    component = down().monitor.component

    (row,) = gather_desk(NOW).attention
    draft = open_incident(
        title="Storage", severity=Severity.MINOR, message="We look.",
        impacts={component: Status.MAJOR_OUTAGE}, published=False,
    )  # fmt: skip
    (drafted,) = gather_desk(NOW).attention
    Incident.objects.filter(pk=draft.pk).update(published=True)
    covered = gather_desk(NOW).attention

    assert row.title == "Storage: canary write"
    assert row.text == (
        "Down from global for 3 min: connect timed out after 10 s. No open incident."
    )
    assert row.url.endswith(f"/incident/add/?component={component.pk}")
    assert drafted.action == "Finish the draft"
    assert titles(covered) == ["Storage"]


def test_the_link_to_open_an_incident_fills_in_its_component(staff: Client) -> None:
    component = build.component("Storage")

    page = staff.get(reverse("admin:incidents_incident_add"), {"component": component.pk})

    assert f'<option value="{component.pk}" selected>Storage</option>' in page.content.decode()


def test_an_incident_is_marked_as_what_it_implies() -> None:
    for severity in Severity:
        open_incident(title=severity, severity=severity, message="?", impacts={})

    marks = {row.title: row.mark for row in gather_desk(NOW).attention}

    assert marks == {severity.value: severity.implied for severity in Severity}


def test_a_draft_left_lying_is_shown_and_a_fresh_one_is_not() -> None:
    drafts = [
        open_incident(
            title=title, severity=Severity.MINOR, message="?", impacts={}, published=False
        )
        for title in ("Old", "Fresh")
    ]
    for draft, minutes in zip(drafts, (31, 29), strict=True):
        created = NOW - timedelta(minutes=minutes)
        Incident.objects.filter(pk=draft.pk).update(created_at=created)

    desk = gather_desk(NOW)

    assert titles(desk.attention) == ["Old"]
    assert desk.figures[1].value == "0"


def test_who_is_silent_is_named_and_our_own_processes_are_not() -> None:
    Agent.objects.create(name="far", region="ap-southeast-1", seen=NOW.timestamp() - 360)
    Agent.objects.create(name="near", region="eu-west-1", seen=NOW.timestamp() - 3)
    for name, own in (("trainer-1", False), ("web@here", True)):
        Reader.objects.create(name=name, own=own, heartbeat=NOW.timestamp() - 600, interval=5)

    assert titles(gather_desk(NOW).attention) == [
        "Agent far in ap-southeast-1 is silent",
        "Reader trainer-1 is silent",
    ]


def test_blindness_comes_first() -> None:
    incident()
    build.region()
    vantage_points.report(region="global", blind_since=NOW.timestamp() - 30)

    blind, _ = gather_desk(NOW).attention

    assert (blind.title, blind.aside) == ("Monitoring from Global is interrupted", "30 s")


def test_what_is_broken_is_told_with_its_reasons_worst_first() -> None:
    build.component("Slow", status_override=Status.DEGRADED)
    build.component("Fine")
    build.component("Gone", status_override=Status.MAJOR_OUTAGE, override_note="fire")

    gone, slow = gather_desk(NOW).broken

    assert gone.title == "Gone"
    assert gone.text == "Major Outage. Set manually to Major Outage: fire."
    assert slow.mark == Status.DEGRADED


def test_windows_are_told_until_the_end_of_tomorrow() -> None:
    shop = build.component("Shop")
    for title, hours in (("Tonight", 9), ("Late tomorrow", 35.9), ("In two days", 36.1)):
        begins = NOW + timedelta(hours=hours)
        window = Window(
            title=title, starts_at=begins, ends_at=begins + timedelta(hours=2), blocks_api=True
        )
        maintenance.schedule(window, components=[shop], at=NOW)

    tonight, late = gather_desk(NOW).windows

    assert tonight.text == "Sat 21:00–23:00 UTC · Shop · blocks the API"
    assert tonight.aside == "in 9 h"
    assert late.title == "Late tomorrow"
    assert "Sun 23:54–Mon 01:54 UTC" in late.text


def test_what_became_of_messages_is_counted() -> None:
    notice = Notice.objects.create(key="n", kind="incidents", facts={}, created_at=NOW)
    for state, hours in (("sent", 0.5), ("sent", 2), ("retrying", None), ("failed", 0.1)):
        Delivery.objects.create(
            notice=notice, lane="l", state=state, message_id="m", created_at=NOW,
            ended_at=None if hours is None else NOW - timedelta(hours=hours),
        )  # fmt: skip

    assert titles(gather_desk(NOW).deliveries) == ["1 sent", "1 retrying", "1 failed"]


def test_the_products_own_state_is_told() -> None:
    snapshot.publish(now=NOW - timedelta(seconds=4))

    workers, page = gather_desk(NOW).product

    assert workers.title == "Workers are stuck"
    assert page.title == "Page published 4 s ago"


def test_a_page_that_is_not_renewed_is_an_alarm() -> None:
    snapshot.publish(now=NOW - timedelta(seconds=90))

    assert gather_desk(NOW).product[1].mark == Status.MAJOR_OUTAGE


def test_its_price_does_not_grow_with_what_there_is(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(3):
        incident(f"Incident {number}")
        down()
        window = Window(
            title="Work", starts_at=NOW + timedelta(hours=1), ends_at=NOW + timedelta(hours=2)
        )
        maintenance.schedule(window, components=[build.component()], at=NOW)

    # One of them asks what discovery does not find any more, by whichever process.
    with django_assert_num_queries(24):
        gather_desk(NOW)


def test_the_index_and_its_moving_part_tell_the_same(staff: Client) -> None:
    incident("Slow <b>checkouts</b>")

    index = staff.get(reverse("admin:index")).content.decode()
    part = staff.get(reverse("admin:desk")).content.decode()

    for page in (index, part):
        assert "Slow &lt;b&gt;checkouts&lt;/b&gt;" in page
        assert "Needs attention" in page
    assert "Schedule maintenance" in index
    assert "<html" not in part


def test_who_may_not_see_incidents_is_not_shown_the_desk(client: Client) -> None:
    incident("Secret so far")
    user = get_user_model().objects.create_user("paul", "", "a long password", is_staff=True)
    client.force_login(user)

    assert client.get(reverse("admin:desk")).status_code == 403
    index = client.get(reverse("admin:index"))
    assert index.status_code == 200
    assert "Secret so far" not in index.content.decode()
    assert "no role yet" in index.content.decode()


def test_monitors_of_a_preset_wait_for_addresses_and_then_to_be_started_f_t16(
    staff: Client,
) -> None:
    component = build.component("API")
    address = "https://api.example.com/"
    monitor = build.monitor(component, name="API answers", url=address, enabled=False)
    build.monitor(component, name="Paused by hand", enabled=False)

    (without,) = gather_desk(NOW).attention
    page = reverse("admin:monitors_monitor_change", args=[monitor.pk])
    monitor.config["url"] = "https://api.acme.io/"
    save_monitor(monitor, regions=[])
    (ready,) = gather_desk(NOW).attention
    shown = staff.get(reverse("admin:index")).content.decode()
    monitor.enabled = True
    save_monitor(monitor, regions=[])

    assert without.title == "1 monitor has no real address yet"
    assert "API: API answers (api.example.com)" in without.text
    assert (without.url, without.action) == (page, "Set address")
    assert ready.title == "API: API answers is ready to start"
    assert (ready.url, ready.action) == (page, "Resume")
    assert ready.title in shown
    assert gather_desk(NOW).attention == ()


def test_many_monitors_without_an_address_are_one_row_f_t16() -> None:
    component = build.component("API")
    for number in range(20):
        url = f"https://r{number}.example.com/"
        build.monitor(component, name=f"Router {number:02}", url=url, enabled=False)

    (row,) = gather_desk(NOW).attention

    assert row.title == "20 monitors have no real address yet"
    assert "and 14 more" in row.text
    assert row.url.endswith("?enabled__exact=0")


def test_a_heartbeat_that_was_never_pinged_waits_and_is_no_problem(staff: Client) -> None:
    monitor, key = build.heartbeat(build.component("Backup"))
    mixed = build.component("Shop")
    other, _ = build.heartbeat(mixed)
    build.monitor(mixed)
    snapshot.publish(now=NOW)
    projector.catch_up()

    desk = gather_desk(NOW)

    assert titles(desk.attention) == [
        f"Backup: {monitor.name} waits for its first ping",
        f"Shop: {other.name} waits for its first ping",
    ]
    assert [title for title in titles(desk.broken) if title in ("Backup", "Shop")] == ["Shop"]
    assert f"/ping/{key}" in staff.get(reverse("admin:index")).content.decode()


def test_the_address_of_a_heartbeat_is_shown_to_those_who_may_change_it_alone(
    client: Client,
) -> None:
    _, key = build.heartbeat()
    viewer = get_user_model().objects.create_user("paul", "", "a long password", is_staff=True)
    viewer.groups.set(Role.objects.filter(name="viewer"))
    client.force_login(viewer)

    page = client.get(reverse("admin:index")).content.decode()

    assert "waits for its first ping" in page
    assert key not in page


@pytest.mark.parametrize("named", [True, False])
def test_no_incident_is_called_for_under_maintenance_whatever_the_status(named: bool) -> None:
    check = down()
    component = check.monitor.component
    component.status_override = Status.DEGRADED
    save_component(component)
    window = Window(
        title="Work", starts_at=NOW - timedelta(minutes=5), ends_at=NOW + timedelta(hours=2)
    )
    maintenance.schedule(window, components=[component] if named else [], at=NOW)
    Window.objects.update(state="in_progress")

    assert titles(gather_desk(NOW).attention) == []
