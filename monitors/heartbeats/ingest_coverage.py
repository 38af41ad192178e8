"""The coverage of ping ingestion: which processes receive pings, and gaps without any."""

from django.db import transaction
from django.db.models import Max, Min, Q

from monitors.models import Closure, Doorkeeper
from monitors.vantage_points import blind_vantages

GAP_AFTER_SECONDS = 3.0
"""Seconds without a sign of any receiving process from which on it is a gap."""
DELETED_AFTER_SECONDS = 60.0
"""Seconds without a sign after which a receiving process is deleted."""


def record_coverage(name: str, *, seen: float, region: str = "") -> None:
    """Record that everything that came to this process before `seen` is stored.

    The first to come back after all were gone records the gap. While the vantage point of
    `region` has no network there is a gap: what is sent does not reach us.
    """
    with transaction.atomic():
        blind = blind_vantages().filter(pk=region, names_only=False).first()
        if blind is not None:
            Doorkeeper.objects.filter(seen__gt=blind.blind_since).update(seen=blind.blind_since)
            return
        newest = Doorkeeper.objects.aggregate(newest=Max("seen"))["newest"]
        if newest is not None and seen - newest > GAP_AFTER_SECONDS:
            Closure.objects.create(began=newest, ended=seen)
        Doorkeeper.objects.update_or_create(name=name, defaults={"seen": seen})
        # Far behind: it is gone. Far ahead: it was gone before the clock was set back.
        expired = Q(seen__lt=seen - DELETED_AFTER_SECONDS) | Q(
            seen__gt=seen + DELETED_AFTER_SECONDS
        )
        Doorkeeper.objects.filter(expired).delete()


def complete_until(*, now: float) -> float | None:
    """Return the instant before which every ping is stored; None during a gap."""
    active = Doorkeeper.objects.filter(seen__gt=now - GAP_AFTER_SECONDS)
    earliest: float | None = active.aggregate(earliest=Min("seen"))["earliest"]
    return None if earliest is None else min(earliest, now)
