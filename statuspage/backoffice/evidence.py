"""What is measured: it fills in a new incident, and speaks against resolving one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext

from components.backoffice.local_times import local_clock
from components.models import Component, StatusPeriod
from components.rollup import Evidence, component_status
from components.status import Status, Verdict
from components.values.severity import Severity
from monitors.models import Check
from statuspage.publishing.projector import gather_evidence

_SEVERITIES = {
    Status.MAJOR_OUTAGE: Severity.CRITICAL,
    Status.PARTIAL_OUTAGE: Severity.MAJOR,
    Status.DEGRADED: Severity.MINOR,
}
"""Of an incident whose worst component is like this."""
_TITLES = {
    Status.MAJOR_OUTAGE: "{} is unavailable",
    Status.PARTIAL_OUTAGE: "{} is partly unavailable",
    Status.DEGRADED: "{} has reduced performance",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What monitors say of some components, as far as something is wrong."""

    statuses: dict[int, Status]
    title: str = ""
    severity: Severity | None = None
    since: datetime | None = None
    reason: str = ""


def measured_trouble(component_ids: Iterable[int]) -> Measured:
    """Return what is wrong with components by their monitors alone, for a new incident."""
    ids = list(component_ids)
    statuses = {
        pk: component_status(Evidence(votes=known.votes)).status
        for pk, known in (gather_evidence(ids) if ids else {}).items()
        if known.votes
    }
    wrong = {pk: status for pk, status in statuses.items() if status in _TITLES}
    if not wrong:
        return Measured({})
    worst = max(wrong.values(), key=lambda status: status.rank)
    rows = Component.objects.filter(pk__in=wrong)
    names = {each.pk: each.name for each in rows}
    first = next(pk for pk in ids if wrong.get(pk) is worst)
    checks = Check.objects.filter(
        monitor__component__in=wrong, due__isnull=False,
        verdict__in=[Verdict.DOWN, Verdict.DEGRADED],
    ).order_by("since")  # fmt: skip
    begun = checks.first()
    title = _TITLES[worst].format(names[first])
    return Measured(
        wrong,
        title=title if len(wrong) == 1 else f"{title}, and {len(wrong) - 1} more",
        severity=_SEVERITIES[worst],
        since=datetime.fromtimestamp(int(begun.since), UTC) if begun and begun.since else None,
        reason=begun.message if begun else "",
    )


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
    label = gettext(Status.MAJOR_OUTAGE.label)
    return [
        gettext("{name} is still measured as {label}, since {time}.").format(
            name=each.name, label=label, time=local_clock(since[each.pk])
        )
        if each.pk in since
        else gettext("{name} is still measured as {label}.").format(name=each.name, label=label)
        for each in rows
    ]
