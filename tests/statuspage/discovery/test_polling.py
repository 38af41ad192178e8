"""Discovery: what is new comes in, what is gone is marked and asked about, never deleted."""

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.conf import settings

from components.models import Component, JournalEntry, Origin
from monitors.models import Monitor
from statuspage.backoffice.awaiting_start import gone_rows
from statuspage.catalogue_files.components import retire
from statuspage.discovery.polling import Looks
from statuspage.runtime.discovery_watch import DiscoveryWatch
from tests.podman import podman
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.django_db(transaction=True)]


def write(path: Path, *targets: str) -> None:
    path.write_text(json.dumps([{"targets": list(targets)}]), encoding="utf-8")


def look(looks: Looks) -> None:
    looks.look(datetime.now(UTC))


def gone() -> list[str]:
    return [row.title for row in gone_rows(max_rows=9)]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings.STATUSPAGE, "targets_files", (str(tmp_path / "*.json"),))
    return tmp_path / "targets.json"


@pytest.mark.both
def test_targets_come_in_and_what_is_gone_is_asked_about(file: Path) -> None:
    looks = Looks()
    write(file, "a.example:1", "b.example:2")
    look(looks)
    assert [(m.kind, m.component.name) for m in Monitor.objects.order_by("name")] == [
        ("tcp", "a.example:1"), ("tcp", "b.example:2")
    ]  # fmt: skip

    write(file, "a.example:1", "c.example:3")
    look(looks)
    look(looks)

    assert Component.objects.count() == 3
    assert Monitor.objects.filter(component__name="b.example:2", enabled=True).exists()
    assert gone() == ["b.example:2 is gone from where it was discovered"]
    (entry,) = JournalEntry.objects.filter(kind="discovery.gone")
    assert entry.data["name"] == "b.example:2"

    write(file, "a.example:1", "b.example:2", "c.example:3")
    look(looks)
    assert gone() == []
    assert JournalEntry.objects.filter(kind="discovery.back").count() == 1


def test_what_was_retired_is_asked_about_no_more(file: Path) -> None:
    looks = Looks()
    write(file, "a.example:1")
    look(looks)
    write(file)
    look(looks)

    retire(Component.objects.get(), now=time.time())

    assert gone() == []


def test_a_file_that_is_broken_or_missing_takes_nothing_away(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    looks = Looks()
    write(file, "a.example:1")
    look(looks)
    with caplog.at_level(logging.WARNING):
        file.write_text("[{", encoding="utf-8")
        look(looks)
        look(looks)
        file.unlink()
        look(looks)

    assert not Origin.objects.filter(gone_at__isnull=False).exists()
    assert len([each for each in caplog.records if "Nothing was changed" in each.message]) == 1


@contextmanager
def nobody() -> Iterator[None]:
    """Be a user who may not read what only its owner may."""
    uid = os.geteuid()
    if uid == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(uid)


@pytest.mark.parametrize(
    ("closed", "pattern", "said"),
    [
        (
            "file",
            "*.json",
            "targets.json: It cannot be read: Permission denied. Nothing was changed",
        ),
        ("file", "targets.json", "targets.json: It cannot be read: Permission denied. Nothing was"),
        ("folder", "*.json", "targets.json cannot be read: Permission denied. What it named stays"),
        ("folder", "targets.json", "targets.json: It cannot be read: Permission denied. Nothing"),
    ],
)
def test_a_file_that_may_not_be_read_changes_nothing_and_is_told_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
    closed: str, pattern: str, said: str,
) -> None:  # fmt: skip
    # No folder of pytest's: those are closed to others as it is.
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.setattr(settings.STATUSPAGE, "targets_files", (str(folder / pattern),))
        looks, file = Looks(), folder / "targets.json"
        write(file, "a.example:1")
        look(looks)
        kept = file if closed == "file" else folder
        kept.chmod(0)
        caplog.clear()

        with nobody():
            look(looks)
            look(looks)
        (line,) = [each.message for each in caplog.records]
        kept.chmod(0o755)
        look(looks)

    assert said in line
    assert gone() == []
    assert Monitor.objects.get().revision == 1


def test_nothing_is_asked_or_looked_at_where_discovery_is_not_used() -> None:
    watch = DiscoveryWatch()

    watch.check(datetime.now(UTC))
    watch.join(PATIENCE)

    assert gone() == []


