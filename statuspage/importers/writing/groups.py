"""Groups of an import."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import record
from components.models import Group
from components.ordering import STEP
from components.services import group_changed
from statuspage.importers.description import GroupItem
from statuspage.importers.writing.run import Import, sentence


def take_groups(run: Import, items: Sequence[GroupItem]) -> None:
    """Create the groups that are not here; one of the same name is used."""
    here = {each.name.casefold(): each for each in Group.objects.select_related("parent")}
    by_pk = {each.pk: each for each in here.values()}
    last = max((each.sort_order for each in here.values()), default=0)
    # Those that others are a part of come first.
    for item in sorted(items, key=lambda each: bool(each.parent)):
        place = f"group “{item.name}”"
        pk = run.origins.pk("group", item.key)
        if pk is not None and pk in by_pk:
            run.groups[item.key] = by_pk[pk]
            run.report.known["group"] += 1
        elif run.was_deleted("group", item.key, place):
            continue
        elif known := here.get(item.name.casefold()):
            run.groups[item.key] = known
            run.report.used.append(f"group “{known.name}”")
            if not run.dry_run:
                run.origins.add("group", item.key, object_id=known.pk, label=known.name)
        else:
            last += STEP
            _create(run, item, place, sort_order=last)
            if row := run.groups.get(item.key):
                here[row.name.casefold()] = row


def _create(run: Import, item: GroupItem, place: str, *, sort_order: int) -> None:
    parent = run.groups.get(item.parent) if item.parent else None
    if parent is not None and parent.parent_id is not None:
        run.report.refuse(place, "its parent is a part of another group: it stands by itself")
        parent = None
    row = Group(name=item.name, description=item.description, sort_order=sort_order, parent=parent)
    try:
        row.full_clean(exclude=["parent"])
    except ValidationError as error:
        run.report.refuse(place, sentence(error))
        return
    if run.dry_run:
        run.number(row)
    else:
        with transaction.atomic():
            row.save()
            run.origins.add("group", item.key, object_id=row.pk, label=row.name)
            record(group_changed(row, actor=run.actor))
    run.groups[item.key] = row
    run.report.created["group"] += 1
