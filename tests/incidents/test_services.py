"""Opening, telling, correcting: what is stored, what is journalled, and what never is."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from components import journal
from components.models import JournalEntry
from components.optimistic_lock import ConflictError
from components.status import Status
from components.values.severity import Severity
from incidents import services
from incidents.models import Impact, Incident, Note
from incidents.notes import add_note, edit_update
from incidents.postmortems import save_postmortem
from incidents.services import edit_incident, open_incident, post_update
from incidents.workflow import IncidentState
from statuspage.publishing import snapshot
from tests import build
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def opened(title: str = "Slow checkouts", **fields: object) -> Incident:
    return open_incident(
        title=title, severity=Severity.MINOR, message="We are looking.", **fields  # type: ignore[arg-type]
    )  # fmt: skip


def entries() -> list[JournalEntry]:
    """What incidents have put into the journal."""
    return [
        entry
        for entry in JournalEntry.objects.order_by("id")
        if entry.kind.startswith(("incident.", "postmortem."))
    ]


def test_references_are_unique_under_real_concurrency() -> None:
    ready = threading.Barrier(6)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            ready.wait(timeout=PATIENCE)
            for _ in range(4):
                opened()
        except BaseException as error:  # noqa: BLE001  (told by the assertion below)
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    year = datetime.now(UTC).year
    assert failures == []
    assert sorted(Incident.objects.values_list("reference", flat=True)) == [
        f"INC-{year}-{number:03}" for number in range(1, 25)
    ]


def test_a_reference_is_of_the_year_in_which_it_began_and_stays() -> None:
    then = datetime(2024, 12, 31, 23, 59, tzinfo=UTC)
    incident = opened(started_at=then)

    edit_incident(incident, changes={"started_at": then + timedelta(days=5)})

    assert Incident.objects.get().reference == "INC-2024-001"


@pytest.mark.projected
def test_one_update_is_one_transaction_and_one_journal_row() -> None:
    one, two = build.component(), build.component()
    incident = opened(impacts={one: Status.DEGRADED}, regions=["us-east-1"])

    update = post_update(
        incident,
        status=IncidentState.IDENTIFIED,
        message="Found it.",
        impacts={one: Status.MAJOR_OUTAGE, two: Status.DEGRADED},
        notify=False,
        actor="olga",
    )

    last = entries()[-1]
    assert len(entries()) == 2
    assert (last.kind, last.actor) == ("incident.updated", "olga")
    assert last.data == {
        "incident_id": incident.pk,
        "reference": incident.reference,
        "title": "Slow checkouts",
        "severity": "minor",
        "status": "identified",
        "message": "Found it.",
        "component_ids": sorted([one.pk, two.pk]),
        "regions": ["us-east-1"],
        "notify": False,
        "update_id": update.pk,
    }
    assert update.declared() == {one.pk: Status.MAJOR_OUTAGE, two.pk: Status.DEGRADED}
    assert build.status_of(one) is Status.MAJOR_OUTAGE


def test_an_update_that_is_refused_leaves_nothing_behind() -> None:
    component = build.component()
    incident = opened()
    before = len(entries())

    with pytest.raises(ValidationError):
        post_update(
            incident,
            status=IncidentState.RESOLVED,
            message="x" * 10_001,
            impacts={component: Status.MAJOR_OUTAGE},
        )

    assert len(entries()) == before
    assert Incident.objects.get().resolved_at is None
    assert not Impact.objects.exists()


def test_reopening_clears_the_end_and_is_told_m23() -> None:
    incident = opened()

    post_update(incident, status=IncidentState.RESOLVED, message="Done")
    post_update(incident, status=IncidentState.RESOLVED, message="Done indeed")
    post_update(incident, status=IncidentState.INVESTIGATING, message="Not done")

    assert Incident.objects.get().resolved_at is None
    assert [entry.kind for entry in entries()] == [
        "incident.created", "incident.resolved", "incident.updated", "incident.updated",
    ]  # fmt: skip


def test_a_past_incident_is_written_down_silently() -> None:
    end = datetime(2025, 3, 1, 12, tzinfo=UTC)

    incident = opened(started_at=end - timedelta(hours=2), resolved_at=end)

    assert incident.status == IncidentState.RESOLVED
    assert incident.updates.get().created_at == end
    assert [entry.kind for entry in entries()] == ["incident.backfilled"]
    assert "notify" not in entries()[0].data
    assert incident.updates.get().notify is False


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"started_at": datetime.now(UTC) + timedelta(days=1)}, "started_at"),
        ({"resolved_at": datetime.now(UTC) - timedelta(days=1)}, "resolved_at"),
        ({"regions": ["../etc"]}, "regions"),
        ({"title": ""}, "title"),
    ],
)
def test_what_cannot_be_is_refused_by_name(fields: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        opened(**{"title": "Outage", **fields})  # type: ignore[arg-type]

    assert named in refused.value.message_dict
    assert entries() == []


@pytest.mark.projected
def test_a_draft_is_told_when_it_is_published_and_not_before_s2() -> None:
    component = build.component()
    incident = opened("Secret trouble", impacts={component: Status.DEGRADED}, published=False)

    drafted = entries()[-1]
    status_while_a_draft = build.status_of(component)
    services.publish_incident(incident, actor="olga")

    assert drafted.public is False
    assert status_while_a_draft is Status.OPERATIONAL
    assert build.status_of(component) is Status.DEGRADED
    told = entries()[-1]
    assert (told.kind, told.public, told.data["notify"]) == ("incident.created", True, True)
    assert told.data["message"] == "We are looking."


@pytest.mark.projected
def test_a_retracted_incident_leaves_the_page() -> None:
    incident = opened()

    edit_incident(incident, changes={"published": False})

    published = snapshot.load()
    assert published is not None
    assert published.state.incidents == ()
    assert entries()[-1].data["fields"] == ["published"]


@pytest.mark.projected
def test_notes_are_for_staff_only_s2() -> None:
    incident = opened()

    note = add_note(incident, text="the secret cause", actor="olga")

    published = snapshot.load()
    assert published is not None
    assert not any(b"secret cause" in body.identity for body in published.bodies.values())
    noted = entries()[-1]
    assert (noted.kind, noted.public) == ("incident.noted", False)
    assert "secret" not in str(noted.data)
    assert Note.objects.get() == note


def test_an_edited_text_keeps_the_old_one_with_its_editor() -> None:
    incident = opened()
    update = incident.updates.get()

    edit_update(update, message="We looked again.", actor="olga")

    former = [(each.message, each.history_change_reason) for each in update.history.all()]
    assert former == [("We looked again.", "olga"), ("We are looking.", "")]
    assert entries()[-1].kind == "incident.edited"


def test_who_has_seen_an_older_version_is_refused_r17() -> None:
    incident = opened()
    seen = Incident.objects.get()
    post_update(incident, status=IncidentState.IDENTIFIED, message="First", seen_version=0)

    with pytest.raises(ConflictError):
        post_update(seen, status=IncidentState.RESOLVED, message="Second", seen_version=0)
    with pytest.raises(ConflictError):
        edit_incident(seen, changes={"title": "Mine"}, seen_version=0)

    stored = Incident.objects.get()
    assert (stored.title, stored.status, stored.version) == ("Slow checkouts", "identified", 1)
    assert stored.updates.count() == 2


def test_opening_with_three_components_costs_at_most_twelve_queries() -> None:
    components = [build.component() for _ in range(3)]
    opened()  # the first of a year makes the year's counter

    with journal.without_listeners(), CaptureQueriesContext(connection) as queries:
        opened(impacts=dict.fromkeys(components, Status.DEGRADED))

    # The journal's lock and bell, which PostgreSQL alone has, are not counted.
    told = [each["sql"] for each in queries if "pg_" not in each["sql"]]
    assert len(told) <= 12, told


def test_a_person_takes_an_incident_out_of_the_machines_hands_m38() -> None:
    acts: dict[str, Callable[[Incident], object]] = {
        "update": lambda each: post_update(each, status=IncidentState.IDENTIFIED, message="m"),
        "edit": lambda each: edit_incident(each, changes={"title": "t"}),
        "note": lambda each: add_note(each, text="n"),
        "text": lambda each: edit_update(each.updates.get(), message="m"),
    }
    for name, act in acts.items():
        incident = opened()
        Incident.objects.filter(pk=incident.pk).update(machine_only=True)
        incident.refresh_from_db()

        act(incident)

        assert Incident.objects.get(pk=incident.pk).machine_only is False, name


def test_a_post_mortem_is_a_draft_until_it_is_published() -> None:
    incident = opened()
    drafted = save_postmortem(incident, parts={"impact": "One in five failed."}, actor="olga")

    with pytest.raises(ValidationError, match="resolve the incident"):
        save_postmortem(incident, parts={"impact": "Too early."}, publish=True)
    post_update(incident, status=IncidentState.RESOLVED, message="Done")
    published = save_postmortem(incident, parts={}, publish=True, actor="olga")
    save_postmortem(incident, parts={"actions": "Alarms."}, seen_version=1, publish=True)

    assert (drafted.published_at, published.impact) == (None, "One in five failed.")

    kinds = [entry for entry in entries() if entry.kind.startswith("postmortem.")]
    assert [(entry.kind, entry.public) for entry in kinds] == [
        ("postmortem.changed", False), ("postmortem.published", True),
        ("postmortem.published", True),
    ]  # fmt: skip
    assert [entry.data.get("notify") for entry in kinds] == [None, True, False]
    assert kinds[1].data["permalink"] == f"/status/incidents/{incident.reference}/postmortem"