def test_a_labelled_container_comes_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    with podman() as engine:
        monkeypatch.setattr(settings.STATUSPAGE, "container_sockets", (engine.socket,))
        monkeypatch.setattr(settings.STATUSPAGE, "discover_containers", True)
        looks = Looks()
        engine.run("plain")
        engine.run("shop", "--label=statuspage.enable=true", "--label=statuspage.name=Shop")

        look(looks)

        monitor = Monitor.objects.get()
        config: dict[str, Any] = monitor.config
        assert (monitor.component.name, monitor.kind, config["container"]) == (
            "Shop", "container", "shop"
        )  # fmt: skip
        engine("stop", "--time=0", "shop")
        look(looks)
        assert gone() == []
        engine("rm", "--force", "shop")
        look(looks)
        assert gone() == ["Shop is gone from where it was discovered"]
        assert Component.objects.filter(retired_at=None).count() == 1
    look(looks)
    assert Component.objects.count() == 1


def test_what_two_components_share_is_a_monitor_of_each_and_stays_so(file: Path) -> None:
    groups = [
        {"targets": ["db.example:1"], "labels": {"statuspage_component": name}}
        for name in ("Shop", "Search")
    ]
    file.write_text(json.dumps(groups), encoding="utf-8")
    looks = Looks()
    look(looks)
    revisions = set(Monitor.objects.values_list("component__name", "kind", "revision"))
    assert revisions == {("Shop", "tcp", 1), ("Search", "tcp", 1)}

    groups[0]["targets"] = ["db.example:1", "other.example:1"]
    file.write_text(json.dumps(groups), encoding="utf-8")
    look(looks)

    assert revisions == set(Monitor.objects.values_list("component__name", "kind", "revision"))
    assert Monitor.objects.count() == 3


def test_what_a_target_is_called_may_change_and_its_history_stays(file: Path) -> None:
    def named(name: str, **labels: str) -> None:
        labels = {"statuspage_component": name, **labels}
        file.write_text(json.dumps([{"targets": ["a.example:1"], "labels": labels}]), "utf-8")

    looks = Looks()
    named("Shop")
    look(looks)
    component = Component.objects.get()
    named("Store", statuspage_group="Front", statuspage_interval="90")
    look(looks)

    component.refresh_from_db()
    assert (component.name, component.group and component.group.name) == ("Store", "Front")
    assert [(m.component_id, m.interval) for m in Monitor.objects.all()] == [(component.pk, 90)]
    assert gone() == []


def test_a_target_that_left_a_component_is_asked_about_as_a_monitor(file: Path) -> None:
    looks = Looks()
    labels = {"statuspage_component": "Database"}
    for targets in (["a.example:1", "b.example:1"], ["a.example:1"]):
        file.write_text(json.dumps([{"targets": targets, "labels": labels}]), encoding="utf-8")
        look(looks)

    assert gone() == ["Database: b.example:1 is gone from where it was discovered"]


def test_odd_files_are_told_and_take_nothing_away(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Half written, swapped by a symlink, of a name that another has, gone and back again."""
    folder = tmp_path / "b"
    folder.mkdir()
    patterns = (str(tmp_path / "*.json"), str(folder / "*.json"))
    monkeypatch.setattr(settings.STATUSPAGE, "targets_files", patterns)
    looks = Looks()
    write(file, "a.example:1")
    write(folder / file.name, "x.example:1")
    with caplog.at_level(logging.WARNING):
        look(looks)
        assert "a file of that name is read already" in caplog.text
        (folder / file.name).unlink()
        whole = file.read_bytes()
        for odd in (b"", whole[:9], whole[:-1], b"{}", b"null", b"[{}]", b'[{"targets": [[]]}]'):
            file.write_bytes(odd)
            look(looks)
        other = tmp_path / "other"
        write(other, "a.example:1", "c.example:1")
        file.unlink()
        look(looks)
        look(looks)
        assert caplog.text.count("is not there any more") == 1
        file.symlink_to(other)
        look(looks)
        assert "is read again" in caplog.text

    assert {each.name for each in Component.objects.all()} == {"a.example:1", "c.example:1"}
    assert gone() == []
