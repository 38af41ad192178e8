"""Marks of rows that a document describes: the admin lets nobody edit them, unless unlocked."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Model

from statuspage.catalogue.kinds import KINDS
from statuspage.staff_models import CatalogueMark

_SECTIONS = {kind.model._meta.label: kind.section for kind in KINDS}
Row = tuple[str, str]
"""A section, and the primary key of a row as text."""


def file_of(row: Model) -> str:
    """Return the document that describes a row; '' for none, and for one that is unlocked."""
    section = _SECTIONS.get(row._meta.label)
    if section is None:
        return ""
    marks = CatalogueMark.objects.filter(section=section, row=str(row.pk), unlocked=False)
    return marks.values_list("source", flat=True).first() or ""


def mark(
    rows: Iterable[Row], *, sections: Iterable[str], source: str, unlocked: bool, at: datetime
) -> None:
    """Mark rows as described by a document; those it described before are free again.

    `sections` are those that the document has. In the transaction that applies it.
    """
    wanted = set(rows)
    stored = {(each.section, each.row): each for each in CatalogueMark.objects.all()}
    gone = [
        each.pk
        for key, each in stored.items()
        if each.source == source and each.section in set(sections) and key not in wanted
    ]
    CatalogueMark.objects.filter(pk__in=gone).delete()
    others = [
        stored[key]
        for key in sorted(wanted & stored.keys())
        if (stored[key].source, stored[key].unlocked) != (source, unlocked)
    ]
    for each in others:
        each.source, each.unlocked, each.applied_at = source, unlocked, at
    CatalogueMark.objects.bulk_update(others, ["source", "unlocked", "applied_at"], batch_size=500)
    CatalogueMark.objects.bulk_create(
        (
            CatalogueMark(section=section, row=row, source=source, unlocked=unlocked, applied_at=at)
            for section, row in sorted(wanted - stored.keys())
        ),
        batch_size=500,
    )
