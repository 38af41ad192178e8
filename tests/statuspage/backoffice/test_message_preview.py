"""What a form sends, shown before it is saved: by the real writers, and nothing is written."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from components.models import Component
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident
from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window
from maintenance.series import write_series
from maintenance.services import schedule
from statuspage.automation import notices
from statuspage.backoffice.slack_view import mrkdwn_html
from statuspage.publishing import snapshot
from subscribers.channels.markup.slack import SLACK
from subscribers.delivery.endpoint_health import suspend
from subscribers.delivery.fanout import fan_out
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
NOW = datetime.now(UTC)
SHAPES = ("page", "mail", "text", "slack")


def rows() -> dict[str, Any]:
    """Every row of ours, to see that a look changes none."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for label in (
            "components",
            "incidents",
            "maintenance",
            "subscribers",
            "statuspage",
            "admin",
        )
        for model in apps.get_app_config(label).get_models()
    }


@pytest.fixture
def shop() -> Component:
    build.subscriber("ada@example.org")
    return build.component("Shop")


@pytest.fixture
def incident(shop: Component) -> Incident:
    found = open_incident(
        title="Search is slow", severity=Severity.MAJOR, message="We look.",
        impacts={shop: Status.DEGRADED},
    )  # fmt: skip
    snapshot.publish()
    notices.run(now=datetime.now(UTC))
    while fan_out(now=datetime.now(UTC)):
        pass
    return found


Look = Callable[..., str]


@pytest.fixture
def look(staff: Client) -> Look:
    def shown(shape: str, address: str, form: dict[str, Any]) -> str:
        before = rows()
        answer = staff.post(
            reverse("message-preview", args=[shape]), {**form, "preview_of": address}
        )
        assert rows() == before
        assert answer["Content-Security-Policy"].startswith("sandbox;")
        assert "X-Frame-Options" not in answer
        return answer.content.decode()

    return shown


def desk(incident: Incident, **more: Any) -> tuple[str, dict[str, Any]]:
    form = {
        "seen_version": incident.version, "status": "resolved", "notify": "on", "act": "update",
        "message": "All is **well** again, see https://example.org/x_y.", "another_status": "",
        f"component_{incident.impacts.get().component_id}": "operational", **more,
    }  # fmt: skip
    return reverse("incident-desk", args=[incident.pk]), form


def test_an_update_is_shown_in_each_shape(look: Look, incident: Incident) -> None:
    address, form = desk(incident)
    page, mail, text, slack = (look(shape, address, form) for shape in SHAPES)

    assert "<strong>well</strong>" in page
    assert "Resolved" in page
    assert "Resolved: Search is slow" in mail
    assert "<strong>well</strong>" in mail
    assert "To 1 subscriber" in mail
    assert "All is well again" in text
    assert "**" not in text
    assert "Incident resolved: Search is slow" in slack
    assert "<b>well</b>" in slack
    assert 'href="https://example.org/x_y"' in slack


def test_what_cannot_be_saved_says_why(look: Look, incident: Incident) -> None:
    address, form = desk(incident, message="")

    assert "Enter a message." in look("mail", address, form)


def test_a_form_that_tells_nobody_says_so(look: Look, incident: Incident) -> None:
    address, form = desk(incident)
    del form["notify"]

    assert "Saving this sends nothing" in look("mail", address, form)
    assert "<strong>well</strong>" in look("page", address, form)


def incident_form(shop: Component, **more: Any) -> dict[str, Any]:
    return {
        "title": "Shop is down", "status": "investigating", "severity": "critical",
        "published": "on", "regions": "", "started_at_0": f"{NOW:%Y-%m-%d}",
        "started_at_1": f"{NOW:%H:%M:%S}", "impacts-TOTAL_FORMS": "1",
        "impacts-INITIAL_FORMS": "0", "impacts-0-component": shop.pk,
        "impacts-0-status": "major_outage", "updates-TOTAL_FORMS": "1",
        "updates-INITIAL_FORMS": "0", "updates-0-message": "We *look*.", "updates-0-notify": "on",
        **more,
    }  # fmt: skip


@pytest.mark.parametrize("draft", [False, True])
def test_a_new_incident_and_a_draft_are_shown(look: Look, shop: Component, draft: bool) -> None:
    snapshot.publish()
    form = incident_form(shop)
    if draft:
        del form["published"]
    address = reverse("admin:incidents_incident_add")

    mail = look("mail", address, form)
    assert "Shop is down" in mail
    assert "<em>look</em>" in mail
    assert ("Once it is published" in mail) is draft
    assert "<i>look</i>" in look("slack", address, form)
    assert "Shop is down" in look("page", address, form)


