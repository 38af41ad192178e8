"""Compares a document with what is there, and applies it: one transaction, one chain of entries.

A plan is an apply that is taken back: what it says is what the services did. Objects are tried
again as long as others succeed, so their order in a document does not matter.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from components.journal import Event, collect, record
from components.optimistic_lock import ConflictError
from statuspage.catalogue import managed_rows
from statuspage.catalogue.document import Document, Named
from statuspage.catalogue.errors import DocumentError, Mistake, WaitingError, mistakes_of
from statuspage.catalogue.fields import Draft
from statuspage.catalogue.index import Entry, Index, difference
from statuspage.catalogue.kinds import KINDS, RETIRED_IN_ORDER
from statuspage.catalogue.secrets import References
from statuspage.event_types import CATALOGUE_APPLIED

_READ_AT_ONCE = 500
"""Rows; databases limit how many values a statement may name."""
_ADVISORY_LOCK = 0x63_61_74_61_6C_6F_67  # "catalog"


@dataclass(frozen=True, slots=True)
class Change:
    """One object that is created, changed or retired."""

    action: str
    path: str
    fields: tuple[tuple[str, Any, Any], ...] = ()
    """Name, what it was, and what it is."""

    def as_json(self) -> dict[str, Any]:
        fields = [{"field": name, "old": old, "new": new} for name, old, new in self.fields]
        return {"action": self.action, "path": self.path, "fields": fields}


@dataclass(slots=True)
class Outcome:
    """What a document changes."""

    changes: list[Change] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """The paths of what pruning leaves, for a person to delete."""
    told: dict[str, dict[str, str]] = field(default_factory=dict)
    """What is told this once, by the path of its object: addresses of heartbeats, keys."""


class _WaitsError(ValidationError):
    """An object waits for others of the document."""


class _UnchangedError(Exception):
    """A service was called, and nothing is other than it was."""


def plan(document: Document, *, references: References, prune: bool, at: datetime) -> Outcome:
    """Return what applying a document would change. Raises DocumentError with every mistake."""
    with transaction.atomic(), collect():
        _wait_for_turn()
        outcome = _Work(document, references, actor="", at=at).run(prune=prune)
        transaction.set_rollback(True)
    outcome.told.clear()
    return outcome


def apply(
    document: Document,
    *,
    references: References,
    prune: bool,
    actor: str,
    source: str = "",
    unlock: bool = False,
    at: datetime,
) -> Outcome:
    """Apply a document, all of it or nothing. Raises DocumentError with every mistake.

    The rows that it describes cannot be edited in the admin, unless `unlock`; `source` is what that
    is told as.
    """
    with transaction.atomic():
        _wait_for_turn()
        with collect() as events:
            work = _Work(document, references, actor=actor, at=at, events=events)
            outcome = work.run(prune=prune)
            managed_rows.mark(
                work.described(), sections=document, source=source or actor, unlocked=unlock, at=at
            )
        if outcome.changes:
            record(_applied(outcome, actor=actor), *events, at=at)
    return outcome


def _wait_for_turn() -> None:
    """Wait for whoever plans or applies a document right now: two at once would stop half-way at
    each other's rows. SQLite's transactions wait by themselves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])


def _applied(outcome: Outcome, *, actor: str) -> Event:
    counts = {
        word: sum(each.action == action for each in outcome.changes)
        for word, action in (("created", "create"), ("changed", "change"), ("retired", "retire"))
    }
    return Event(CATALOGUE_APPLIED, dict(counts), actor=actor)


@dataclass(frozen=True, slots=True)
class _Created:
    """An object that a service has stored, and nobody has read yet."""

    named: Named
    pk: Any
    told: Mapping[str, str]
    place: int
    """Where its change stands in the outcome."""


