"""Changes to the catalogue: each one transaction, journalled last."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from components.journal import Event, event_types, record
from components.journal.hold import UNDOES, hold_of, with_hold
from components.journal.undo import check_unchanged, read_values, set_values
from components.models import Component, Group, JournalEntry
from components.optimistic_lock import ConflictError, bump_version
from components.ordering import STEP
from components.selectors import refuse_cycle
from components.status import Status

MAX_FORMER_SLUGS = 20
OVERRIDE_FIELDS = ("status_override", "override_note")


def catalogue_entry(component: Component) -> dict[str, Any]:
    """Return the journal's data of a component, enough to replay the catalogue from it."""
    return {
        "component_id": component.pk,
        "slug": component.slug,
        "name": component.name,
        "description": component.description,
        "group_id": component.group_id,
        "sort_order": component.sort_order,
        "visible": component.visible,
        "counts_for_overall": component.counts_for_overall,
        "critical": component.critical,
        "auto_incident": component.auto_incident,
        "uptime_policy": component.uptime_policy,
        "status": component.status,
    }


def group_entry(group: Group) -> dict[str, Any]:
    """Return the journal's data of a group, enough to replay the catalogue from it."""
    return {
        "group_id": group.pk,
        "name": group.name,
        "slug": group.slug or "",
        "description": group.description,
        "sort_order": group.sort_order,
        "collapsed": group.collapsed,
        "open_when_wrong": group.open_when_wrong,
        "visible": group.visible,
        "parent_id": group.parent_id,
    }


def component_changed(component: Component, *, actor: str = "") -> Event:
    """Return the event of a created or changed component."""
    # The entry of a component that has just been hidden is still hidden news: the page simply
    # loses it with the next snapshot, and nobody reads its name on the stream.
    return Event(
        event_types.COMPONENT_CHANGED,
        catalogue_entry(component),
        subject_id=component.pk,
        actor=actor,
        hidden=not component.is_public,
    )


def group_changed(group: Group, *, actor: str = "") -> Event:
    """Return the event of a created or changed group."""
    return Event(
        event_types.GROUP_CHANGED,
        group_entry(group),
        subject_id=group.pk,
        actor=actor,
        hidden=not group.is_shown,
    )


def save_group(
    group: Group,
    *,
    members: Iterable[Component] | None = None,
    seen_version: int | None = None,
    actor: str = "",
) -> Group:
    """Create or change a group. Raises ValidationError naming the field.

    `members` are all that it has from now on; None leaves them as they are. With `seen_version`,
    raises ConflictError when it was changed since.
    """
    with transaction.atomic():
        if group.parent_id is not None:
            # Both, in one order: else two could become parts of each other at once.
            pks = [pk for pk in (group.pk, group.parent_id) if pk]
            rows = Group.objects.select_for_update(of=("self",)).select_related("parent")
            locked = {row.pk: row for row in rows.filter(pk__in=pks).order_by("pk")}
            group.parent = locked.get(group.parent_id, group.parent)
        group.full_clean()
        if not group._state.adding:
            bump_version(group, expected=seen_version)
        group.save()
        moved = [] if members is None else _move_into(group, list(members))
        record(
            group_changed(group, actor=actor),
            *(component_changed(each, actor=actor) for each in moved),
        )
    return group


def _move_into(group: Group, members: Sequence[Component]) -> list[Component]:
    """Make these components all that a group has; return those that moved in or out."""
    pks = [each.pk for each in members]
    rows = Component.objects.select_for_update(of=("self",)).filter(
        Q(pk__in=pks) | Q(group=group, retired_at=None)
    )
    moved = [
        each for each in rows.order_by("pk") if (each.group_id == group.pk) != (each.pk in pks)
    ]
    for each in moved:
        each.group = group if each.pk in pks else None
        store_component(each)
    return moved


def reorder(rows: Sequence[Component] | Sequence[Group], *, actor: str = "") -> None:
    """Set the order of groups, or of the components of one, to that given."""
    places = {row.pk: number * STEP for number, row in enumerate(rows, 1)}
    # Claimed by id, so that of two who put the same in order neither waits for the other's rows.
    moved = sorted((row for row in rows if row.sort_order != places[row.pk]), key=lambda r: r.pk)
    events = []
    with transaction.atomic():
        for row in moved:
            bump_version(row)
            row.sort_order = places[row.pk]
            row.save(update_fields=["sort_order"])
            events.append(
                component_changed(row, actor=actor)
                if isinstance(row, Component)
                else group_changed(row, actor=actor)
            )
        record(*events)


def save_component(
    component: Component,
    *,
    depends_on: Iterable[Component] | None = None,
    seen_version: int | None = None,
    actor: str = "",
) -> Component:
    """Create or change a component's catalogue entry. Raises ValidationError naming the field.

    `depends_on` None leaves what it depends on as it is. With `seen_version`, raises ConflictError
    when it was changed since. What the projector derives is not touched.
    """
    component.full_clean()
    with transaction.atomic():
        store_component(component, depends_on=depends_on, seen_version=seen_version)
        record(component_changed(component, actor=actor))
    return component


