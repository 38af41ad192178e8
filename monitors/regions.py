"""Services of regions: creating, changing and deleting them."""

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import Event, record
from components.values.region_codes import region_code
from monitors import event_types
from monitors.models import Check, Region


class RegionInUseError(Exception):
    """Monitors check from the region, or have results from there: it cannot be deleted."""

    def __init__(self, region: Region) -> None:
        names = ", ".join(
            Check.objects.filter(region=region).values_list("monitor__name", flat=True)[:5]
        )
        super().__init__(f"Monitors check from {region.code}, or did once: {names}.")


def save_region(row: Region, *, actor: str = "") -> Region:
    """Create or change a region. Raises ValidationError naming the field."""
    try:
        row.code = region_code(row.code)
    except ValueError as error:
        raise ValidationError({"code": str(error)}) from None
    row.full_clean()
    with transaction.atomic():
        row.save()
        record(region_changed(row, actor=actor))
    return row


def region_changed(row: Region, *, actor: str = "") -> Event:
    """Return the event of a created or changed region."""
    data = {"code": row.code, "name": row.name}
    return Event(event_types.REGION_CHANGED, data, actor=actor)


def delete_region(row: Region, *, actor: str = "") -> None:
    """Delete a region that no check was ever made from. Raises RegionInUseError."""
    event = Event(event_types.REGION_DELETED, {"code": row.code, "name": row.name}, actor=actor)
    with transaction.atomic():
        if Check.objects.filter(region=row).exists():
            raise RegionInUseError(row)
        row.delete()
        record(event)
