"""Lookups that match nothing for a number that no column can hold.

Django's own do so for one number (`IntegerFieldExact`), but not for a list of them, nor for the
key of a related row: there SQLite's driver raises OverflowError. Any choice of several rows in a
form, and any selection of an action, is looked up in this way, with whatever was sent.
"""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import ForeignKey, IntegerField
from django.db.models.fields.related_lookups import RelatedExact, RelatedIn
from django.db.models.lookups import In

_MIN, _MAX = -(2**63), 2**63 - 1


def install() -> None:
    """Register them for all whole numbers and all foreign keys."""
    IntegerField.register_lookup(_IntegerIn)
    ForeignKey.register_lookup(_KeyIn)
    ForeignKey.register_lookup(_KeyExact)


def _is_storable(value: Any) -> bool:
    return not isinstance(value, int) or _MIN <= value <= _MAX


class _StorableOnes(In):
    def get_prep_lookup(self) -> Any:
        values = super().get_prep_lookup()
        if not self.rhs_is_direct_value():
            return values
        return [each for each in values if _is_storable(each)]


class _IntegerIn(_StorableOnes):
    """One of several numbers."""


class _KeyIn(_StorableOnes, RelatedIn):
    """One of several related rows."""


class _KeyExact(RelatedExact):
    """A related row."""

    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        if not _is_storable(self.rhs):
            raise EmptyResultSet
        return super().process_rhs(compiler, connection)
