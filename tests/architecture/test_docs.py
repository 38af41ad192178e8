"""What exists is documented, and what is documented exists."""

import pytest

from components.journal import event_types
from incidents import event_types as incident_kinds
from maintenance import event_types as maintenance_kinds
from monitors import event_types as monitor_kinds
from monitors.probers import registry
from statuspage import event_types as statuspage_kinds
from subscribers import event_types as subscriber_kinds
from tests import DOCS

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
