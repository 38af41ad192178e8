"""The post-mortem's page: begun with what was said and measured, published as one change."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from components.journal import record
from components.models import Component, JournalEntry
from components.status import Status, Verdict
from components.values.severity import Severity
from incidents.models import Incident, PostMortem
from incidents.services import open_incident, post_update
from incidents.workflow import IncidentState
from monitors.history import rollup_store
from monitors.models import Folding, Result
from monitors.models.rollup import FOLDING
from monitors.rules.check_state import Transition
from monitors.rules.rollups import Resolution, Tally
from monitors.services import state_changed_event
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
BEGAN = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.fixture
def shop() -> Component:
    return build.component("Shop")


@pytest.fixture
def incident(shop: Component) -> Incident:
    return open_incident(
        title="Slow checkouts", severity=Severity.MINOR, message="We look.",
        impacts={shop: Status.DEGRADED}, started_at=datetime.now(UTC) - timedelta(minutes=5),
    )  # fmt: skip


def test_a_post_mortem_begins_with_the_timeline_and_is_published(
    staff: Client, incident: Incident, shop: Component
) -> None:
    post_update(incident, status=IncidentState.RESOLVED, message="Done",
                impacts={shop: Status.OPERATIONAL})  # fmt: skip
    url = reverse("incident-postmortem", args=[incident.pk])
    form = staff.get(url).context["form"]

    drafted = form["timeline"].value()
    answer = staff.post(
        url,
        {"impact": "i", "timeline": drafted, "root_cause": "r", "actions": "a", "act": "publish"},
    )

    assert "Investigating** — We look." in drafted
    assert "Shop: Degraded" in drafted
    assert answer.status_code == 302
    assert PostMortem.objects.get().published_at is not None
    told = JournalEntry.objects.filter(kind__startswith="postmortem.").get()
    assert (told.kind, told.public, told.data["notify"]) == ("postmortem.published", True, True)


def test_a_post_mortem_begins_without_what_is_hidden_s2(staff: Client) -> None:
    secret = build.component("Secret launch", visible=False)
    incident = open_incident(
        title="t", severity=Severity.MINOR, message="m", impacts={secret: Status.DEGRADED}
    )

    page = staff.get(reverse("incident-postmortem", args=[incident.pk])).content.decode()

    assert "Secret launch" not in page


def found(component: Component, verdict: Verdict, at: datetime, message: str = "") -> None:
    check = build.check(build.monitor(component, name=f"internal-{verdict}"))
    with transaction.atomic():
        told = Transition(verdict, at.timestamp())
        record(state_changed_event(check.monitor, check.region_id, told, message=message), at=at)


def test_what_checks_found_is_in_the_draft_and_on_the_desk(staff: Client, shop: Component) -> None:
    minute = timedelta(minutes=1)
    incident = open_incident(
        title="t", severity=Severity.MAJOR, message="m", impacts={shop: Status.MAJOR_OUTAGE},
        started_at=BEGAN, resolved_at=BEGAN + 30 * minute,
    )  # fmt: skip
    found(shop, Verdict.DOWN, BEGAN, "10.0.0.7 refused <b>")
    found(shop, Verdict.UP, BEGAN + 28 * minute)
    found(shop, Verdict.DOWN, BEGAN + 90 * minute)  # another story
    found(build.component("Other"), Verdict.DOWN, BEGAN)

    drafted = staff.get(reverse("incident-postmortem", args=[incident.pk])).context["form"]
    told = drafted["timeline"].value()
    desk = staff.get(reverse("incident-desk", args=[incident.pk])).content.decode()

    assert "- 2026-11-20 10:00 UTC: Shop: a check from global fails" in told
    assert "- 2026-11-20 10:28 UTC: Shop: a check from global succeeds" in told
    assert told.count("a check from") == 2
    assert "internal" not in told
    assert "10.0.0.7" not in told
    assert "Shop: “internal-down” from global fails" in desk
    assert "10.0.0.7 refused &lt;b&gt;" in desk


def test_how_many_checks_failed_is_counted_from_what_is_kept(
    staff: Client, shop: Component
) -> None:
    """Two folded minutes, then single results; what says nothing of the shop is not counted."""
    pk, first = build.check(build.monitor(shop)).pk, int(BEGAN.timestamp() // 60)
    Folding.objects.update_or_create(
        pk=FOLDING, defaults={"minutes_until": first + 2, "hours_until": first, "days_until": 0}
    )
    tally = Tally(6, 5, 0, 1)
    rollup_store.write(
        Resolution.MINUTE, {(pk, first - 1): tally, (pk, first): tally, (pk, first + 1): tally}
    )
    for second, word in ((60, "down"), (130, "down"), (140, "up"), (150, "blind"), (999, "down")):
        at_ms = first * 60_000 + second * 1000
        Result.objects.create(check_id=pk, at_ms=at_ms, word=word, late_ms=0)
    incident = open_incident(
        title="t", severity=Severity.MAJOR, message="m", impacts={shop: Status.MAJOR_OUTAGE},
        started_at=BEGAN, resolved_at=BEGAN + timedelta(minutes=5),
    )  # fmt: skip

    drafted = staff.get(reverse("incident-postmortem", args=[incident.pk])).context["form"]

    assert drafted["impact"].value() == "Shop affected for 5 min.\n\nShop: 11 of 12 checks failed."


def test_a_post_mortem_is_not_overwritten_unseen_r17(staff: Client, incident: Incident) -> None:
    url = reverse("incident-postmortem", args=[incident.pk])
    staff.post(url, {"impact": "first", "act": "save"})
    staff.post(url, {"impact": "second", "seen_version": "0", "act": "save"})

    refused = staff.post(url, {"impact": "third", "seen_version": "0", "act": "save"})

    assert refused.status_code == 200
    assert PostMortem.objects.get().impact == "second"
    assert "third</textarea>" in refused.content.decode()
