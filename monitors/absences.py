"""Absences of a region's probers: noticed and stored by the first one that is back."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Max

from monitors.models import Absence, Agent, Slot
from monitors.rules import evidence_age

GAP_SECONDS = 5.0
"""Seconds without a sign of any worker of a region from which on it is an absence. One that is well
gives a sign each second."""
AGENT_GAP_SECONDS = 15.0
"""The same of an agent, which asks for its assignments every five seconds."""
KEPT_SECONDS = 30 * 86_400.0
"""Longer than evidence of the longest interval lasts."""


def record(region: str, *, began: float, ended: float) -> None:
    """Store an absence; once, whoever else has noticed it."""
    Absence.objects.bulk_create(
        [Absence(region=region, began=began, ended=ended)], ignore_conflicts=True
    )


def of_regions(regions: Collection[str]) -> dict[str, list[evidence_age.Absence]]:
    """Return the absences of some regions."""
    found: dict[str, list[evidence_age.Absence]] = defaultdict(list)
    for row in Absence.objects.filter(region__in=regions):
        found[row.region].append(row.period)
    return found


def present_regions(*, now: float) -> set[str]:
    """Return the regions from which somebody probes at `now`."""
    beats = Slot.objects.order_by().values_list("region").annotate(Max("beat"))
    seen = Agent.objects.order_by().values_list("region").annotate(Max("seen"))
    workers = {region for region, beat in beats if beat >= now - GAP_SECONDS}
    return workers | {region for region, at in seen if at >= now - AGENT_GAP_SECONDS}


def prune(*, now: float) -> None:
    """Delete the absences that no evidence can have outlasted."""
    Absence.objects.filter(ended__lt=now - KEPT_SECONDS).delete()
