"""What a notice says, in every shape: links, states, ids and dates."""

from datetime import UTC, datetime, timedelta

import pytest

from components.status import Status
from incidents.services import (
    post_update,
)
from incidents.workflow import IncidentState
from maintenance import services as maintenance
from maintenance.models import Window
from maintenance.services import schedule
from statuspage.automation.notice_context import site
from statuspage.renderers.json.statuspage_v2_objects import Objects
from statuspage.state.builder import gather
from subscribers.channels import mail_templates
from subscribers.channels.formats import FORMATS, native, wording
from subscribers.message import Facts
from subscribers.models import Notice
from tests import build
from tests.mailserver import Script
from tests.statuspage.automation.test_notices import Send, incident, tell

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_f_m3_a_window_says_what_it_does_in_every_part_and_format() -> None:
    build.subscriber("ada@example.org")
    now = datetime.now(UTC)
    planned = Window(
        title="Move", message="We **move**.", impact="partial", blocks_api=True,
        starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2),
    )  # fmt: skip
    maintenance.schedule(planned, components=[])
    tell()

    facts = Facts.from_json(Notice.objects.get().facts)

    assert facts.message == "We **move**."
    assert (facts.more["impact"], facts.more["blocks_api"]) == ("partial", True)
    mail = mail_templates.render(facts)
    for part in (mail.plain, mail.html, wording.plain(facts)):
        assert "partial" in part
        assert "answered with 503" in part
    assert native.body(facts, unsubscribe_url="")["data"]["blocks_api"] is True


def test_every_link_leads_to_the_events_own_page_for_ever() -> None:
    """F-M1: an anchor of the main page is dead as soon as the event is over."""
    shop = build.component("Shop")
    opened = incident(impacts={shop: Status.MAJOR_OUTAGE})
    other = incident(title="Another")
    now = datetime.now(UTC)
    planned = schedule(
        Window(title="New disks", starts_at=now + timedelta(hours=1),
               ends_at=now + timedelta(hours=2)), components=[])  # fmt: skip

    post_update(opened, status=IncidentState.RESOLVED, message="Over.")
    tell()

    told = [Facts.from_json(each.facts) for each in Notice.objects.order_by("id")]
    pages = {
        f"{site()}/status/incidents/{opened.reference}",
        f"{site()}/status/incidents/{other.reference}",
        f"{site()}/status/maintenance/{planned.reference}",
    }
    assert {each.url for each in told if each.event != "component.status_changed"} == pages
    assert {each.url for facts in told for each in facts.incidents} <= pages


def test_a_mail_does_not_list_its_own_incident_among_the_others() -> None:
    """F-M10."""
    opened, other = incident(title="This one"), incident(title="That one")
    tell()

    plain = mail_templates.render(Facts.from_json(Notice.objects.earliest("id").facts)).plain

    assert opened.title not in plain.partition("Other active incidents")[2]
    assert other.title in plain.partition("Other active incidents")[2]


def test_a_resolved_mail_says_so_keeps_its_thread_and_repeats_what_was_said(
    mails: Script, send: Send
) -> None:
    """F-M10: "Resolved: …" with References kept; no mark of Markdown in plain text."""
    build.subscriber()
    opened = incident()
    tell()
    send()
    post_update(opened, status=IncidentState.RESOLVED, message="It is **over**.")
    tell()
    send()

    first, last = sorted(mails.mails, key=lambda mail: str(mail.message["Subject"]))
    assert str(last.message["Subject"]) == "Resolved: Checkout is slow"
    assert str(first.message["References"]) == str(last.message["References"])
    plain = next(last.message.iter_parts()).get_content()
    assert "It is over." in plain
    assert "We look into it." in plain.partition("Earlier updates")[2]
    assert "**" not in plain


def test_the_statuspage_shape_dates_as_statuspage_does() -> None:
    """F-M8: creation stays, all updates are listed, and ids are those of /api/v2."""
    opened = incident()
    tell()
    post_update(opened, status=IncidentState.MONITORING, message="Fixed.")
    post_update(opened, status=IncidentState.RESOLVED, message="Over.")
    tell()

    told = [
        FORMATS["statuspage"](Facts.from_json(each.facts), unsubscribe_url="")["incident"]
        for each in Notice.objects.order_by("id")
    ]
    assert len({each["created_at"] for each in told}) == 1
    assert [len(each["incident_updates"]) for each in told] == [1, 2, 3]
    assert [each["resolved_at"] is None for each in told] == [True, True, False]
    assert told[-1]["created_at"] <= told[-1]["resolved_at"]
    assert told[-1]["monitoring_at"] == told[-1]["incident_updates"][1]["created_at"]
    state = gather(now=datetime.now(UTC))
    shown = Objects(state).incident(state.past_incidents[0])
    assert told[-1]["id"] == shown["id"]
    assert [each["id"] for each in told[-1]["incident_updates"]] == [
        each["id"] for each in shown["incident_updates"]
    ]
    assert [each["body"] for each in told[-1]["incident_updates"]] == [
        each["body"] for each in shown["incident_updates"]
    ]


def test_a_window_in_the_statuspage_shape_has_the_ids_of_the_api() -> None:
    """F-M8: maintenance as well."""
    now = datetime.now(UTC)
    schedule(
        Window(title="Disks", message="New ones.", starts_at=now - timedelta(minutes=1),
               ends_at=now + timedelta(hours=1)), components=[])  # fmt: skip

    tell()

    state = gather(now=datetime.now(UTC))
    shown = Objects(state).window(state.windows[0])
    told = [
        FORMATS["statuspage"](Facts.from_json(each.facts), unsubscribe_url="")["incident"]
        for each in Notice.objects.order_by("id")
    ]
    assert {each["id"] for each in told} == {shown["id"]}
    ids = {each["id"] for each in shown["incident_updates"]}
    assert {each["id"] for hook in told for each in hook["incident_updates"]} <= ids


def test_facts_that_another_version_stored_are_read() -> None:
    stored = {"event": "incident.created", "headline": "h", "at": "a", "url": "u",
              "message_html": "<p>x</p>", "of_tomorrow": 1}  # fmt: skip

    assert Facts.from_json(stored).headline == "h"


def test_a_mail_repeats_no_message_as_an_earlier_one() -> None:
    """F-M10: what a window was announced with is told again when it begins."""
    now = datetime.now(UTC)
    schedule(
        Window(title="Disks", message="New ones.", starts_at=now - timedelta(minutes=1),
               ends_at=now + timedelta(hours=1)), components=[])  # fmt: skip
    tell()

    for notice in Notice.objects.all():
        mail = mail_templates.render(Facts.from_json(notice.facts))
        assert mail.plain.count("New ones.") == 1
