"""What exists is documented, and what is documented exists."""

import re

import pytest

from components.journal import event_types
from incidents import event_types as incident_kinds
from maintenance import event_types as maintenance_kinds
from monitors import event_types as monitor_kinds
from monitors.probers import registry
from statuspage import event_types as statuspage_kinds
from subscribers import event_types as subscriber_kinds
from subscribers.channels.registry import channels
from tests import APPS, DOCS, ROOT

DECLARING = (
    incident_kinds, maintenance_kinds, monitor_kinds, statuspage_kinds, subscriber_kinds,
)  # fmt: skip
"""Imported, they have declared theirs."""


@pytest.mark.parametrize("kind", event_types.registered(), ids=lambda kind: kind.name)
def test_every_kind_of_journal_entry_is_documented(kind: event_types.EventType) -> None:
    row = f"| `{kind.name}` | {'yes' if kind.public else 'no'} | {kind.meaning} |"

    assert row in (DOCS / "journal.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", sorted(registry.probers()))
def test_every_kind_of_monitor_is_documented_with_its_settings(kind: str) -> None:
    text = (DOCS / "monitors.md").read_text(encoding="utf-8")

    assert f"`{kind}`" in text
    for name in registry.prober(kind).config_type.model_fields:
        assert f"`{name}`" in text, name


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_every_path_that_newcomers_are_sent_to_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(rf"`((?:{'|'.join(APPS)}|tests|docs)/[a-z\d_/.-]*)`", text)

    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_floor_plan_names_every_room() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rooms = {
        (path.parent.parent.name, path.parent.name)
        for app in ("components", "monitors", "subscribers", "statuspage")
        for path in (ROOT / app).glob("*/__init__.py")
        if path.parent.name != "migrations"
    }
    rows = dict(re.findall(r"^\| `(\w+)` \| (`.*) \|$", text, re.MULTILINE))

    assert [room for app, room in sorted(rooms) if f"`{room}`" not in rows[app]] == []


@pytest.mark.parametrize("name", channels())
def test_every_channel_is_documented_with_who_may_be_told_by_it(name: str) -> None:
    channel = channels()[name]
    who = "staff" if channel.staff_only else "subscribers and staff"
    row = f"| `{name}` | {channel.label} | {who} |"

    assert row in (DOCS / "integrating.md").read_text(encoding="utf-8")