def window_form(**more: Any) -> dict[str, Any]:
    start = NOW + timedelta(hours=1)
    return {
        "title": "Move", "message": "We **move**.", "impact": "major", "remind_before": "0",
        "regions": "", "starts_at_0": f"{start:%Y-%m-%d}", "starts_at_1": f"{start:%H:%M:%S}",
        "ends_at_0": f"{start + timedelta(days=1):%Y-%m-%d}", "ends_at_1": f"{start:%H:%M:%S}",
        "blocks_api": "on", "notify": "on", **more,
    }  # fmt: skip


def planned(shop: Component) -> Window:
    window = Window(title="Move", starts_at=NOW + timedelta(hours=1),
                    ends_at=NOW + timedelta(hours=2))  # fmt: skip
    return schedule(window, components=[shop], at=NOW)


@pytest.mark.parametrize("more", [{}, {"draft": "on"}, {"recurrence": "FREQ=DAILY"}])
def test_a_window_is_shown_planned_as_a_draft_and_as_a_series(
    look: Look, shop: Component, more: dict[str, str]
) -> None:
    snapshot.publish()
    if "recurrence" in more:
        more["timezone"] = "Europe/Berlin"
    address = reverse("admin:maintenance_window_add")
    for shape, words in zip(SHAPES, ("<strong>move</strong>", "<strong>move</strong>",
                                     "We move.", "<b>move</b>"), strict=True):  # fmt: skip
        assert words in look(shape, address, window_form(**more))
    assert "Impact: major" in look("text", address, window_form(**more))


@pytest.mark.parametrize(
    ("act", "words"),
    [("update", "Maintenance updated: Move"), ("start", "Maintenance has begun: Move"),
     ("cancel", "Maintenance cancelled: Move"), ("extend", "Maintenance moved: Move")],
)  # fmt: skip
def test_the_buttons_of_a_window_are_shown(
    look: Look, shop: Component, act: str, words: str
) -> None:
    snapshot.publish()
    window = planned(shop)
    form = {"act": act, "message": "It **goes** on.", "minutes": "30", "notify": "on"}
    address = reverse("admin:window-move", args=[window.pk])

    assert words in look("mail", address, form)


def test_a_moved_series_and_deletions_are_shown_to_whom_they_are_told(
    look: Look, staff: Client, shop: Component
) -> None:
    series = Series(title="Patches", message="We patch.", rule="FREQ=DAILY", timezone="UTC",
                    first_local=f"{NOW + timedelta(hours=2):%Y-%m-%dT%H:%M:00}",
                    duration=timedelta(hours=1))  # fmt: skip
    from django.db import transaction  # noqa: PLC0415  (beside its one use)

    from components.journal import record  # noqa: PLC0415  (beside its one use)

    with transaction.atomic():
        windows, events = write_series(series, components=[], actor="", notify=True, at=NOW)
        record(*events, at=NOW)
    snapshot.publish()
    notices.run(now=datetime.now(UTC))
    while fan_out(now=datetime.now(UTC)):
        pass
    form = {
        "title": "Patches", "message": "We patch.", "impact": "minimal", "remind_before": "0",
        "regions": "", "rule": "FREQ=DAILY", "timezone": "UTC", "duration": "01:30:00",
        "first_local": series.first_local, "seen_version": series.version,
    }  # fmt: skip
    change = reverse("admin:maintenance_series_change", args=[series.pk])
    assert "Maintenance moved: Patches" in look("mail", change, form)

    gone = reverse("admin:maintenance_window_delete", args=[windows[0].pk])
    asked = {"post": "yes", "call_off_asked": "yes", "call_off": "yes"}
    mail = look("mail", gone, asked)
    assert "Maintenance cancelled: Patches" in mail
    assert "To 1 subscriber" in mail
    assert "This was withdrawn" in look("page", gone, asked)
    assert Window.objects.filter(pk=windows[0].pk).exists()

    whole = reverse("admin:maintenance_series_delete", args=[series.pk])
    assert "Notify 1 recipient" in staff.get(whole).content.decode()
    assert "Maintenance cancelled: Patches" in look("mail", whole, asked)
    chosen = {"action": "cancel", "_selected_action": windows[0].pk}
    several = reverse("admin:maintenance_window_changelist")
    question = staff.post(several, chosen).content.decode()
    assert "Notify 1 subscriber" in question
    assert re.findall(r'data-shape="(\w+)"', question)[:4] == list(SHAPES)
    mail = look("mail", several, {**chosen, "post": "yes", "notify": "on"})
    assert "Maintenance cancelled: Patches" in mail

    staff.post(whole, {"post": "yes", "call_off_asked": "yes"})
    assert not Series.objects.exists()
    assert {each.state for each in Window.objects.all()} == {WindowState.CANCELLED}


