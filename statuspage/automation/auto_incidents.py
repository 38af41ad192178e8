"""From the monitors' verdicts to operators' alerts and incidents: a reader of the journal.

Reading, it only notes what is measured. Acting goes by time as well (delays, ends of windows), so
beat calls it with the clock, twice a second. Both work under the reader's own cursor row, so that
two of every process do each thing once; a killed one leaves nothing half done.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from components.dependencies import Graph, closure
from components.journal import Event, consume, position, record
from components.journal.event_types import EventType, Moves, event_type
from components.models import AutoIncident, Component, JournalCursor, JournalEntry
from components.optimistic_lock import ConflictError
from components.rollup import Evidence, component_status
from components.selectors import dependency_graph
from components.status import UNWELL, Status
from components.values.severity import Severity
from incidents.models import Incident
from incidents.selectors import open_incidents_of
from incidents.services import write_incident, write_update
from incidents.workflow import IncidentState
from monitors.event_types import MONITOR_STATE_CHANGED
from statuspage import event_types
from statuspage.automation import auto_incident_texts
from statuspage.automation.auto_incident_rules import (
    AlertState,
    Case,
    OwnIncident,
    Step,
    next_alert,
    next_deadline,
    next_step,
)
from statuspage.models import Watch
from statuspage.publishing.projector import gather_evidence

log = logging.getLogger(__name__)

READER = "automation"
RECHECK_INTERVAL = timedelta(seconds=10)
"""For what failed, and for anything that was changed without an entry in the journal."""
_ALERTS: dict[AlertState, EventType] = {
    AlertState.NONE: event_types.ALERT_RESOLVED,
    AlertState.RAISED: event_types.ALERT_RAISED,
    AlertState.MUTED: event_types.ALERT_MUTED,
    AlertState.SUPPRESSED: event_types.ALERT_SUPPRESSED,
}


def run(*, now: datetime) -> None:
    """Record what was measured since the last time, then do what is to be done by `now`."""
    consume(READER, record_measurements)
    act(now=now)


def record_measurements(entries: Sequence[JournalEntry]) -> list[Event]:
    """Store what the monitors report of every component that the entries may have moved."""
    moved = {
        entry.subject_id: _started_at(entry)
        for entry in entries
        if event_type(entry.kind).moves is Moves.MEASURED and entry.subject_id is not None
    }
    evidence = gather_evidence(moved)
    watches = Watch.objects.in_bulk(list(evidence))
    for pk, known in evidence.items():
        status = _measured(known)
        watch = watches.get(pk) or Watch(component_id=pk, since=moved[pk])
        if known.retired or status not in (Status.UNKNOWN, watch.known):
            watch.known, watch.since = status, moved[pk]
        watch.measured = status
        watch.save()
    return []


def _started_at(entry: JournalEntry) -> datetime:
    if entry.kind == MONITOR_STATE_CHANGED.name:
        return datetime.fromisoformat(entry.data["since"])
    return entry.at


def _measured(evidence: Evidence) -> Status:
    """Return what the monitors say by themselves. Without any, nothing is known by measuring."""
    if not evidence.votes:
        return Status.UNKNOWN
    return component_status(Evidence(votes=evidence.votes)).status


class AutomationRunner:
    """Runs the automation, but acts only when there can be something to do.

    Whatever bears upon a decision is journalled or comes with time. With hundreds of components
    broken and nothing new, looking at all of them twice a second is most of what beat does.
    """

    def __init__(self) -> None:
        self._position = -1
        self._acted_at = self._due = datetime.min.replace(tzinfo=UTC)

    def run(self, *, now: datetime) -> None:
        """As `run`."""
        consume(READER, record_measurements)
        # Read first: what is journalled from here on is looked at next time.
        newest = position(READER)
        if newest == self._position and self._acted_at <= now < self._due:
            return
        due = act(now=now)
        self._position, self._acted_at = newest, now
        self._due = min(now + RECHECK_INTERVAL, due or now + RECHECK_INTERVAL)


def act(*, now: datetime) -> datetime | None:
    """Raise, mute and resolve alerts; open, continue and resolve the machine's incidents.

    Return when time alone may next call for something.
    """
    if not _active_watches().exists():
        return None
    with transaction.atomic():
        # Another process that acts waits here, and then finds it done.
        JournalCursor.objects.select_for_update().get(reader=READER)
        contexts = _contexts()
        events = [event for context in contexts for event in _settle(context, now=now)]
        record(*events)
    deadlines = (next_deadline(context.case, now=now) for context in contexts)
    return min((at for at in deadlines if at), default=None)


def _active_watches() -> QuerySet[Watch]:
    return Watch.objects.select_related("component__group__parent", "incident").filter(
        Q(known__in=UNWELL)
        | ~Q(alert="")
        | Q(incident__machine_only=True, incident__resolved_at=None)
    )


@dataclass(frozen=True, slots=True)
class _ComponentContext:
    """A watch with all that bears upon it."""

    watch: Watch
    component: Component
    evidence: Evidence
    case: Case


def _contexts() -> list[_ComponentContext]:
    watches = list(_active_watches().order_by("pk"))
    evidence = gather_evidence([watch.pk for watch in watches])
    graph = dependency_graph()
    broken = _broken(watches, evidence)
    open_incidents = open_incidents_of({*broken, *evidence})
    return [
        _ComponentContext(
            watch,
            watch.component,
            evidence[watch.pk],
            _case(watch, evidence[watch.pk], graph, broken, open_incidents),
        )
        for watch in watches
        if watch.pk in evidence
    ]


def _broken(
    watches: Iterable[Watch], evidence: dict[int, Evidence]
) -> dict[int, tuple[Component, Status]]:
    """Return what can be to blame: measured or shown unwell, unless a person says otherwise."""
    derived = {
        each.pk: (each, Status(each.status)) for each in Component.objects.filter(status__in=UNWELL)
    }
    measured = {
        watch.pk: (watch.component, Status(watch.measured))
        for watch in watches
        if watch.measured in UNWELL and watch.pk in evidence and evidence[watch.pk].override is None
    }
    return {**derived, **measured}


def _case(
    watch: Watch,
    evidence: Evidence,
    graph: Graph,
    broken: dict[int, tuple[Component, Status]],
    open_incidents: dict[int, list[Incident]],
) -> Case:
    component, measured = watch.component, Status(watch.measured)
    roots = [
        broken[pk][0]
        for pk in closure(graph, watch.pk)
        if pk in broken
        and _explains(broken[pk][1], measured)
        # In a circle each would be excused by the other; the older one is not.
        and (watch.pk not in closure(graph, pk) or pk < watch.pk)
    ]
    own = watch.incident
    return Case(
        measured=measured,
        last_known=Status(watch.known),
        since=watch.since,
        alert=AlertState(watch.alert),
        alert_status=Status(watch.alert_status),
        roots=tuple(root.name for root in roots),
        roots_have_incident=any(
            root.auto_incident != AutoIncident.OFF or root.pk in open_incidents for root in roots
        ),
        dependent=bool(graph.get(watch.pk)),
        covered=bool(evidence.windows),
        retired=evidence.retired,
        by_hand=evidence.override is not None,
        has_other_incident=any(
            own is None or each.pk != own.pk for each in open_incidents.get(watch.pk, ())
        )
        or bool(own and own.resolved_at is None and not own.machine_only),
        may_open=component.auto_incident != AutoIncident.OFF,
        opening_delay=timedelta(seconds=component.opening_delay),
        closing_delay=timedelta(seconds=component.closing_delay),
        own_incident=OwnIncident(own.machine_only, own.resolved_at) if own else None,
        declared=Status(watch.said),
    )


def _explains(root: Status, dependant: Status) -> bool:
    """Whether trouble below accounts for trouble above: slowness is no cause of an outage."""
    return root is not Status.DEGRADED or dependant is Status.DEGRADED


def _settle(context: _ComponentContext, *, now: datetime) -> list[Event]:
    """Do what is due about one component. What fails is logged and does not hold up the others."""
    try:
        with transaction.atomic():
            events = [*_alert(context, now=now), *_incident(context, now=now)]
            if events:
                context.watch.save()
            return events
    except DatabaseError:
        raise
    except ConflictError:
        log.info("leaving the incident of %s to the person who has it", context.component)
    except Exception:
        log.exception("could not act on what was measured of %s", context.component)
    return []


def _alert(context: _ComponentContext, *, now: datetime) -> Iterable[Event]:
    watch, case = context.watch, context.case
    state = next_alert(case, now=now)
    if state is None:
        return
    was, watch.alert = watch.alert, state.value
    watch.alert_status = case.measured.value if state is AlertState.RAISED else Status.OPERATIONAL
    derived = component_status(Evidence(votes=context.evidence.votes))
    yield Event(
        _ALERTS[state],
        {
            "component_id": watch.pk,
            "name": context.component.name,
            "status": case.measured.value,
            "since": case.since.isoformat(),
            "reasons": [reason.text for reason in derived.reasons],
            "was": was,
            **({"windows": list(context.evidence.windows)} if state is AlertState.MUTED else {}),
            **({"by": list(case.roots)} if state is AlertState.SUPPRESSED else {}),
        },
        subject_id=watch.pk,
    )


def _incident(context: _ComponentContext, *, now: datetime) -> Iterable[Event]:
    step = next_step(context.case, now=now)
    if step is not None:
        yield _STEPS[step](context, now)
        context.watch.said = context.case.measured.value


def _open(context: _ComponentContext, now: datetime) -> Event:
    component, case, votes = context.component, context.case, context.evidence.votes
    title = auto_incident_texts.titles(component, case.measured)
    message = auto_incident_texts.opened(component, case, votes)
    incident, event = write_incident(
        Incident(
            title=title.own, titles=title.others,
            severity=auto_incident_texts.severity(component, case.measured),
            started_at=case.since,
            # A hidden component must not be named in public, not even by its own incident.
            published=component.auto_incident == AutoIncident.PUBLISH and component.is_public,
            machine_only=True,
        ),
        message=message.own, messages=message.others, impacts={component: case.measured}, now=now,
    )  # fmt: skip
    context.watch.incident = incident
    return event


def _reopen(context: _ComponentContext, now: datetime) -> Event:
    message = auto_incident_texts.opened(context.component, context.case, context.evidence.votes)
    return _write_update(context, now, IncidentState.INVESTIGATING, message, _severity(context))


def _append(context: _ComponentContext, now: datetime) -> Event:
    message = auto_incident_texts.changed(context.component, context.case, context.evidence.votes)
    return _write_update(context, now, IncidentState.INVESTIGATING, message, _severity(context))


def _resolve(context: _ComponentContext, now: datetime) -> Event:
    message = auto_incident_texts.ended(context.component, context.case)
    return _write_update(context, now, IncidentState.RESOLVED, message)


def _severity(context: _ComponentContext) -> Severity:
    return auto_incident_texts.severity(context.component, context.case.measured)


def _write_update(
    context: _ComponentContext,
    now: datetime,
    state: IncidentState,
    message: auto_incident_texts.Written,
    severity: Severity | None = None,
) -> Event:
    incident = context.watch.incident
    if incident is None:
        raise ConflictError("The incident was deleted.")
    _, event = write_update(
        incident,
        status=state,
        message=message.own,
        messages=message.others,
        impacts={} if context.case.retired else {context.component: context.case.measured},
        severity=severity,
        machine=True,
        now=now,
    )
    return event


_STEPS: dict[Step, Callable[[_ComponentContext, datetime], Event]] = {
    Step.OPEN: _open,
    Step.REOPEN: _reopen,
    Step.APPEND: _append,
    Step.RESOLVE: _resolve,
}
