"""What Uptime Kuma 2 wrote itself, run from its npm package, comes in as it is there."""

import sqlite3
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core import mail

from components.models import Component
from components.status import Status
from monitors.models import Monitor
from statuspage.importers.products import kuma
from statuspage.importers.writing.apply import take
from subscribers.models import Delivery

DUMP = Path(__file__).parent / "kuma_2_0_0_dev.sql"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kuma.db"
    with sqlite3.connect(path) as made:
        made.executescript(DUMP.read_text("utf-8"))
    made.close()
    return path


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-30T{text}+00:00")


def test_what_it_wrote_is_read_with_its_kinds_groups_and_tags(file: Path) -> None:
    found = kuma.read(file)

    kinds = {each.name: each.monitors[0].kind if each.monitors else "" for each in found.components}
    assert Counter(kinds.values()) == Counter(
        endpoint=6, tcp=2, ping=1, dns=1, heartbeat=1, postgresql=1, container=1, redis=1
    ) + Counter([""] * 4)
    assert [name for name, kind in kinds.items() if not kind] == [
        "Must be down", "MQTT", "Game", "gRPC"
    ]  # fmt: skip
    assert [(each.name, each.parent) for each in found.groups] == [
        ("Platform", ""), ("Storage", "monitor-1"), ("Public services", ""), ("Jobs", "")
    ]  # fmt: skip
    website, keyword = (
        next(each for each in found.components if each.key == key) for key in ("3", "5")
    )
    assert (website.tags, website.description) == ("eu, tier one", "The shop's page")
    assert keyword.name == "Keyword ümläut شبكة"
    assert keyword.monitors[0].config["assertions"] == ["body contains systems"]
    (page,) = found.pages
    assert (page.slug, page.components) == ("shop", ("3", "5", "4", "12"))  # group by group
    assert [(each.title, each.resolved_at is None) for each in found.incidents] == [
        ("Disk full", False), ("Slow pages", True)
    ]  # fmt: skip


def test_its_checks_are_history_to_the_millisecond(file: Path) -> None:
    flapping = next(each for each in kuma.read(file).components if each.key == "4")

    periods = [(each.status, each.start, each.end) for each in flapping.history]

    # Pending at first: nothing is known until it gave up.
    assert periods == [
        (Status.MAJOR_OUTAGE, at("18:28:04.627"), at("18:28:44.913")),
        (Status.OPERATIONAL, at("18:28:44.913"), at("18:30:05.145")),
    ]


@pytest.mark.django_db
def test_it_comes_in_once_as_the_dry_run_says_and_nobody_is_told(file: Path) -> None:
    said = take(kuma.read(file), system="kuma", now=NOW, dry_run=True)
    assert Component.objects.count() == 0

    done = take(kuma.read(file), system="kuma", now=NOW)
    again = take(kuma.read(file), system="kuma", now=NOW)

    assert (said.created, said.refused, said.notes) == (done.created, done.refused, done.notes)
    assert (Component.objects.count(), Monitor.objects.count()) == (18, 18)
    assert not Monitor.objects.get(name="Paused").enabled
    assert not again.created
    assert (Delivery.objects.count(), len(mail.outbox)) == (0, 0)
