"""What one page shows of the one state that there is: pure, and without a query.

What a page does not select is not on it, in no dialect: no component, no incident or window that
touches none of its components, no name of one in what is left, no region or blind vantage point
that watches nothing of it. What names no component concerns everybody and stays; what names only
components that are hidden is nobody's but `main`'s.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from components.rollup import Member, overall_status
from components.status import Status, worst
from maintenance.lifecycle import WindowState
from statuspage.pages.face import Face, path_of, site_of
from statuspage.state.page_state import (
    BlockView,
    ChildView,
    ComponentView,
    FiguresView,
    GroupView,
    IdentityView,
    IncidentView,
    PageState,
    UpdateView,
    WindowView,
)

_NO_TIME = datetime.min.replace(tzinfo=UTC)


def shown_on(state: PageState, face: Face) -> PageState:
    """Return what a page shows of `state`, which is that of `main`."""
    selected = selected_on(state, face)
    components = selected.components
    status = _overall(components, selected.windows, selected.children)
    return replace(
        selected,
        status=status,
        since=_since(components, status),
        checked_at=min((each.checked_at for each in components if each.checked_at), default=None),
    )


def selected_on(state: PageState, face: Face) -> PageState:
    """Return what a page selects of `state`, which still says how all of `main` is.

    All that `shown_on` adds follows from this.
    """
    ids = None if face.component_ids is None else frozenset(face.component_ids)
    groups = tuple(kept for group in state.groups if (kept := _group(group, ids)) is not None)
    retired = tuple(each for each in state.retired if ids is None or each.id in ids)
    on_page = [each for group in groups for each in group.components]
    named = {each.name for each in (*on_page, *retired)}
    slugs = {each.slug for each in (*on_page, *retired)}
    if ids is not None:
        groups = tuple(_without_names(group, named) for group in groups)
        on_page = [each for group in groups for each in group.components]
    regions = {region.code for each in on_page for region in each.regions}
    blind = tuple(each for each in state.blind if each.region in regions)
    windows = _windows(state.windows, ids, named, slugs)
    return replace(
        state,
        face=face,
        faces=(),
        children=_children(state, face),
        site_name=face.name or state.site_name,
        site_url=site_of(state.site_url, face),
        appearance=face.appearance or state.appearance,
        announcements=face.announcements,
        languages=face.languages or state.languages,
        groups=groups,
        retired=retired,
        incidents=_incidents(state.incidents, ids, named),
        past_incidents=_incidents(state.past_incidents, ids, named),
        older_incidents=_incidents(state.older_incidents, ids, named),
        windows=windows,
        past_windows=_windows(state.past_windows, ids, named, slugs),
        older_windows=_windows(state.older_windows, ids, named, slugs),
        blocks=_blocks(state.blocks, ids, slugs),
        blind=blind,
        blind_everywhere=bool(regions) and regions <= {each.region for each in blind},
        region_codes=tuple(code for code in state.region_codes if code in regions),
        figures=FiguresView(),
        readers=(),
        identity=IdentityView(face.identity),
    )


def facts_of(state: PageState) -> PageState:
    """Return a state without the figures that every measurement moves, and without what follows
    from the rest for each page.

    Where what a page selects of these is the same, it says the same, and only its figures may be
    older.
    """
    return replace(
        state,
        status=Status.UNKNOWN,
        since=None,
        version=0,
        built_at=_NO_TIME,
        checked_at=None,
        evidence_due_seconds=0,
        figures=FiguresView(),
        readers=(),
        groups=tuple(
            replace(group, components=tuple(_component_facts(each) for each in group.components))
            for group in state.groups
        ),
    )


def _component_facts(component: ComponentView) -> ComponentView:
    return replace(
        component,
        uptime=None,
        latency_ms=None,
        checked_at=None if component.checked_at is None else _NO_TIME,
        days=(),
        response_ms=(),
        numbers=(),
        regions=tuple(
            replace(each, latency_ms=None, checked_at=None) for each in component.regions
        ),
    )


def _group(group: GroupView, ids: Collection[int] | None) -> GroupView | None:
    if ids is None:
        return group
    kept = tuple(each for each in group.components if each.id in ids)
    if not kept:
        return None
    return group if len(kept) == len(group.components) else replace(group, components=kept)


def _without_names(group: GroupView, named: Collection[str]) -> GroupView:
    """Return a group whose components name none that is not on the page."""
    if not any(each.affected_by or each.needs for each in group.components):
        return group
    kept = tuple(_knowing(each, named) for each in group.components)
    same = all(new is old for new, old in zip(kept, group.components, strict=True))
    return group if same else replace(group, components=kept)


def _knowing(component: ComponentView, named: Collection[str]) -> ComponentView:
    affected_by = _names(component.affected_by, named)
    needs = _names(component.needs, named)
    if affected_by == component.affected_by and needs == component.needs:
        return component
    note = f"Affected by {', '.join(affected_by)}." if affected_by else ""
    return replace(
        component,
        affected_by=affected_by,
        needs=needs,
        note=note if component.affected_by else component.note,
    )


def _names(names: Iterable[str], named: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in named)


def _incidents(
    incidents: tuple[IncidentView, ...], ids: Collection[int] | None, named: Collection[str]
) -> tuple[IncidentView, ...]:
    if ids is None:
        return incidents
    return tuple(
        narrowed_incident(each, named) for each in incidents if _touches(each.component_ids, ids)
    )


def narrowed_incident(incident: IncidentView, named: Collection[str]) -> IncidentView:
    """Return an incident that names no component but these."""
    return replace(
        incident,
        components=_names(incident.components, named),
        impacts=_declared(incident.impacts, named),
        updates=tuple(_update(each, named) for each in incident.updates),
    )


def _update(update: UpdateView, named: Collection[str]) -> UpdateView:
    return (
        replace(update, declared=_declared(update.declared, named)) if update.declared else update
    )


def _declared(
    declared: tuple[tuple[str, Status], ...], named: Collection[str]
) -> tuple[tuple[str, Status], ...]:
    return tuple((name, status) for name, status in declared if name in named)


def _touches(component_ids: Iterable[int], ids: Collection[int]) -> bool:
    component_ids = tuple(component_ids)
    return not component_ids or any(pk in ids for pk in component_ids)


def _windows(
    windows: tuple[WindowView, ...],
    ids: Collection[int] | None,
    named: Collection[str],
    slugs: Collection[str],
) -> tuple[WindowView, ...]:
    if ids is None:
        return windows
    return tuple(
        replace(
            each,
            components=_names(each.components, named),
            component_slugs=_names(each.component_slugs, slugs),
        )
        for each in windows
        if not each.components or any(slug in slugs for slug in each.component_slugs)
    )


def _blocks(
    blocks: tuple[BlockView, ...], ids: Collection[int] | None, slugs: Collection[str]
) -> tuple[BlockView, ...]:
    if ids is None:
        return blocks
    return tuple(
        replace(each, slugs=_names(each.slugs, slugs))
        for each in blocks
        if each.everything or any(slug in slugs for slug in each.slugs)
    )


def _overall(
    components: Iterable[ComponentView],
    windows: Iterable[WindowView],
    children: Iterable[ChildView],
) -> Status:
    members = [
        Member(each.name, each.status, counts=each.counts_for_overall, critical=each.critical)
        for each in components
    ]
    members += [Member(each.name, each.status) for each in children]
    in_progress = any(each.state == WindowState.IN_PROGRESS for each in windows)
    return overall_status(members, window_in_progress=in_progress).status


def _since(components: Iterable[ComponentView], status: Status) -> datetime | None:
    """Return since when the page has its status, as far as its components tell.

    Trouble lasts since the first of those that have some now; calm since the last change of all.
    """
    counted = [each for each in components if each.counts_for_overall and each.since is not None]
    unwell = [each.since for each in counted if each.status is not Status.OPERATIONAL]
    calm = status in (Status.OPERATIONAL, Status.MAINTENANCE)
    if calm:
        return max((each.since for each in counted if each.since), default=None)
    return min((since for since in unwell if since), default=None)


def _children(state: PageState, face: Face) -> tuple[ChildView, ...]:
    """Return the pages that this one lists, each as one row with the worst of all it shows."""
    return tuple(
        ChildView(
            slug=child.slug,
            name=child.name or child.slug,
            status=_worst_shown(state, child, seen=frozenset({face.slug, child.slug})),
            address=f"{site_of(state.site_url, child).rstrip('/')}{path_of(child.root, '/status')}",
        )
        for child in state.faces
        if child.parent == face.slug and _may_be_named(child, face)
    )


def _may_be_named(child: Face, parent: Face) -> bool:
    """Whether a page is listed by its parent: no public page tells of a private one."""
    return parent.is_private or not child.is_private


def _worst_shown(state: PageState, face: Face, *, seen: frozenset[str]) -> Status:
    ids = face.component_ids
    statuses = [each.status for each in state.components if ids is None or each.id in ids]
    below = [
        _worst_shown(state, child, seen=seen | {child.slug})
        for child in state.faces
        if child.parent == face.slug and child.slug not in seen and _may_be_named(child, face)
    ]
    return worst([*statuses, *below], default=Status.OPERATIONAL)
