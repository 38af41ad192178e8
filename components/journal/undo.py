"""What every undoing of a published change needs: former values, and whether it is the newest."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from components.journal.hold import UNDOES
from components.models import JournalEntry


def read_values(row: Model, names: Collection[str]) -> dict[str, Any]:
    """Return fields of a row as they are stored, as JSON; empty when there is no such row."""
    stored = type(row)._default_manager.filter(pk=row.pk).values(*names).first() or {}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in stored.items()
    }


def set_values(
    row: Model, values: Mapping[str, Any], names: Collection[str], *, instants: Collection[str]
) -> None:
    """Set those of the fields `names` that are among `values`; `instants` are texts there."""
    for name in names:
        if name in values:
            value = values[name]
            instant = name in instants and value is not None
            setattr(row, name, datetime.fromisoformat(value) if instant else value)


def replaced_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values `before` that are others `after`."""
    return {name: value for name, value in before.items() if value != after.get(name)}


def reason_against(entry: JournalEntry, kinds: str, *, but: str) -> str:
    """Return why an entry cannot be undone: its subject was changed since; "" if it was not.

    `kinds` is how the types of entries begin that change it; `but` is the one that does not.
    """
    later = JournalEntry.objects.filter(
        subject_id=entry.subject_id, pk__gt=entry.pk, kind__startswith=kinds
    ).exclude(kind=but)
    rows = list(later.values_list("pk", "data"))
    undone = {data.get(UNDOES) for _, data in rows} - {None}
    if entry.pk in undone:
        return "It has been undone already."
    if any(pk not in undone and UNDOES not in data for pk, data in rows):
        return "It was changed since. Post a correction instead."
    return ""
