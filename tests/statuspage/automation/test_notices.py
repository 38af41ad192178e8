"""From the journal to mails that a real server accepted (M27, T33, T34, T37, L)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.journal.event_types import Topic, registered
from components.languages.registry import words_of
from components.models import JournalEntry
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import (
    delete_incident,
    edit_incident,
    open_incident,
    post_update,
    publish_incident,
)
from incidents.workflow import IncidentState
from maintenance import services as maintenance
from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window
from maintenance.series import start_series, stop_series
from statuspage.automation import notices
from statuspage.publishing import projector
from subscribers.addresses import digest
from subscribers.channels import mail_templates
from subscribers.channels.formats import wording
from subscribers.delivery.fanout import fan_out
from subscribers.message import Facts
from subscribers.models import Delivery, Notice
from tests import build
from tests.mailserver import Script

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
Send = Callable[..., int]


def tell() -> None:
    notices.run(now=datetime.now(UTC))


def incident(**fields: Any) -> Incident:
    fields.setdefault("title", "Checkout is slow")
    fields.setdefault("severity", Severity.MAJOR)
    fields.setdefault("message", "We look **into** it.")
    return open_incident(**fields)


def test_every_kind_that_notifies_people_is_written_by_somebody_and_has_its_words() -> None:
    told = [kind for kind in registered() if kind.notifies not in (None, Topic.ALERTS)]

    assert {kind.notifies for kind in told} == {Topic.STATUS, *notices._NOTICES}
    for kind in told:
        assert kind.name in wording._EVENT_TITLES, kind.name
        assert kind.name in mail_templates.EVENTS, kind.name


def test_m27_each_confirmed_subscriber_gets_one_mail_per_update(mails: Script, send: Send) -> None:
    ada, bob = build.subscriber("ada@example.org"), build.subscriber("bob@example.org")
    build.subscriber("eve@example.org", confirmed_at=None)

    opened = incident()
    post_update(opened, status=IncidentState.IDENTIFIED, message="Found.")
    tell()
    send()
    tell()
    send()

    told = [(mail.recipients[0], str(mail.message["Subject"])) for mail in mails.mails]
    assert sorted(told) == sorted(
        [
            (f"{name}@example.org", f"{state}: Checkout is slow")
            for name in ("ada", "bob")
            for state in ("Investigating", "Identified")
        ]
    )
    assert len({mail.id for mail in mails.mails}) == 4
    assert all(len(mail.recipients) == 1 for mail in mails.mails)
    confirmed = Delivery.objects.exclude(subscriber__confirmed_at=None)
    assert set(confirmed.values_list("state", flat=True)) == {"sent"}
    # S17: strangers whom anybody entered cost no row.
    assert not Delivery.objects.filter(subscriber__confirmed_at=None).exists()
    assert ada.deliveries.count() == bob.deliveries.count() == 2


def test_drafts_silent_updates_and_old_news_are_not_told(mails: Script, send: Send) -> None:
    build.subscriber()

    draft = incident(published=False)
    incident(notify=False)
    edit_incident(draft, changes={"title": "Secret"})
    incident()
    JournalEntry.objects.filter(kind="incident.created").order_by("-id")[:1].get()
    newest = JournalEntry.objects.latest("id")
    JournalEntry.objects.filter(pk=newest.pk).update(at=newest.at - timedelta(days=2))
    tell()
    send()
    assert not mails.mails
    assert not Notice.objects.exists()

    publish_incident(draft)
    tell()
    send()
    assert len(mails.mails) == 1


def test_a_mail_of_an_incident_says_all_that_the_contract_asks(mails: Script, send: Send) -> None:
    person = build.subscriber("ada@example.org")
    shop = build.component("Shop & <Cart>")

    incident(title="Checkout <b>slow</b> {{ 7*7 }}", impacts={shop: Status.DEGRADED})
    tell()
    send()

    message = mails.mails[0].message
    entry = JournalEntry.objects.get(kind="incident.created")
    assert message["Message-ID"] == f"<journal-{entry.pk}.{person.pk}@status.example.com>"
    assert message["References"] == message["In-Reply-To"]
    assert str(message["References"]).startswith(f"<incident-{entry.subject_id}.")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(message["List-Unsubscribe"]).strip(" <>")
    assert link.startswith("https://status.example.com/status/unsubscribe/")
    assert message["Feedback-ID"]
    assert str(message["From"]).startswith("Acme <status@")
    plain, html = (part.get_content() for part in message.iter_parts())
    for text in (plain, html):
        assert link in text
        assert "major severity" in text
        assert "Overall" in text
        assert "link.invalid" not in text
    assert "Checkout <b>slow</b> {{ 7*7 }}" in plain
    assert "Checkout &lt;b&gt;slow&lt;/b&gt; {{ 7*7 }}" in html
    assert "Shop &amp; &lt;Cart&gt;" in html
    assert "<strong>into</strong>" in html
    assert "<img" not in html
    assert "src=" not in html


def test_t33_t34_t37_a_change_of_status_is_told_with_all_of_its_facts(
    mails: Script,
    send: Send,
) -> None:
    build.subscriber(kinds=["status"])
    shop, disk = build.component("Shop"), build.component("Disk")
    projector.catch_up()
    tell()

    incident(impacts={shop: Status.MAJOR_OUTAGE, disk: Status.DEGRADED})
    projector.catch_up()
    tell()
    send()

    (mail,) = mails.mails
    plain = next(mail.message.iter_parts()).get_content()
    assert str(mail.message["Subject"]) == "Shop: Major Outage, Disk: Degraded"
    assert "Shop: Operational -> Major Outage" in plain
    assert "Overall: " in plain
    assert "• Checkout is slow (major severity, Investigating)" in plain
    assert "https://status.example.com/status" in plain


def test_components_kinds_and_severity_are_chosen(mails: Script, send: Send) -> None:
    shop, disk = build.component("Shop"), build.component("Disk")
    build.subscriber("all@example.org")
    build.subscriber("shop@example.org", components=[shop])
    build.subscriber("disk@example.org", components=[disk])
    build.subscriber("grave@example.org", min_severity="critical")
    build.subscriber("plans@example.org", kinds=["maintenance"])
    opened = incident(impacts={shop: Status.DEGRADED})
    build.subscriber("this@example.org", scope="incident", incident_id=opened.pk)
    build.subscriber("that@example.org", scope="incident", incident_id=opened.pk + 99)

    tell()
    send()

    told = {mail.recipients[0].partition("@")[0] for mail in mails.mails}
    assert told == {"all", "shop", "this"}


def test_s10_no_address_reaches_the_journal_or_the_queue(mails: Script, send: Send) -> None:
    build.subscriber("canary-ada@example.org")
    mails.at_recipient = lambda address: f"550 no such user <{address}>"

    incident()
    tell()
    send()

    rows = [
        *JournalEntry.objects.values_list("data", flat=True),
        *Notice.objects.values_list("facts", "audience", "key"),
        *Delivery.objects.values_list("last_response", "message_id", "reason", "lane"),
    ]
    assert "canary-ada" not in str(rows)
    assert Delivery.objects.get().state == "failed"
    assert Delivery.objects.get().last_response == "no such user <…>"


def events_for(address: str) -> list[str]:
    """Return the events of what is, or was, sent to an address, in order."""
    tell()
    while fan_out(now=datetime.now(UTC)):
        pass
    rows = Delivery.objects.filter(
        subscriber__address_digest=digest("email", address), state__in=["queued", "sent"]
    )
    return [str(row.notice.facts["event"]) for row in rows.order_by("id")]


def moved(opened: Incident) -> None:
    other = build.component()
    edit_incident(opened, changes={"severity": Severity.MINOR}, impacts={other: Status.DEGRADED})


def resolved_by_an_update(opened: Incident) -> None:
    post_update(opened, status=IncidentState.RESOLVED, message="Over.")


def resolved_by_a_correction(opened: Incident) -> None:
    edit_incident(opened, changes={"status": IncidentState.RESOLVED})


def test_f_m4_who_was_told_hears_the_end_whatever_was_edited_and_however_it_ends() -> None:
    one = build.component()
    build.subscriber("grave@example.org", min_severity="critical")
    build.subscriber("only@example.org", components=[one])
    build.subscriber("other@example.org", components=[build.component()])

    for end in (resolved_by_an_update, resolved_by_a_correction):
        opened = incident(severity=Severity.CRITICAL, impacts={one: Status.MAJOR_OUTAGE})
        moved(opened)
        end(opened)

    for name in ("grave", "only"):
        assert events_for(f"{name}@example.org") == ["incident.created", "incident.resolved"] * 2
    assert events_for("other@example.org") == []


def test_f_m4_a_correction_of_the_state_repeats_no_message_and_may_be_silent() -> None:
    build.subscriber("ada@example.org")
    opened = incident(message="We look into it.")
    edit_incident(opened, changes={"status": IncidentState.IDENTIFIED}, notify=False)
    resolved_by_a_correction(opened)

    assert events_for("ada@example.org") == ["incident.created", "incident.resolved"]
    assert Notice.objects.latest("id").facts["message"] == ""


@pytest.mark.parametrize("how", ["unpublished", "deleted"])
def test_f_m4_an_incident_that_is_withdrawn_is_called_off_to_those_who_were_told(how: str) -> None:
    build.subscriber("ada@example.org")
    build.subscriber("bob@example.org", min_severity="critical")
    silent, loud, over = incident(), incident(), incident(notify=False)
    resolved_by_an_update(over)
    for each, notify in ((silent, False), (loud, True), (over, True)):
        if how == "deleted":
            delete_incident(each, notify=notify)
        else:
            edit_incident(each, changes={"published": False}, notify=notify)

    told = events_for("ada@example.org")
    assert sorted(told) == ["incident.created"] * 2 + ["incident.resolved", "incident.withdrawn"]
    assert events_for("bob@example.org") == []
    facts = Notice.objects.filter(facts__event="incident.withdrawn").get().facts
    assert "withdrawn" in facts["message"]
    # Its page says that it was withdrawn.
    assert facts["url"].endswith(f"/status/incidents/{facts['reference']}")


def test_f_m4_what_is_called_off_is_said_in_the_language_of_each_reader() -> None:
    """F-M4: the sentence is ours, and no original that the mail is left with."""
    build.subscriber("ada@example.org")
    opened = incident(titles={"de": "Kasse langsam"}, messages={"de": "Wir schauen."})
    planned = Window(title="Move", titles={"de": "Umzug"}, message="We move.", impact="major",
                     starts_at=datetime.now(UTC) + timedelta(hours=1),
                     ends_at=datetime.now(UTC) + timedelta(hours=2))  # fmt: skip
    window = maintenance.schedule(planned, components=[])
    tell()
    delete_incident(opened)
    maintenance.transition(window, to=WindowState.CANCELLED, at=datetime.now(UTC))
    tell()

    german = words_of("de")
    withdrawn, cancelled = (
        mail_templates.render(
            Facts.from_json(Notice.objects.get(facts__event=event).facts), words=german
        ).plain
        for event in ("incident.withdrawn", "maintenance.cancelled")
    )
    assert withdrawn.startswith("Zurückgezogen: Kasse langsam")
    assert "Dieser Vorfall wurde zurückgezogen" in withdrawn
    assert "Diese Wartung wurde abgesagt." in cancelled
    # The plan stands among what was said before, and not as what holds now.
    assert cancelled.index("We move.") > cancelled.index("Frühere Meldungen")
    for text in (withdrawn, cancelled):
        assert "Originalsprache" not in text


def test_f_m4_a_draft_that_is_deleted_was_told_to_nobody() -> None:
    build.subscriber("ada@example.org")
    delete_incident(incident(published=False))

    assert events_for("ada@example.org") == []


@pytest.mark.parametrize("state", ["scheduled", "in_progress", "completed", "silent"])
def test_f_m4_an_announced_window_that_is_deleted_is_called_off(state: str) -> None:
    build.subscriber("ada@example.org")
    now = datetime.now(UTC)
    starts = now + timedelta(hours=-1 if state == "in_progress" else 1)
    planned = Window(title="Move", starts_at=starts, ends_at=now + timedelta(hours=2))
    window = maintenance.schedule(planned, components=[])
    if state == "completed":
        window = maintenance.transition(window, to=WindowState.IN_PROGRESS, at=now)
        window = maintenance.transition(window, to=WindowState.COMPLETED, at=now)
    before = events_for("ada@example.org")

    maintenance.delete_window(window, notify=state != "silent")

    called_off = ["maintenance.cancelled"] if state in ("scheduled", "in_progress") else []
    assert events_for("ada@example.org") == [*before, *called_off]


def test_f_m4_a_window_that_was_hidden_since_is_called_off_without_naming_anything_new() -> None:
    build.subscriber("ada@example.org")
    shown, hidden = build.component(), build.component(visible=False)
    now = datetime.now(UTC)
    planned = Window(title="Move", starts_at=now + timedelta(hours=1),
                     ends_at=now + timedelta(hours=2))  # fmt: skip
    window = maintenance.schedule(planned, components=[shown])
    events_for("ada@example.org")

    window = maintenance.change(
        window, values={"title": "Secret move"}, components=[hidden], at=now
    )
    maintenance.transition(window, to=WindowState.CANCELLED, at=now)

    assert events_for("ada@example.org") == ["maintenance.scheduled", "maintenance.cancelled"]
    assert not Notice.objects.filter(facts__icontains="Secret").exists()


def test_f_m4_a_series_calls_off_only_what_was_announced() -> None:
    build.subscriber("ada@example.org")
    now = datetime.now(UTC).replace(microsecond=0)
    series = Series(title="Nightly", rule="FREQ=DAILY", duration=timedelta(hours=1),
                    first_local=f"{now + timedelta(hours=5):%Y-%m-%dT%H:%M:%S}")  # fmt: skip
    start_series(series, components=[], at=now)

    stop_series(series, at=now)

    assert events_for("ada@example.org") == ["maintenance.scheduled", "maintenance.cancelled"]
