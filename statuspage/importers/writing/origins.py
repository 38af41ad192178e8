"""Which things of another system came in already, and as what."""

import hashlib

from components.models import Origin

_LONGEST = 200


class Origins:
    """The origins of one system, read once."""

    def __init__(self, system: str) -> None:
        self._system = system
        self._rows = {(row.kind, row.key): row for row in Origin.objects.filter(system=system)}

    def get(self, kind: str, key: str) -> Origin | None:
        return self._rows.get((kind, short(key)))

    def pk(self, kind: str, key: str) -> int | None:
        """Return the primary key of what came in; None when it did not."""
        row = self.get(kind, key)
        return int(row.object_id) if row and row.object_id.isdigit() else None

    def bound(self, kind: str) -> set[int]:
        """Return the primary keys of all that came in of a kind."""
        rows = (row for (of, _), row in self._rows.items() if of == kind)
        return {int(row.object_id) for row in rows if row.object_id.isdigit()}

    def add(self, kind: str, key: str, *, object_id: object, label: str = "") -> Origin:
        """Store an origin, in the caller's transaction."""
        values = {"object_id": str(object_id), "label": label[:_LONGEST]}
        row, _ = Origin.objects.update_or_create(
            system=self._system, kind=kind, key=short(key), defaults=values
        )
        self._rows[kind, row.key] = row
        return row


def short(key: str) -> str:
    """Return a key that fits its column: a long one by its digest."""
    key = key.replace("\0", "")
    if len(key) <= _LONGEST:
        return key
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
