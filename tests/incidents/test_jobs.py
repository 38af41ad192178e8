"""Drafts that go out at a time of their own: incidents and maintenance, once."""

from datetime import UTC, datetime, timedelta

import pytest

from components.models import JournalEntry
from components.values.severity import Severity
from incidents.jobs import ACTOR, publish_due_incidents
from incidents.models import Incident
from incidents.services import open_incident
from maintenance.jobs import publish_due_windows
from maintenance.lifecycle import WindowState
from maintenance.models import Window
from maintenance.services import schedule

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def draft(publish_at: datetime | None) -> Incident:
    incident = open_incident(
        title="Slow", severity=Severity.MINOR, message="We look.", impacts={}, published=False
    )
    Incident.objects.filter(pk=incident.pk).update(publish_at=publish_at)
    return incident


def test_a_draft_incident_goes_out_at_its_time_and_once() -> None:
    incident, without = draft(NOW), draft(None)

    early = publish_due_incidents(now=NOW - SECOND)
    first = publish_due_incidents(now=NOW)
    again = publish_due_incidents(now=NOW + SECOND)

    assert (early, first, again) == (0, 1, 0)
    incident.refresh_from_db()
    without.refresh_from_db()
    assert (incident.published, incident.publish_at) == (True, None)
    assert not without.published
    assert JournalEntry.objects.filter(actor=ACTOR).count() == 1


def test_what_is_taken_back_is_not_published_again() -> None:
    incident = draft(NOW)
    publish_due_incidents(now=NOW)
    Incident.objects.filter(pk=incident.pk).update(published=False)

    assert publish_due_incidents(now=NOW + SECOND) == 0


def test_a_draft_window_goes_out_at_its_time_unless_it_is_over() -> None:
    now = datetime.now(UTC)
    windows = [
        schedule(
            Window(title=title, starts_at=now + SECOND, ends_at=now + length),
            components=[], draft=True,
        )
        for title, length in (("Work", timedelta(hours=3)), ("Over", timedelta(hours=1)))
    ]  # fmt: skip
    Window.objects.update(publish_at=now + timedelta(hours=2))

    early = publish_due_windows(now=now)
    first = publish_due_windows(now=now + timedelta(hours=2))
    again = publish_due_windows(now=now + timedelta(hours=2))

    assert (early, first, again) == (0, 1, 0)
    states = [Window.objects.get(pk=each.pk).state for each in windows]
    assert states == [WindowState.IN_PROGRESS, WindowState.DRAFT]
