"""The writer: once, with its times, and nobody is told."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from components.history.selectors import combined_periods
from components.models import Component, DeclaredPeriod, Group, JournalEntry, Origin
from components.status import Status
from components.uptime.layers import Source
from components.values.severity import Severity
from incidents.models import Incident
from incidents.workflow import IncidentState
from monitors.models import Check, Monitor
from statuspage.importers.description import (
    ComponentItem,
    Description,
    HistoryItem,
    IncidentItem,
    MonitorItem,
    SubscriberItem,
    UpdateItem,
)
from statuspage.importers.writing.apply import take
from statuspage.models import Page
from subscribers.models import Delivery, Notice, Subscriber
from tests import build
from tests.statuspage.importers import kuma_file

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def whole() -> Description:
    """One of each."""
    began, ended = NOW - 40 * DAY, NOW - 40 * DAY + timedelta(hours=2)
    api = ComponentItem(
        "7", "API", measured=True,
        monitors=(MonitorItem("7", "API", "endpoint", {"url": "https://x.example/"}),),
        history=(
            HistoryItem(Status.OPERATIONAL, NOW - 50 * DAY, NOW - 41 * DAY),
            HistoryItem(Status.MAJOR_OUTAGE, NOW - 41 * DAY, NOW - 40.5 * DAY, "720 of 1440"),
        ),
    )  # fmt: skip
    over = IncidentItem(
        "1", "Disk full", Severity.MAJOR, began, ended,
        (
            UpdateItem(began, IncidentState.INVESTIGATING, "We look."),
            UpdateItem(ended, IncidentState.RESOLVED, "Done."),
        ),
        {"7": Status.PARTIAL_OUTAGE},
    )  # fmt: skip
    going_on = IncidentItem(
        "2", "Slow", Severity.MINOR, NOW - DAY, None,
        (UpdateItem(NOW - DAY, IncidentState.IDENTIFIED, "We know."),),
        {"7": Status.MAJOR_OUTAGE},
    )  # fmt: skip
    return Description(
        components=[api, ComponentItem("8", "Site")],
        incidents=[over, going_on],
        subscribers=[
            SubscriberItem("email", "a@example.com", NOW - 99 * DAY),
            SubscriberItem("email", "b@example.com", None, components=("7",)),
            SubscriberItem("email", "c@example.com", NOW, components=("gone",), place="c"),
        ],
    )


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("import", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def counts() -> dict[str, int]:
    models = (Group, Component, Monitor, Check, DeclaredPeriod, Incident, Subscriber, Page, Origin,
              JournalEntry)  # fmt: skip
    return {model.__name__: model.objects.count() for model in models}


def test_it_comes_in_with_its_times_and_nobody_is_told() -> None:
    build.subscriber("reader@example.com", kinds=["incidents", "status"])

    report = take(whole(), system="test")

    api = Component.objects.get(slug="api")
    over, draft = Incident.objects.order_by("started_at")
    assert (over.started_at, over.resolved_at) == (NOW - 40 * DAY, NOW - 40 * DAY + DAY / 12)
    assert (over.status, over.published, over.severity) == ("resolved", True, "major")
    assert [(each.message, each.created_at) for each in over.updates.order_by("created_at")] == [
        ("We look.", over.started_at), ("Done.", over.resolved_at)
    ]  # fmt: skip
    assert (draft.published, draft.status) == (False, "identified")
    a, b = Subscriber.objects.order_by("id")[1:]
    assert (a.confirmed_at, a.scope) == (NOW - 99 * DAY, "all")
    assert (b.confirmed_at, list(b.components.all())) == (None, [api])
    assert report.created == {
        "component": 2, "monitor": 1, "history": 2, "incident": 2, "subscriber": 2
    }  # fmt: skip
    assert [each.place for each in report.refused] == ["c"]
    assert any("it is a draft" in each for each in report.notes)
    assert not Notice.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.projected
def test_history_is_declared_and_says_where_it_comes_from() -> None:
    take(whole(), system="test")

    api = Component.objects.get(slug="api")
    rows = DeclaredPeriod.objects.filter(component=api, source=Source.IMPORTED)
    assert [(each.note, each.author) for each in rows.order_by("started_at")] == [
        ("", "manage.py import (test)"), ("720 of 1440", "manage.py import (test)")
    ]  # fmt: skip
    periods = combined_periods([api.pk], since=NOW - 60 * DAY)[api.pk]
    assert [(each.status, each.end - each.start) for each in periods[:4] if each.end] == [
        (Status.OPERATIONAL, 9 * DAY), (Status.MAJOR_OUTAGE, DAY / 2),
        (Status.PARTIAL_OUTAGE, DAY / 12),
    ]  # fmt: skip
    entry = JournalEntry.objects.get(kind="component.history_imported")
    assert (entry.data["origin"], entry.data["periods"], entry.public) == ("test", 2, False)
    assert not Notice.objects.exists()


def test_a_second_time_changes_nothing() -> None:
    take(whole(), system="test")
    before = counts()

    report = take(whole(), system="test")

    assert counts() == before
    assert not report.created
    assert report.known == {"component": 2, "monitor": 1, "incident": 2, "subscriber": 2}


def test_a_dry_run_writes_nothing_and_tells_the_same() -> None:
    before = counts()

    dry = take(whole(), system="test", dry_run=True)

    assert counts() == before
    real = take(whole(), system="test")
    assert (dry.created, dry.refused, dry.used) == (real.created, real.refused, real.used)


def test_what_people_changed_or_deleted_stays_so() -> None:
    take(whole(), system="test")
    Component.objects.filter(slug="api").update(name="Our API")
    Component.objects.get(slug="site").delete()
    Incident.objects.get(title="Slow").delete()

    report = take(whole(), system="test")

    assert Component.objects.get().name == "Our API"
    assert {each.why for each in report.refused if "deleted" in each.why} == {
        "it was deleted here since; --again brings it in again"
    }
    assert not report.created
    again = take(whole(), system="test", again=True)
    assert again.created == {"component": 1, "incident": 1}


def test_another_installation_needs_a_name_of_its_own() -> None:
    take(Description(components=[ComponentItem("1", "API")]), system="kuma")
    other = Description(components=[ComponentItem("1", "Mail")])

    report = take(other, system="kuma")
    named = take(other, system="kuma:eu")

    assert "--origin NAME" in report.refused[0].why
    assert named.created == {"component": 1}
    assert set(Component.objects.values_list("slug", flat=True)) == {"api", "mail"}


def test_a_component_of_that_name_is_used_and_its_own_history_stays() -> None:
    mine = build.component("API", slug="api")
    DeclaredPeriod.objects.update_or_create(
        component=mine, source=Source.BY_HAND,
        defaults={"status": Status.OPERATIONAL, "started_at": NOW - 45 * DAY},
    )  # fmt: skip

    report = take(whole(), system="test")

    assert report.used == ["component “API” (api)"]
    assert Monitor.objects.get().component == mine
    imported = DeclaredPeriod.objects.filter(source=Source.IMPORTED)
    assert [(each.started_at, each.ended_at) for each in imported] == [
        (NOW - 50 * DAY, NOW - 45 * DAY)
    ]
    assert any("it has its own here since then" in each.why for each in report.refused)
    assert not take(whole(), system="test").created


def test_what_no_monitor_here_can_check_is_unknown_and_not_operational() -> None:
    item = ComponentItem(
        "1", "Broken", measured=True,
        monitors=(MonitorItem("1", "Broken", "endpoint", {"url": "https://x\0.example/"}),),
    )  # fmt: skip

    report = take(Description(components=[item]), system="test")

    assert Monitor.objects.get().kind == "manual"
    told = [each.why for each in report.refused]
    assert len(told) == 2
    assert "its status is unknown until you set it" in told[1]
    assert not take(Description(components=[item]), system="test").created


def test_names_that_make_one_slug_are_told_apart() -> None:
    items = [ComponentItem(str(number), "Ägypten 1") for number in range(3)]

    report = take(Description(components=items), system="test")

    assert report.created == {"component": 3}
    assert sorted(Component.objects.values_list("slug", flat=True)) == [
        "agypten-1", "agypten-1-2", "agypten-1-3"
    ]  # fmt: skip


def test_the_command_tells_what_came_in_and_what_not(tmp_path: Path) -> None:
    file = str(kuma_file.make(tmp_path))

    dry = run("kuma", file, "--dry-run")
    assert not Component.objects.exists()
    told = run("kuma", file)

    assert dry.splitlines()[0] == told.splitlines()[0].replace("Created", "Would create")
    assert "2 groups, 5 components, 5 monitors, 4 periods of history, 2 incidents, 1 page" in told
    assert "monitor 4 “Game”: the type “steam” is not known here" in told
    assert list(Page.objects.get(slug="shop").components.values_list("slug", flat=True))
    before = counts()
    assert "Created: nothing." in run("kuma", file)
    assert counts() == before


def test_the_command_refuses_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"missing.db: It cannot be read: No such file"):
        run("kuma", str(tmp_path / "missing.db"))
    with pytest.raises(CommandError, match="is no name here"):
        run("kuma", str(tmp_path), "--origin", "A B")


def test_what_a_file_has_twice_comes_in_once_as_the_dry_run_says() -> None:
    description = whole()
    description.groups *= 2
    description.components *= 2
    description.incidents *= 2
    description.pages *= 2
    description.subscribers *= 2

    said = take(description, system="x", now=NOW, dry_run=True)
    done = take(description, system="x", now=NOW)

    assert said.created == done.created
    assert list(map(str, said.refused)) == list(map(str, done.refused))
    assert sum("it is in the file twice" in str(each) for each in done.refused) >= 2
