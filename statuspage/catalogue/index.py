"""The rows of the catalogue by their keys, and the document that says of them what there is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from statuspage.catalogue.document import VERSION
from statuspage.catalogue.errors import WaitingError
from statuspage.catalogue.kind import ObjectKind
from statuspage.catalogue.kinds import BY_SECTION, KINDS
from statuspage.catalogue.secrets import Stored, exported

Key = tuple[str, ...]


@dataclass(slots=True)
class Entry:
    """A row, and what a document says of it."""

    kind: ObjectKind
    key: Key
    row: Any
    values: dict[str, Any]
    is_own: bool = False
    """Whether it is the product's own."""

    @property
    def is_listed(self) -> bool:
        """Whether it belongs into a document."""
        return not (
            self.is_own or self.kind.is_gone(self.row) or self.kind.is_plain(self.row, self.values)
        )


@dataclass(slots=True)
class Index:
    """All rows; what a document refers to is looked for here."""

    entries: dict[str, dict[Key, Entry]] = field(default_factory=dict)
    to_come: set[tuple[str, Key]] = field(default_factory=set)
    """What a document names, by section and key."""

    @classmethod
    def load(cls) -> "Index":
        """Return the rows that there are, in a number of queries that does not grow with them."""
        index = cls()
        index.read(KINDS)
        return index

    def read(self, kinds: Iterable[ObjectKind]) -> None:
        """Read the rows of some kinds, or read them again."""
        for kind in kinds:
            own = set(kind.own())
            self.entries[kind.section] = {}
            for row in kind.rows():
                self.add(kind, row, is_own=row.pk in own)

    def add(self, kind: ObjectKind, row: Any, *, is_own: bool = False, key: Key = ()) -> Entry:
        """Add a row, or what has become of it. Of two with one name the later is `Name (2)`."""
        entries, values = self.entries[kind.section], kind.values(row)
        *outer, last = (values[name] for name in kind.key)
        number = 1
        while not key:
            name = last if number == 1 else f"{last} ({number})"
            found = entries.get((*outer, name))
            number += 1
            if found is None or found.row.pk == row.pk:
                key = (*outer, name)
        values[kind.key[-1]] = key[-1]
        entry = Entry(kind, key, row, values, is_own)
        entries[key] = entry
        return entry

    def get(self, kind: ObjectKind, key: Key) -> Entry | None:
        return self.entries[kind.section].get(key)

    def find(self, section: str, key: str) -> Any:
        """Return the row that a document refers to. Raises ValueError when there is none."""
        kind = BY_SECTION[section]
        entry = self.entries[section].get((key,))
        if entry is None and (section, (key,)) in self.to_come:
            raise WaitingError(
                f"The {kind.noun} {key} has a mistake of its own, or these form a loop."
            )
        if entry is None:
            raise ValueError(f"There is no {kind.noun} {key}.")
        if kind.is_gone(entry.row):
            raise ValueError(
                f"The {kind.noun} {key} is retired; name it under {section} to bring it back."
            )
        return entry.row

    def listed(self, kind: ObjectKind) -> Iterator[Entry]:
        """Yield what belongs into a document, in its order there."""
        entries = (each for each in self.entries[kind.section].values() if each.is_listed)
        return iter(sorted(entries, key=lambda each: (each.values.get("sort_order", 0), each.key)))


def export_document() -> dict[str, Any]:
    """Return all that is there as a document; secrets are not told."""
    index = Index.load()
    document: dict[str, Any] = {"version": VERSION}
    for kind in KINDS:
        if objects := [_exported(each) for each in index.listed(kind)]:
            document[kind.section] = objects
    return document


def _exported(entry: Entry) -> dict[str, Any]:
    return {
        field.name: exported(entry.values[field.name])
        for field in entry.kind.fields
        if entry.values[field.name] != entry.kind.default(field, entry.values)
        or field.name in entry.kind.key
    }


def difference(
    kind: ObjectKind, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> list[tuple[str, Any, Any]]:
    """Return the fields in which an object differs, with what they were and are.

    Settings of a monitor's kind are fields of their own; of a new object its defaults are left out.
    """
    found: list[tuple[str, Any, Any]] = []
    for each in kind.fields:
        old = None if before is None else before[each.name]
        new = after[each.name]
        if before is None and new == kind.default(each, after):
            continue
        if isinstance(new, dict) and (isinstance(old, dict) or before is None):
            members = old or {}
            for name in sorted({*members, *new}):
                if members.get(name) != new.get(name):
                    place = f"{each.name}.{name}"
                    found.append((place, members.get(name), new.get(name)))
        elif old != new:
            found.append((each.name, old, new))
    return [(name, *_told(old, new)) for name, old, new in found]


def _told(old: Any, new: Any) -> tuple[Any, Any]:
    """Return both values as a plan tells them: of secrets that there is one, or another one."""
    if isinstance(old, dict) and isinstance(new, dict):
        pairs = {name: _told(old.get(name), new.get(name)) for name in {**old, **new}}
        return (
            {name: pairs[name][0] for name in old},
            {name: pairs[name][1] for name in new},
        )
    return _said(old, "secret"), _said(new, "secret" if new == old else "new secret")


def _said(value: Any, secret: str) -> Any:
    if isinstance(value, Stored):
        return secret
    if isinstance(value, dict):
        return {name: _said(inner, secret) for name, inner in value.items()}
    return value
