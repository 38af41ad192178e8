"""Gathers a month of what a page shows from the records: in six queries, however large the page is.

Names come from the page's state, which knows no hidden component. A report that was frozen keeps
its names, groups and policies in later revisions: only what happened is looked at anew.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q

from components.history.selectors import combined_periods
from components.models import Component, DeclaredPeriod
from components.status import Status
from components.uptime.layers import Policy, Source
from components.uptime.periods import Period
from components.values.instants import iso
from incidents.models import Impact, Incident
from statuspage.pages.face import path_of
from statuspage.reports.document import (
    FORMAT,
    MonthlyReportJson,
    ReportComponentJson,
    ReportGroupJson,
    ReportPageJson,
    ReportRowJson,
    row,
)
from statuspage.reports.month import Part, Span, counted, disturbed, parts_of, together
from statuspage.state.page_state import PageState

OVERALL = "overall"
"""The policy of several components together."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A component as a report has it."""

    id: int
    slug: str
    name: str
    group: str
    critical: bool
    counts: bool
    policy: Policy = Policy.WORST
    maintenance_counts: bool = False


@dataclass(frozen=True, slots=True)
class _Month:
    """What one component was."""

    subject: Subject
    periods: Sequence[Period]
    parts: Mapping[Status, int]
    incidents: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        return any(self.parts[status] for status in self.parts if status is not Status.UNKNOWN)


def shown_ids(state: PageState) -> frozenset[int]:
    """Return the ids of the components that a page may name."""
    return frozenset(each.id for each in state.nameable)


def month_report(state: PageState, span: Span) -> MonthlyReportJson | None:
    """Return a page's report of a month, not frozen; None when nothing is known of the month."""
    return _report(state, span, _subjects(state))


def month_again(first: MonthlyReportJson, state: PageState, span: Span) -> MonthlyReportJson | None:
    """Return a report that was frozen as `first` by what is known today. What the page does not
    show any more is left out."""
    shown = shown_ids(state)
    subjects = [
        Subject(
            id=each["id"],
            slug=each["slug"],
            name=each["name"],
            group=each["group"],
            critical=each["critical"],
            counts=each["counts_for_overall"],
            policy=Policy(each["policy"]),
            maintenance_counts=each["maintenance"] == "counted",
        )
        for each in first["components"]
        if each["id"] in shown
    ]
    made = _report(state, span, subjects)
    return None if made is None else {**made, "page": first["page"], "demo": first["demo"]}


def _subjects(state: PageState) -> list[Subject]:
    found = [
        Subject(
            id=each.id,
            slug=each.slug,
            name=each.name,
            group=group.name,
            critical=each.critical,
            counts=each.counts_for_overall,
        )
        for group in state.groups
        for each in group.components
    ]
    found += [
        Subject(
            id=each.id,
            slug=each.slug,
            name=each.name,
            group="",
            critical=each.critical,
            counts=each.counts_for_overall,
        )
        for each in state.retired
    ]
    chosen: dict[int, tuple[str, bool]] = {
        pk: (policy, counts)
        for pk, policy, counts in Component.objects.filter(
            pk__in=[each.id for each in found]
        ).values_list("pk", "uptime_policy", "maintenance_counts")
    }
    return [
        replace(each, policy=Policy(chosen[each.id][0]), maintenance_counts=chosen[each.id][1])
        for each in found
        if each.id in chosen
    ]


def _report(state: PageState, span: Span, subjects: Sequence[Subject]) -> MonthlyReportJson | None:
    months = [each for each in _months(subjects, span) if each.is_known]
    if not months:
        return None
    groups: dict[str, list[_Month]] = defaultdict(list)
    for each in months:
        if each.subject.group:
            groups[each.subject.group].append(each)
    root = state.site_url.rstrip("/")
    return {
        "format": FORMAT,
        "page": ReportPageJson(
            slug=state.face.slug,
            name=state.site_name,
            address=f"{root}{path_of(state.face.root, '/status')}",
        ),
        "demo": state.demo,
        "month": f"{span.first:%Y-%m}",
        "from": iso(span.start),
        "until": iso(span.end),
        "seconds": span.seconds,
        "overall": _joint([each for each in months if each.subject.counts], span),
        "groups": [
            ReportGroupJson(name=name, **_joint(held, span)) for name, held in groups.items()
        ],
        "components": [_component(each) for each in months],
        "revision": 0,
        "frozen_at": None,
        "reason": "",
        "previous": None,
    }


