"""What others may know of monitors."""

from collections.abc import Iterable

from components.rollup import Sighting
from components.status import Verdict
from monitors.models import Check, Result


def active_checks(component_ids: Iterable[int] | None = None) -> list[Check]:
    """Checks that are being made, with their monitors, of these components or of all."""
    rows = Check.objects.filter(due__isnull=False).select_related("monitor")
    if component_ids is not None:
        rows = rows.filter(monitor__component__in=list(component_ids))
    return list(rows.order_by("monitor__name", "region_id"))


def sighting(check: Check) -> Sighting:
    """A check's belief as the rollup takes it."""
    return Sighting(check.monitor.name, check.region_id, Verdict(check.verdict), check.message)


def latest_results(check: Check, *, limit: int = 20) -> list[Result]:
    """Newest first."""
    return list(Result.objects.filter(check_row=check).order_by("-at")[:limit])