@dataclass(slots=True)
class _Work:
    document: Document
    references: References
    actor: str
    at: datetime
    events: list[Event] = field(default_factory=list)
    index: Index = field(default_factory=Index.load)
    outcome: Outcome = field(default_factory=Outcome)
    created: list[_Created] = field(default_factory=list)
    restored: bool = False
    """Whether an object of the kind at hand was brought back."""

    def run(self, *, prune: bool) -> Outcome:
        mistakes: list[Mistake] = []
        self.index.to_come = {
            (section, named.key) for section, objects in self.document.items() for named in objects
        }
        for number, kind in enumerate(KINDS, start=1):
            mistakes += self._objects([*self.document.get(kind.section, ())])
            if self.restored:
                # What refers to it names it again.
                self.index.read(KINDS[number:])
                self.restored = False
        if mistakes:
            raise DocumentError([each for each in mistakes if not each.follows] or mistakes)
        if prune:
            self._prune()
        return self.outcome

    def described(self) -> Iterator[managed_rows.Row]:
        """Yield the rows of all objects that the document names."""
        for section, objects in self.document.items():
            for named in objects:
                yield section, str(self.index.entries[section][named.key].row.pk)

    def _objects(self, waiting: list[Named]) -> list[Mistake]:
        """Store objects of one kind; return what is wrong with those that cannot be."""
        mistakes = self._stored(waiting)
        self._read_created()
        return mistakes

    def _stored(self, waiting: list[Named]) -> list[Mistake]:
        while waiting:
            tried = [(named, self._object(named)) for named in waiting]
            refused = [(named, mistakes) for named, mistakes in tried if mistakes]
            if len(refused) == len(waiting):
                return [each for _, mistakes in refused for each in mistakes]
            waiting = [named for named, _ in refused]
        return []

    def _object(self, named: Named) -> list[Mistake]:
        """Store one object; return what is wrong with it."""
        mark = len(self.events)
        try:
            entry = self.index.get(named.kind, named.key)
            if entry is not None and entry.is_own:
                text = f"This {named.kind.noun} is the product's own; leave it out."
                return [Mistake(f"{named.place}.{named.kind.key[-1]}", text)]
            if entry is not None and not self._differs(named, entry):
                return []
            with transaction.atomic():
                self._store(named, entry)
        except IntegrityError:
            del self.events[mark:]
            text = f"Another {named.kind.noun} has this name or slug already."
            return [Mistake(named.place, text)]
        except _UnchangedError:
            del self.events[mark:]
        except ValidationError as error:
            del self.events[mark:]
            found = mistakes_of(error, named.place)
            follows = isinstance(error, _WaitsError)
            return [replace(each, follows=follows) for each in found]
        return []

    def _draft(self, named: Named, row: Any, stored: Any) -> Draft:
        """Return a draft of what a document says of an object. Raises ValidationError."""
        draft = Draft(row, stored, self.index, self.references)
        problems: dict[str, Any] = {}
        waits: dict[str, Any] = {}
        for each in named.kind.fields:
            wanted = named.values[each.name]
            if stored is not None and each.name in named.kind.key and not each.refers:
                continue  # it was found by this, or by what this is called here
            try:
                each.write(draft, wanted)
            except ValidationError as error:
                problems |= error.message_dict
            except WaitingError as error:
                waits[each.name] = [str(error)]
            except ValueError as error:
                problems[each.name] = [str(error)]
        if problems:
            raise ValidationError(problems)
        if waits:
            raise _WaitsError(waits)
        return draft

    def _differs(self, named: Named, entry: Entry) -> bool:
        kind, draft = entry.kind, self._draft(named, copy(entry.row), entry.row)
        wanted = {**kind.values(draft.row), **draft.told}
        names = [each for each in kind.names if each not in kind.key]
        return kind.is_gone(entry.row) or any(wanted[name] != entry.values[name] for name in names)

    def _store(self, named: Named, entry: Entry | None) -> None:
        kind, before, stored = named.kind, None, None
        row = kind.model()
        was_gone = False
        if entry is not None:
            before, stored = entry.values, self._locked(entry)
            was_gone = kind.is_gone(stored)
            if was_gone and kind.restore is not None:
                kind.restore(stored, actor=self.actor, at=self.at)
                self.restored = True
                stored = kind.rows().get(pk=stored.pk)
            row = copy(stored)
        draft = self._draft(named, row, stored)
        told = kind.save(draft, actor=self.actor, at=self.at)
        if entry is None:
            # What refers to it finds it at once; how it was stored is read with all the others.
            self.index.entries[kind.section][named.key] = Entry(kind, named.key, row, {})
            self.created.append(_Created(named, row.pk, told, place=len(self.outcome.changes)))
            self.outcome.changes.append(Change("create", ""))
            return
        fresh = kind.rows().get(pk=row.pk)
        fields = difference(kind, before, {**kind.values(fresh), **_last(kind.key, named)})
        if was_gone and kind.restore is not None:
            fields.insert(0, ("retired", True, False))
        if not fields:
            raise _UnchangedError
        kept = self.index.add(kind, fresh, key=named.key)
        change = Change("change", kind.path(kept.key), tuple(fields))
        self.outcome.changes.append(change)
        if told:
            self.outcome.told[change.path] = dict(told)

    def _read_created(self) -> None:
        """Read what was created since the last time, and say of it what was stored."""
        for start in range(0, len(self.created), _READ_AT_ONCE):
            batch = self.created[start : start + _READ_AT_ONCE]
            kind = batch[0].named.kind
            fresh = {row.pk: row for row in kind.rows().filter(pk__in=[each.pk for each in batch])}
            for each in batch:
                kept = self.index.add(kind, fresh[each.pk], key=each.named.key)
                values = {**kind.values(kept.row), **_last(kind.key, each.named)}
                path = kind.path(kept.key)
                fields = tuple(difference(kind, None, values))
                self.outcome.changes[each.place] = Change("create", path, fields)
                if each.told:
                    self.outcome.told[path] = dict(each.told)
        self.created.clear()

    def _locked(self, entry: Entry) -> Any:
        """Return the row, locked until it is changed. Raises ConflictError if it is another now."""
        rows = entry.kind.model._default_manager.filter(pk=entry.row.pk)
        rows.select_for_update().values_list("pk").first()
        fresh = entry.kind.rows().filter(pk=entry.row.pk).first()
        names = [each for each in entry.kind.names if each not in entry.kind.key]
        values = {} if fresh is None else entry.kind.values(fresh)
        if any(values.get(name) != entry.values[name] for name in names):
            raise ConflictError(
                f"{entry.kind.path(entry.key)} was changed meanwhile: plan again, then apply."
            )
        return fresh

    def _prune(self) -> None:
        for entry in self._unnamed():
            kind, row = entry.kind, entry.kind.rows().filter(pk=entry.row.pk).first()
            if row is None or kind.is_gone(row) or kind.is_idle(row):
                continue
            if kind.retire is None:
                self.outcome.left += [kind.path(entry.key)] if entry.is_listed else []
                continue
            kind.retire(row, actor=self.actor, at=self.at)
            self.outcome.changes.append(Change("retire", kind.path(entry.key)))

    def _unnamed(self) -> Iterator[Entry]:
        """Yield what the sections of the document do not name; a section that it has not, stays."""
        for kind in RETIRED_IN_ORDER:
            named = {each.key for each in self.document.get(kind.section, ())}
            if kind.section in self.document:
                entries = list(self.index.entries[kind.section].values())
                yield from (e for e in entries if e.key not in named and not e.is_own)


def _last(key: tuple[str, ...], named: Named) -> dict[str, Any]:
    """Return the name by which an object was found: it may be called otherwise, if two are."""
    return {key[-1]: named.values[key[-1]]}
