"""What every undoing of a published change needs: former values, and whether it is the newest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Model
from django.utils.duration import duration_string

from components.journal.hold import UNDOES
from components.models import JournalEntry, Versioned
from components.optimistic_lock import ConflictError, bump_version

M = TypeVar("M", bound=Model)
V = TypeVar("V", bound=Versioned)


@dataclass(frozen=True, slots=True)
class RelatedValues(Generic[M]):
    """What a row has in other tables: read as JSON, and stored again as it was."""

    read: Callable[[M], Any]
    restore: Callable[[M, Any], None]


@dataclass(frozen=True, slots=True)
class FormerValues(Generic[M]):
    """Which values of a kind of row an undoing stores again.

    What a row refers to and is no more by then stays away.
    """

    fields: tuple[str, ...]
    related: Mapping[str, RelatedValues[M]] = field(default_factory=dict)

    def read(self, row: M) -> dict[str, Any]:
        """Return a row's values as they are stored, as JSON; empty when there is no such row."""
        values = read_values(row, self.fields)
        if values:
            values |= {name: each.read(row) for name, each in self.related.items()}
        return values

    def replaced(self, row: M, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the values `before` that are others by now."""
        after = self.read(row) if before else {}
        return {name: value for name, value in before.items() if value != after.get(name)}

    def restore(self, row: M, before: Mapping[str, Any]) -> None:
        """Store the values `before` again; values that are not among them stay as they are."""
        set_values(row, {name: before[name] for name in self.fields if name in before})
        row.save()
        for name, each in self.related.items():
            if name in before:
                each.restore(row, before[name])


def read_values(row: Model, names: tuple[str, ...]) -> dict[str, Any]:
    """Return fields of a row as they are stored, as JSON; empty when there is no such row."""
    stored = type(row)._default_manager.filter(pk=row.pk).values(*names).first() or {}
    return {name: as_json(value) for name, value in stored.items()}


def as_json(value: Any) -> Any:
    """Return a field's value as JSON that the field reads again, to the microsecond."""
    if isinstance(value, timedelta):
        return duration_string(value)
    return value.isoformat() if isinstance(value, datetime) else value


def set_values(row: Model, values: Mapping[str, Any]) -> None:
    """Set fields of a row to values that `read_values` returned."""
    for name, value in values.items():
        setattr(row, name, row._meta.get_field(name).to_python(value))  # type: ignore[union-attr]


def lock_unchanged(
    row: V | None, entry: JournalEntry, *, gone: str, kinds: str, but: str = ""
) -> V:
    """Lock and reload the row that an entry is about, to undo it.

    Raises ConflictError, in the words of `gone`, when there is none, and when it was changed since.
    Must run in a transaction.
    """
    if row is None:
        raise ConflictError(gone)
    bump_version(row)
    check_unchanged(entry, kinds, but=but)
    return type(row)._default_manager.get(pk=row.pk)


def check_unchanged(entry: JournalEntry, kinds: str, *, but: str = "") -> None:
    """Raise ConflictError, which says why, when the subject of an entry was changed since.

    `kinds` is how the types of entries begin that change it; `but` is the one that does not.
    """
    if reason := reason_against(entry, kinds, but=but):
        raise ConflictError(reason)


def reason_against(entry: JournalEntry, kinds: str, *, but: str = "") -> str:
    """Return why an entry cannot be undone: its subject was changed since; "" if it was not."""
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