def store_component(
    component: Component,
    *,
    depends_on: Iterable[Component] | None = None,
    seen_version: int | None = None,
) -> None:
    """Write a clean component's rows, in the transaction of the caller, who journals it."""
    if component._state.adding:
        component.save()
    else:
        bump_version(component, expected=seen_version)
        _keep_former_slug(component)
        component.save(update_fields=_EDITED)
    if depends_on is not None:
        needed = list(depends_on)
        refuse_cycle(component, needed)
        component.depends_on.set(needed)


def _keep_former_slug(component: Component) -> None:
    """Keep the slug that is about to be replaced: addresses made of it go on leading here."""
    stored = Component.objects.filter(pk=component.pk).values_list("slug", "former_slugs").first()
    if stored is None:
        return
    slug, former = stored
    kept = [each for each in (*former, slug) if each != component.slug]
    component.former_slugs = list(dict.fromkeys(kept))[-MAX_FORMER_SLUGS:]


_DERIVED = ("id", "status", "status_since", "reasons", "retired_at")
_EDITED = [field.name for field in Component._meta.concrete_fields if field.name not in _DERIVED]


def delete_component(
    component: Component, *, seen_version: int | None = None, actor: str = ""
) -> None:
    """Delete a component with its history. With `seen_version`, raises ConflictError when it was
    changed since."""
    event = Event(
        event_types.COMPONENT_DELETED,
        {"component_id": component.pk, "slug": component.slug},
        subject_id=component.pk,
        actor=actor,
        hidden=not component.is_public,
    )
    with transaction.atomic():
        if seen_version is not None:
            bump_version(component, expected=seen_version)
        component.delete()
        record(event)


def override_changed(
    component: Component, *, actor: str = "", more: Mapping[str, Any] | None = None
) -> Event:
    """Return the event of a status set or cleared by hand."""
    return Event(
        event_types.OVERRIDE_CHANGED,
        {
            "component_id": component.pk,
            "name": component.name,
            "override": component.status_override,
            "note": component.override_note,
            **(more or {}),
        },
        subject_id=component.pk,
        actor=actor,
    )


def set_override(
    component: Component,
    *,
    status: Status | None,
    note: str = "",
    actor: str = "",
    hold_seconds: int = 0,
) -> None:
    """Set a component's status by hand, or clear it with None. Beats all evidence.

    What is told of it waits for `hold_seconds`; meanwhile it can be undone.
    """
    before = read_values(component, OVERRIDE_FIELDS)
    component.status_override = status or ""
    component.override_note = note if status else ""
    try:
        component.clean_fields(exclude={"name", "slug", "group"})
    except ValidationError:
        component.refresh_from_db()
        raise
    with transaction.atomic():
        component.save(update_fields=["status_override", "override_note", "updated_at"])
        event = override_changed(component, actor=actor)
        record(with_hold(event, seconds=hold_seconds, before=before))


def write_override_undo(entry: JournalEntry, *, actor: str = "") -> Event:
    """Take back a status that was set or cleared by hand; the caller records the returned event.

    Raises ConflictError when it was set again since, or the component is gone; must run in a
    transaction.
    """
    rows = Component.objects.select_for_update(of=("self",), no_key=True)
    component = rows.filter(pk=entry.subject_id or 0).first()
    if component is None:
        raise ConflictError("The component was deleted meanwhile.")
    check_unchanged(entry, event_types.OVERRIDE_CHANGED.name)
    set_values(component, hold_of(entry)["before"])
    component.save(update_fields=[*OVERRIDE_FIELDS, "updated_at"])
    # It counts from the same instant: so what was set in between has held for no time at all.
    more = {UNDOES: entry.pk, "since": entry.at.isoformat()}
    return override_changed(component, actor=actor, more=more)


def delete_group(group: Group, *, seen_version: int | None = None, actor: str = "") -> None:
    """Delete a group; its components stay, ungrouped. With `seen_version`, raises ConflictError
    when it was changed since."""
    event = Event(
        event_types.GROUP_DELETED,
        {"group_id": group.pk},
        subject_id=group.pk,
        actor=actor,
        hidden=not group.is_shown,
    )
    with transaction.atomic():
        if seen_version is not None:
            bump_version(group, expected=seen_version)
        group.delete()
        record(event)


def create_components(components: Sequence[Component], *, actor: str = "") -> list[Component]:
    """Create many components in one transaction, as a preset does."""
    for component in components:
        component.full_clean(validate_constraints=False)
    with transaction.atomic():
        created = Component.objects.bulk_create(components, batch_size=500)
        record(*(component_changed(component, actor=actor) for component in created))
    return created
