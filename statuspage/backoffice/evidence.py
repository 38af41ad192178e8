"""What is measured against resolving an incident: the people who do it are asked once."""

from collections.abc import Iterable
from datetime import UTC

from components.models import Component, StatusPeriod
from components.rollup import Evidence, component_status
from components.status import Status
from statuspage.publishing.projector import gather_evidence


def measured_outages(component_ids: Iterable[int]) -> list[str]:
    """Return a sentence for each of the components that monitors say is in a Major Outage."""
    ids = set(component_ids)
    if not ids:
        return []
    down = [
        pk for pk, known in gather_evidence(ids).items()
        if known.votes
        and component_status(Evidence(votes=known.votes)).status is Status.MAJOR_OUTAGE
    ]  # fmt: skip
    if not down:
        return []
    rows = Component.objects.filter(pk__in=down).order_by("name")
    periods = StatusPeriod.objects.filter(
        component__in=down, ended_at=None, status=Status.MAJOR_OUTAGE
    )
    since = dict(periods.values_list("component_id", "started_at"))
    return [
        f"{each.name} is still measured as {Status.MAJOR_OUTAGE.label}"
        + (f", since {since[each.pk].astimezone(UTC):%H:%M} UTC" if each.pk in since else "")
        + "."
        for each in rows
    ]
