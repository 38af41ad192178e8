"""Gathers what the page may show, in a number of queries that does not grow with the page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from components.database.prepared_rows import PreparedRows
from components.dependencies import Graph, closure
from components.journal import position
from components.languages.names import offered_languages
from components.models import Group
from components.models.catalogue import group_path
from components.models.translations import by_language
from components.selectors import dependency_graph
from components.status import UNWELL, Status
from components.uptime.layers import Policy
from components.uptime.periods import uptime_percent
from incidents.models import Incident, Update
from incidents.selectors import last_incidents, public_incidents
from monitors.history.hourly_latency import hourly_means
from monitors.models import Region
from monitors.readers.selectors import reader_figures
from monitors.rules.check_state import FRESH_INTERVALS
from statuspage.pages.appearance import USUAL
from statuspage.pages.face import MAIN
from statuspage.state.component_row import ComponentRow, nameable_rows
from statuspage.state.display_names import Named, duplicates, names_apart
from statuspage.state.faces import announced_at, faces_of, look_of, read_pages
from statuspage.state.figures import figures_of
from statuspage.state.freshness import (
    Freshness,
    all_blind,
    blind_views,
    freshness,
)
from statuspage.state.number_views import number_views
from statuspage.state.page_state import (
    ComponentView,
    GroupView,
    IdentityView,
    IncidentView,
    PageState,
    UpdateView,
)
from statuspage.state.uptime_history import History, histories
from statuspage.state.windows import window_fields

HISTORY_DAYS = 90
PAST_INCIDENT_DAYS = 14
NEWEST_INCIDENTS = 50
EVIDENCE_DUE_SECONDS = 60
READER = "projector"
_regions = PreparedRows(lambda: Region.objects.values_list("code", "name"))


def gather(*, now: datetime) -> PageState:
    """Return the state of `main` at `now`, with all faces.

    What is hidden, drafted or internal is left behind here.
    """
    # First of all, so that whatever is committed meanwhile is shown now or by the next version.
    version = position(READER)
    first = now.date() - timedelta(days=HISTORY_DAYS - 1)
    page_row, other_pages = read_pages()
    look = look_of(page_row) or USUAL
    announced = announced_at(now)
    rows = nameable_rows()
    components = [each for each in rows if each.retired_at is None]
    retired = [each for each in rows if each.retired_at is not None]
    _name_apart(components)
    _name_retired_apart(retired, components)
    named_components = {component.pk: component for component in (*components, *retired)}
    names = {component.pk: component.name for component in components}
    all_names = {pk: component.name for pk, component in named_components.items()}
    regions = dict(_regions())
    fresh = freshness(regions)
    shown = [fresh[pk] for pk in names if pk in fresh]
    policies = {component.pk: Policy(component.uptime_policy) for component in components}
    past = histories(first=first, end=now, policies=policies)
    graph = dependency_graph()
    affected = _affected_by(components, graph)
    last_incidents_at = last_incidents()
    hourly = hourly_means()
    sent = number_views(fresh, now=now)
    views: dict[int | None, list[ComponentView]] = defaultdict(list)
    for component in components:
        views[component.group_id].append(
            _component_view(
                component,
                past.get(component.pk),
                fresh.get(component.pk),
                affected.get(component.pk, ()),
                needs=tuple(names[pk] for pk in graph.get(component.pk, ()) if pk in names),
                last_incident_at=last_incidents_at.get(component.pk),
                response_ms=hourly.get(component.pk, ()),
                numbers=sent.get(component.pk, ()),
            )
        )
    blind = blind_views()
    readers = tuple(reader_figures(now=now.timestamp()))
    since = now - timedelta(days=PAST_INCIDENT_DAYS)
    incidents = [
        incident_view(incident, all_names)
        for incident in public_incidents(resolved_since=since, newest=NEWEST_INCIDENTS)
    ]
    return PageState(
        version=version,
        built_at=now,
        site_name=look.name or settings.STATUSPAGE.site_name,
        site_url=settings.STATUSPAGE.site_url,
        demo=page_row.demo,
        languages=offered_languages(page_row.languages),
        status=Status(page_row.status),
        since=page_row.status_since,
        checked_at=min((item.checked_at for item in shown if item.checked_at), default=None),
        history_from=first,
        today=now.date(),
        groups=_group_views(views),
        incidents=tuple(view for view in incidents if view.resolved_at is None),
        past_incidents=tuple(view for view in incidents if _ended_since(view, since)),
        older_incidents=tuple(
            view
            for view in incidents
            if view.resolved_at is not None and not _ended_since(view, since)
        ),
        **window_fields(named_components, now=now),
        evidence_due_seconds=max(
            EVIDENCE_DUE_SECONDS,
            *(FRESH_INTERVALS * item.longest_interval for item in shown),
            0,
        ),
        blind=blind,
        blind_everywhere=all_blind(blind, shown),
        region_codes=tuple(regions),
        appearance=look,
        figures=figures_of(readers),
        readers=readers,
        identity=IdentityView(
            str(page_row.identity), page_row.former_site_url, page_row.former_until
        ),
        retired=tuple(
            _component_view(each, None, None, (), last_incident_at=last_incidents_at.get(each.pk))
            for each in retired
        ),
        announcements=announced.get(MAIN, ()),
        faces=faces_of(other_pages, rows, announced),
    )


def _name_apart(components: list[ComponentRow]) -> None:
    """Give each a display name of its own, in memory alone."""
    if not duplicates([component.name for component in components]):
        return
    groups = dict(Group.objects.values_list("pk", "name"))
    shown = {
        each.pk: Named(each.name, each.slug, groups.get(each.group_id or 0, ""))
        for each in components
    }
    names = names_apart(shown)
    for component in components:
        component.name = names[component.pk]


def _name_retired_apart(retired: list[ComponentRow], components: list[ComponentRow]) -> None:
    """Give each retired one a display name of its own, in memory alone; the others keep theirs."""
    taken = {component.name for component in components}
    for each in retired:
        if each.name in taken:
            each.name = f"{each.name} (retired)"
        if each.name in taken:
            each.name = f"{each.name}, {each.slug}"
        taken.add(each.name)


def _ended_since(view: IncidentView, since: datetime) -> bool:
    return view.resolved_at is not None and view.resolved_at >= since


def _affected_by(components: Iterable[ComponentRow], graph: Graph) -> dict[int, tuple[str, ...]]:
    """Return, per component, the names of the public ones that it needs and that are not well."""
    unwell = {each.pk: each.name for each in components if Status(each.status) in UNWELL}
    if not unwell:
        return {}
    return {
        pk: tuple(unwell[needed] for needed in closure(graph, pk) if needed in unwell)
        for pk in graph
    }


def _component_view(
    component: ComponentRow,
    past: History | None,
    fresh: Freshness | None,
    affected_by: tuple[str, ...],
    **more: Any,
) -> ComponentView:
    by_staff = past is not None and past.by_hand
    return ComponentView(
        id=component.pk,
        slug=component.slug,
        name=component.name,
        description=component.description,
        status=Status(component.status),
        since=component.status_since,
        note=f"Affected by {', '.join(affected_by)}." if affected_by else "",
        uptime=uptime_percent(past.totals, maintenance_counts=component.maintenance_counts)
        if past
        else None,
        maintenance_counts=component.maintenance_counts,
        latency_ms=fresh.latency_ms if fresh else None,
        checked_at=fresh.checked_at if fresh else None,
        first_known_on=past.first_known_on if past else None,
        known_from=past.known_from if past else None,
        basis=Policy.DECLARED if by_staff else Policy(component.uptime_policy),
        by_staff=by_staff,
        days=past.days if past else (),
        counts_for_overall=component.counts_for_overall,
        created_at=component.created_at,
        updated_at=max(component.updated_at, component.status_since or component.updated_at),
        affected_by=affected_by,
        regions=fresh.regions if fresh else (),
        critical=component.critical,
        by_hand=bool(component.status_override),
        former_slugs=tuple(component.former_slugs),
        retired_at=component.retired_at,
        only_when_wrong=component.only_when_wrong,
        **more,
    )


def _group_views(views: dict[int | None, list[ComponentView]]) -> tuple[GroupView, ...]:
    rows = list(Group.objects.filter(visible=True))
    place = {group.pk: number for number, group in enumerate(rows)}
    names = {group.pk: group.name for group in rows}
    # What is part of a group follows it. Dialects know no groups in groups: its name says so.
    rows.sort(key=lambda group: (place.get(group.parent_id or 0, place[group.pk]),
                                 group.parent_id is not None))  # fmt: skip
    groups = [
        GroupView(
            group.pk,
            group_path(group.name, names.get(group.parent_id or 0, "")),
            group.description,
            group.collapsed,
            tuple(views[group.pk]),
            open_when_wrong=group.open_when_wrong,
            slug=group.slug or "",
        )
        for group in rows
        if group.pk in views
    ]
    if None in views:
        groups.append(GroupView(None, "", "", False, tuple(views[None])))
    return tuple(groups)


def incident_view(incident: Incident, names: dict[int, str]) -> IncidentView:
    """Return an incident as the public sees it; `names` are those of the public components."""
    impacts = {each.component_id: Status(each.status) for each in incident.impacts.all()}
    postmortem = getattr(incident, "postmortem", None)
    if postmortem is not None and postmortem.published_at is None:
        postmortem = None
    return IncidentView(
        id=incident.pk,
        title=incident.title,
        severity=incident.severity,
        status=incident.status,
        components=tuple(names[pk] for pk in impacts if pk in names),
        started_at=incident.started_at,
        resolved_at=incident.resolved_at,
        updates=tuple(_update_view(update, names) for update in incident.updates.all()),
        reference=incident.reference,
        regions=tuple(incident.regions),
        component_ids=tuple(impacts),
        titles=by_language(incident.titles),
        impacts=_named(impacts, names),
        postmortem=postmortem is not None,
        report=tuple((name, text) for name, text in postmortem.parts() if text)
        if postmortem
        else (),
        created_at=incident.created_at,
        updated_at=incident.updated_at,
    )


def _update_view(update: Update, names: Mapping[int, str]) -> UpdateView:
    return UpdateView(
        update.pk,
        update.status,
        update.message,
        update.created_at,
        declared=_named(update.declared(), names),
        messages=by_language(update.messages),
    )


def _named(
    declared: Mapping[int, Status], names: Mapping[int, str]
) -> tuple[tuple[str, Status], ...]:
    return tuple((names[pk], status) for pk, status in declared.items() if pk in names)
