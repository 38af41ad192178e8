"""Uptime Kuma: what its database holds in this product's words."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from components.status import Status
from statuspage.importers.description import ComponentItem, Description
from statuspage.importers.products import kuma
from tests.statuspage.importers import kuma_file


def component(found: Description, name: str) -> ComponentItem:
    return next(each for each in found.components if each.name == name)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_monitor_keeps_its_settings(tmp_path: Path) -> None:
    found = kuma.read(kuma_file.make(tmp_path))

    api = component(found, "API")
    (monitor,) = api.monitors
    assert monitor.kind == "endpoint"
    assert monitor.config["url"] == "https://api.example.com/health"
    assert monitor.config["assertions"] == ["body contains ok"]
    assert monitor.config["headers"] == {"X-Probe": "1"}
    assert (monitor.config["username"], monitor.config["password"]) == ("probe", "canary-pass")
    assert (monitor.interval, monitor.confirm_down, monitor.timeout) == (60, 2, 48)
    assert (api.group, api.tags) == ("monitor-1", "eu")
    database = component(found, "Database").monitors[0]
    assert (database.kind, dict(database.config)) == (
        "tcp", {"host": "db.example.com", "port": 5432}
    )  # fmt: skip
    assert not database.enabled


def test_groups_of_monitors_and_of_status_pages_are_groups(tmp_path: Path) -> None:
    found = kuma.read(kuma_file.make(tmp_path))

    assert [(each.key, each.name) for each in found.groups] == [
        ("monitor-1", "Platform"), ("group-1", "Services")
    ]  # fmt: skip
    assert component(found, "Database").group == "group-1"
    (page,) = found.pages
    assert (page.slug, page.name, page.components) == ("shop", "The shop", ("3", "2"))


def test_changes_of_state_are_history_and_a_pause_of_kuma_is_not(tmp_path: Path) -> None:
    found = kuma.read(kuma_file.make(tmp_path))

    periods = [(each.status, each.start, each.end) for each in component(found, "API").history]
    assert periods == [
        (Status.OPERATIONAL, at("2026-09-01 00:00"), at("2026-09-02 00:01")),
        (Status.MAJOR_OUTAGE, at("2026-09-02 00:01"), at("2026-09-02 02:01")),
        (Status.OPERATIONAL, at("2026-09-02 02:01"), at("2026-09-04 00:00")),
        (Status.OPERATIONAL, at("2026-09-05 00:00"), at("2026-09-06 00:00")),
    ]


def test_days_of_release_two_tell_how_long_where_changes_are_gone(tmp_path: Path) -> None:
    found = kuma.read(kuma_file.make(tmp_path, release=2))

    periods = component(found, "API").history
    down = [each for each in periods if each.status is Status.MAJOR_OUTAGE]
    assert (down[0].start, down[0].end - down[0].start) == (
        at("2026-08-30 00:00"), timedelta(hours=6)
    )  # fmt: skip
    assert down[0].note == "360 of 1440 checks failed"
    assert (down[1].start, down[1].end) == (at("2026-09-02 00:01"), at("2026-09-02 02:01"))
    days = {each.start.date().day for each in periods}
    assert days == {29, 30, 1, 2}
    assert "how long" in found.notes[0]


def test_incidents_keep_their_times(tmp_path: Path) -> None:
    found = kuma.read(kuma_file.make(tmp_path))

    over, going_on = found.incidents
    assert (over.started_at, over.resolved_at) == (
        at("2026-03-01 10:00"), at("2026-03-01 11:30")
    )  # fmt: skip
    assert [each.message for each in over.updates] == ["We add one.", "Resolved."]
    assert going_on.resolved_at is None


def test_what_cannot_be_taken_is_told_with_its_reason(tmp_path: Path) -> None:
    found = kuma.read(kuma_file.make(tmp_path))

    told = "\n".join(map(str, found.refused))
    assert "monitor 4 “Game”: the type “steam” is not known here" in told
    assert "monitor 6 “Must be down”: upside-down mode" in told
    assert "monitor 5 “Backup”: its push address" in told
    assert "notification 1 “Slack”: add it under Alert channels" in told
    assert "host status.example.com" in told
    assert "secret.example" not in told


def test_a_group_in_a_group_in_a_group_stands_beside_it(tmp_path: Path) -> None:
    more = (
        "INSERT INTO monitor (id, name, type, parent) VALUES (7, 'Storage', 'group', 1);"
        "INSERT INTO monitor (id, name, type, parent) VALUES (8, 'Discs', 'group', 7);"
    )
    found = kuma.read(kuma_file.make(tmp_path, more=more))

    parents = {each.name: each.parent for each in found.groups}
    assert (parents["Storage"], parents["Discs"]) == ("monitor-1", "")
    assert any("groups have one level here" in each.why for each in found.refused)