@pytest.mark.parametrize(
    "address",
    ["/admin/auth/user/1/delete/", "/admin/preview/mail", "/status", "", "//x", "/admin/"],
)
def test_no_other_form_is_run(staff: Client, address: str) -> None:
    answer = staff.post(reverse("message-preview", args=["mail"]), {"preview_of": address})

    assert answer.status_code == 404


def test_it_is_for_those_who_may_change_it(client: Client, incident: Incident) -> None:
    address, form = desk(incident)
    answer = client.post(reverse("message-preview", args=["mail"]), {**form, "preview_of": address})

    assert answer.status_code == 302


def test_every_form_that_tells_something_has_its_previews(
    staff: Client, incident: Incident, shop: Component
) -> None:
    window = planned(shop)
    pages = [
        reverse("admin:incidents_incident_add"),
        reverse("admin:incidents_incident_change", args=[incident.pk]),
        reverse("admin:incidents_incident_delete", args=[incident.pk]),
        reverse("incident-desk", args=[incident.pk]),
        reverse("incident-postmortem", args=[incident.pk]),
        reverse("admin:maintenance_window_add"),
        reverse("admin:maintenance_window_change", args=[window.pk]),
        reverse("admin:components_component_change", args=[shop.pk]),
        reverse("admin:component-retire", args=[shop.pk]),
    ]
    build.subscriber("bob@example.org", components=[shop])
    for page in pages:
        html = staff.get(page).content.decode()
        assert re.findall(r'data-shape="(\w+)"', html)[:4] == list(SHAPES), page
        assert "statuspage/preview.js" in html, page


def test_a_component_that_is_retired_or_set_by_hand_is_shown_to_its_followers(
    staff: Client, look: Look, shop: Component
) -> None:
    build.subscriber("bob@example.org", components=[shop], kinds=["status"])
    retiring = reverse("admin:component-retire", args=[shop.pk])
    mail = look("mail", retiring, {"notify": "on"})
    assert "Retired: Shop" in mail
    assert "To 1 subscriber" in mail
    assert "Shop" not in look("page", retiring, {"notify": "on"})
    assert "Saving this sends nothing" in look("slack", retiring, {})
    # The form and its preview name the same number, without who is suspended.
    gone = build.subscriber("gone@example.org", components=[shop])
    suspend(gone, "no such user", now=datetime.now(UTC))
    assert "Notify the 1 subscriber of" in staff.get(retiring).content.decode()

    change = reverse("admin:components_component_change", args=[shop.pk])
    form = staff.get(change).context["adminform"].form
    fields = {each.html_name: each.value() for each in form if each.value() is not None}
    by_hand = {**fields, "status_override": "major_outage"}
    mail = look("mail", change, by_hand)
    assert "Shop: Major Outage" in mail
    assert "Major Outage" in look("page", change, by_hand)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* _b_ ~c~ `d*e*` f*g*h", "<b>a</b> <i>b</i> <s>c</s> <code>d*e*</code> f*g*h"),
        ("<https://x.example/?a=1&amp;b=2|R&amp;D>",
         '<a href="https://x.example/?a=1&amp;b=2">R&amp;D</a>'),
        ("<javascript:alert(1)|x>", "javascript:alert(1)|x"),
        ("&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"),
        ("&gt; quoted\nrest", "<blockquote>quoted</blockquote>rest"),
        ("```\n*a* <b\n```", "<pre>*a* &lt;b</pre>"),
    ],
)  # fmt: skip
def test_slacks_marks_are_shown_as_slack_does(text: str, html: str) -> None:
    assert mrkdwn_html(text) == html


def test_what_our_writer_escapes_stays_as_it_looks() -> None:
    from components.markup.parser import literal  # noqa: PLC0415  (beside its one use)

    odd = "*not bold* <b> `tick` _x_ & > q"
    shown = unescape(re.sub(r"<[^>]+>", "", mrkdwn_html(SLACK.write(literal(odd), 3000))))
    assert "<b>" not in mrkdwn_html(SLACK.write(literal(odd), 3000))
    assert re.sub("[\u200b\u2060\ufeff]", "", shown) == odd