def _component(month: _Month) -> ReportComponentJson:
    subject = month.subject
    figures = row(
        dict(month.parts),
        policy=subject.policy.value,
        maintenance_counts=subject.maintenance_counts,
        incidents=list(month.incidents),
    )
    return ReportComponentJson(
        id=subject.id,
        slug=subject.slug,
        name=subject.name,
        group=subject.group,
        critical=subject.critical,
        counts_for_overall=subject.counts,
        **figures,
    )


def _joint(months: Sequence[_Month], span: Span) -> ReportRowJson:
    periods = together([Part(each.periods, each.subject.critical) for each in months], span)
    references = {reference for each in months for reference in each.incidents}
    return row(parts_of(periods, span), policy=OVERALL, incidents=sorted(references))


def _months(subjects: Sequence[Subject], span: Span) -> list[_Month]:
    ids = [each.id for each in subjects]
    policies = {each.id: each.policy for each in subjects}
    periods = combined_periods(ids, since=span.start, until=span.end, policies=policies)
    incidents = _incidents(policies, periods, span)
    return [
        _Month(
            each,
            periods.get(each.id, []),
            parts_of(periods.get(each.id, []), span),
            tuple(sorted(incidents[each.id])),
        )
        for each in subjects
    ]


def _incidents(
    policies: Mapping[int, Policy], periods: Mapping[int, Sequence[Period]], span: Span
) -> dict[int, set[str]]:
    """Return the references of the incidents that counted, by component.

    Those of people counted where what they declared is what held; those that the machine alone
    spoke in declare nothing, and counted where what was measured was not operational.
    """
    declared = list(
        DeclaredPeriod.objects.filter(
            _touching(span, "started_at", "ended_at"),
            component__in=list(policies),
            source__in=[Source.INCIDENT, Source.BY_HAND],
            withdrawn_at=None,
        )
    )
    by_hand: dict[int, list[Period]] = defaultdict(list)
    for each in declared:
        if each.source == Source.BY_HAND:
            by_hand[each.component_id].append(_period(each))
    references = _published({each.incident_id for each in declared if each.incident_id})
    found: dict[int, set[str]] = defaultdict(set)
    for each in declared:
        pk, period = each.component_id, _period(each)
        if each.incident_id not in references:
            continue
        if policies[pk] is Policy.MEASURED and not _during(by_hand[pk], period):
            continue
        if counted(periods.get(pk, []), period, span):
            found[pk].add(references[each.incident_id])
    for impact in _of_the_machine(policies, span):
        incident, pk = impact.incident, impact.component_id
        during = Period(Status(impact.status), incident.started_at, incident.resolved_at)
        if disturbed(periods.get(pk, []), during, span):
            found[pk].add(incident.reference)
    return found


def _published(incident_ids: Collection[int]) -> dict[int | None, str]:
    rows = Incident.objects.filter(pk__in=incident_ids, published=True)
    return dict(rows.values_list("pk", "reference"))


def _of_the_machine(policies: Mapping[int, Policy], span: Span) -> Iterable[Impact]:
    measured = [pk for pk, policy in policies.items() if policy is not Policy.DECLARED]
    return Impact.objects.filter(
        _touching(span, "incident__started_at", "incident__resolved_at"),
        component__in=measured,
        incident__published=True,
        incident__machine_only=True,
    ).select_related("incident")


def _touching(span: Span, starts: str, ends: str) -> Q:
    """Return the condition that something touches a span."""
    over = Q(**{ends: None}) | Q(**{f"{ends}__gt": span.start})
    return over & Q(**{f"{starts}__lt": span.end})


def _period(row: DeclaredPeriod) -> Period:
    return Period(Status(row.status), row.started_at, row.ended_at)


def _during(periods: Iterable[Period], other: Period) -> bool:
    return any(
        (other.end is None or each.start < other.end)
        and (each.end is None or other.start < each.end)
        for each in periods
    )
