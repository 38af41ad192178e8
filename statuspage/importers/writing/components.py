"""Components of an import, each with its monitors and its history."""

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import record
from components.models import Component
from components.ordering import STEP
from components.services import component_changed
from components.values.slugs import slug_of
from statuspage.importers.description import ComponentItem
from statuspage.importers.writing.history import take_history
from statuspage.importers.writing.monitors import New, new_monitors, store_monitors
from statuspage.importers.writing.run import Import, sentence

_SLUG_LENGTH = 60


def take_component(run: Import, item: ComponentItem) -> None:
    """Create a component that is not here, and the monitors and the history that it lacks."""
    place = item.place or f"component “{item.name}”"
    component = _known(run, item, place)
    if component is None and not run.was_deleted("component", item.key, place):
        component = _used(run, item) or _new(run, item, place)
    if component is None:
        return
    is_new = component._state.adding
    monitors = new_monitors(run, component, item, place)
    if run.dry_run:
        if is_new:
            run.number(component)
    else:
        _store(run, component, item, monitors)
    run.components[item.key] = component
    run.report.created.update(["component"] * is_new + ["monitor"] * len(monitors))
    take_history(run, component, item, place, is_new=is_new)


def _known(run: Import, item: ComponentItem, place: str) -> Component | None:
    """Return the component that came in before, if it is here."""
    pk = run.origins.pk("component", item.key)
    found = Component.objects.select_related("group__parent").filter(pk=pk).first() if pk else None
    if found is None:
        return None
    run.report.known["component"] += 1
    row = run.origins.get("component", item.key)
    if run.follows:
        return found
    if row is not None and row.label and row.label.casefold() != item.name.casefold():
        run.report.refuse(
            place,
            f"it came in as “{row.label}” before, and stays so. If this file is of another"
            " installation, give that a name of its own: --origin NAME",
        )
    return found


def _used(run: Import, item: ComponentItem) -> Component | None:
    """Return a component of the same name that people made, if there is one."""
    slug = slug_of(item.name, longest=_SLUG_LENGTH)
    taken = run.origins.bound("component") | {each.pk for each in run.components.values()}
    rows = Component.objects.select_related("group__parent").filter(slug=slug, retired_at=None)
    found = rows.exclude(pk__in=taken).first() if slug else None
    if found is None or found.name.casefold() != item.name.casefold():
        return None
    run.report.used.append(f"component “{found.name}” ({found.slug})")
    return found


def _new(run: Import, item: ComponentItem, place: str) -> Component | None:
    slug = slug_of(item.name, longest=_SLUG_LENGTH) or slug_of(
        f"{run.system}-{item.key}", longest=_SLUG_LENGTH
    )
    component = Component(
        name=item.name, slug=_free(run, slug or "component"), description=item.description,
        tags=item.tags, group=run.groups.get(item.group) if item.group else None,
        visible=item.visible, sort_order=(len(run.components) + 1) * STEP,
    )  # fmt: skip
    try:
        component.full_clean(exclude=["group"])
    except ValidationError as error:
        run.report.refuse(place, sentence(error))
        return None
    return component


def _free(run: Import, slug: str) -> str:
    """Return a slug that nothing has: with a number, if need be."""
    taken = set(Component.objects.filter(slug__startswith=slug[:40]).values_list("slug", flat=True))
    taken |= {each.slug for each in run.components.values()}
    number, free = 1, slug
    while free in taken:
        number += 1
        free = f"{slug[: _SLUG_LENGTH - len(str(number)) - 1].rstrip('-')}-{number}"
    return free


def _store(run: Import, component: Component, item: ComponentItem, monitors: list[New]) -> None:
    is_new = component._state.adding
    if not is_new and not monitors and run.origins.pk("component", item.key) == component.pk:
        return
    with transaction.atomic():
        if is_new:
            component.save()
        run.origins.add("component", item.key, object_id=component.pk, label=item.name)
        events = store_monitors(run, component, monitors)
        record(*([component_changed(component, actor=run.actor)] if is_new else []), *events)
