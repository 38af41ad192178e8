"""Keeps rows as their catalogue file describes them, whoever else changes them.

What a file does not say of a row stays free: a status by hand, a paused monitor, a skipped date.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Model

from components.backoffice.managed import explanation
from statuspage.catalogue.index import difference
from statuspage.catalogue.kinds import KINDS
from statuspage.catalogue.managed_rows import file_of

_KIND_OF = {kind.model._meta.label: kind for kind in KINDS}
_FREE = {"monitors": {"enabled"}}
"""Fields that people change meanwhile all the same, by section: a monitor can be paused."""


class ManagedError(Exception):
    """A row is described by a catalogue file: change it there, or apply the file unlocked."""


@contextmanager
def kept_as_described(row: Model) -> Iterator[None]:
    """Raise ManagedError, and undo it all, if what is done inside changes what a file says of a
    row. A row that no file describes, or that is unlocked, is free."""
    file = file_of(row) if row.pk is not None else ""
    if not file:
        yield
        return
    kind = _KIND_OF[row._meta.label]
    free = _FREE.get(kind.section, set())

    def described() -> dict[str, Any] | None:
        found = kind.rows().filter(pk=pk).first()
        return None if found is None or kind.is_gone(found) else kind.values(found)

    pk = row.pk
    with transaction.atomic():
        before = described()
        yield
        after = described()
        if before is None or after is None:
            if (before is None) != (after is None):
                raise ManagedError(explanation(file))
        elif changed := [name for name, *_ in difference(kind, before, after) if name not in free]:
            raise ManagedError(f"{', '.join(changed)}: {explanation(file)}")
