"""How the two layers of a component's history add up: what was measured, what people declared.

Neither layer overwrites the other. Measured are the periods that monitors and maintenance windows
made. Declared are the impacts of incidents, statuses set by hand, corrections, windows that were
entered when they had begun already, and what another product knew before (imported). While a
component has no monitors it is run by hand: nothing is measured, and it is operational unless
somebody declares otherwise.

Within the declared layer the later word counts: a correction says more than a status set by hand,
and that more than incidents, windows that were entered afterwards and what was imported, of which
the worst counts. Which layer a figure follows is the component's policy.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from components.status import Status, worst
from components.uptime.periods import Period


class Source(StrEnum):
    """What a declared period comes from."""

    CORRECTION = "correction"
    OVERRIDE = "override"
    INCIDENT = "incident"
    WINDOW = "window"
    """Maintenance from before it was written down; from then on it is measured."""
    BY_HAND = "by_hand"
    """The time in which a component had no monitors."""
    IMPORTED = "imported"
    """What another product knew of the time before; see `components.history.imported`."""

    @property
    def label(self) -> str:
        return _SOURCE_LABELS[self]


_SOURCE_LABELS = {
    Source.CORRECTION: "Correction",
    Source.OVERRIDE: "Manual status",
    Source.INCIDENT: "Incident",
    Source.WINDOW: "Maintenance entered afterwards",
    Source.BY_HAND: "Operated manually",
    Source.IMPORTED: "Imported",
}


class Policy(StrEnum):
    """The layer that a component's uptime follows."""

    WORST = "worst"
    MEASURED = "measured"
    DECLARED = "declared"

    @property
    def label(self) -> str:
        return _POLICY_LABELS[self]


_POLICY_LABELS = {
    Policy.WORST: "The worse of what was measured and what was declared",
    Policy.MEASURED: "What was measured",
    Policy.DECLARED: "What was declared",
}


@dataclass(frozen=True, slots=True)
class DeclaredSpan:
    """People declared `status` for `[start, end)`; `end` None means until now."""

    source: Source
    status: Status
    start: datetime
    end: datetime | None
    number: int = 0
    """Of two corrections, and of two statuses set by hand, the greater number counts."""


def combine(
    measured: Sequence[Period], declared: Iterable[DeclaredSpan], *, policy: Policy
) -> list[Period]:
    """Return the periods that both layers add up to: ordered, not overlapping, neighbours differ.

    `measured` is ordered; of two that overlap the first counts. What neither layer knows belongs
    to no period.
    """
    spans = sorted(declared, key=lambda each: each.start)
    if not spans and (policy is not Policy.DECLARED or not measured):
        return list(_joined(_without_overlap(measured)))
    return list(_joined(_sweep(list(_without_overlap(measured)), spans, policy)))


def _without_overlap(measured: Iterable[Period]) -> Iterator[Period]:
    until: datetime | None = None
    for period in measured:
        begin = period.start if until is None else max(period.start, until)
        if period.end is not None and period.end <= begin:
            continue
        yield period if begin == period.start else Period(period.status, begin, period.end)
        if period.end is None:
            return
        until = period.end


def _sweep(measured: list[Period], spans: list[DeclaredSpan], policy: Policy) -> Iterator[Period]:
    """Yield a period for each stretch between two instants at which something begins or ends."""
    both: list[Period | DeclaredSpan] = [*measured, *spans]
    instants = sorted(
        {each.start for each in both} | {each.end for each in both if each.end is not None}
    )
    ends: list[datetime | None] = [*instants[1:], None]
    active: list[DeclaredSpan] = []
    next_span = next_period = 0
    current: Period | None = None
    for begin, end in zip(instants, ends, strict=True):
        while next_span < len(spans) and spans[next_span].start <= begin:
            active.append(spans[next_span])
            next_span += 1
        active = [each for each in active if each.end is None or each.end > begin]
        if current is not None and current.end is not None and current.end <= begin:
            current = None
        if next_period < len(measured) and measured[next_period].start <= begin:
            current = measured[next_period]
            next_period += 1
        status = status_of_layers(current.status if current else None, active, policy=policy)
        if status is not None:
            yield Period(status, begin, end)


def _joined(periods: Iterable[Period]) -> Iterator[Period]:
    """Yield neighbours of one status as one."""
    held: Period | None = None
    for period in periods:
        if held is not None and held.end == period.start and held.status is period.status:
            held = Period(held.status, held.start, period.end)
            continue
        if held is not None:
            yield held
        held = period
    if held is not None:
        yield held


def status_of_layers(
    measured: Status | None, declared: Sequence[DeclaredSpan], *, policy: Policy
) -> Status | None:
    """Return the status at an instant; None when neither layer says anything.

    An explicit word of people fills what monitors do not know. Where people say nothing, monitors
    are not doubted: by the policy `declared` a component that is watched at all is operational
    then. While it is run by hand the declared layer counts under every policy.
    """
    spoken = declared_status(declared)
    by_hand = any(each.source is Source.BY_HAND for each in declared)
    if policy is Policy.MEASURED and (measured is not None or not by_hand):
        return measured
    base = measured if measured is not None else (Status.OPERATIONAL if by_hand else None)
    if policy is Policy.DECLARED:
        if spoken is not None or base is None:
            return spoken
        return Status.OPERATIONAL
    if spoken is None:
        return base
    if base is None or base is Status.UNKNOWN:
        return spoken
    return worst((base, spoken))


def declared_status(declared: Iterable[DeclaredSpan]) -> Status | None:
    """Return what people say at an instant, given all that is declared for it; None for nothing."""
    by_source: dict[Source, list[DeclaredSpan]] = {}
    for each in declared:
        by_source.setdefault(each.source, []).append(each)
    for source in (Source.CORRECTION, Source.OVERRIDE):
        if source in by_source:
            return max(by_source[source], key=lambda each: each.number).status
    told = (Source.INCIDENT, Source.WINDOW, Source.IMPORTED)
    events = [each for source in told for each in by_source.get(source, ())]
    return worst(each.status for each in events) if events else None


def policy_choices() -> list[tuple[str, str]]:
    return [(policy.value, policy.label) for policy in Policy]


def source_choices() -> list[tuple[str, str]]:
    return [(source.value, source.label) for source in Source]
