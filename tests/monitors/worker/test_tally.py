"""The running counts of checks: nothing is lost between two shifts of a slot (F-O11)."""

import pytest
from django.db import DatabaseError, transaction

from monitors.models import CheckTally
from monitors.worker import tally
from monitors.worker.tally import COLUMNS, Tally, totals_by_region

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def counted(slot: int = 0, **counts: int) -> Tally:
    made = Tally(region="global", slot=slot)
    made._counts.update(counts)
    made._late_seconds = 0.5
    return made


def test_every_column_is_counted_into() -> None:
    fields = {field.name for field in CheckTally._meta.fields} - {"id", "region", "slot"}

    assert fields == set(COLUMNS)


def test_two_shifts_of_a_slot_and_those_of_others_add_up() -> None:
    leaving, coming = counted(up=2, late_1s=2), counted(up=3, late_1s=3)
    leaving.store()
    coming.store()
    leaving._counts.update(down=1, later=1)
    leaving.store()
    counted(slot=1, up=1, late_1s=1).store()

    totals = totals_by_region()["global"]
    assert (totals["up"], totals["down"], totals["late_1s"], totals["later"]) == (6, 1, 6, 1)
    assert totals["late_seconds"] == 1.5
    assert CheckTally.objects.count() == 2


def test_what_could_not_be_stored_is_stored_later(monkeypatch: pytest.MonkeyPatch) -> None:
    made = counted(up=2)
    with monkeypatch.context() as patched:
        patched.setattr(tally, "_ADD", "no statement")
        with pytest.raises((DatabaseError, ValueError, TypeError)), transaction.atomic():
            made.store()

    made.store()
    assert totals_by_region()["global"]["up"] == 2
