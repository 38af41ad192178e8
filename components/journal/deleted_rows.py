"""The rows that a deletion takes along, as JSON: kept with its entry, so that it can be undone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.core import serializers
from django.core.serializers.base import DeserializedObject
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.db.models.deletion import Collector

from components.journal.undo import as_json
from components.optimistic_lock import ConflictError


class _CompleteCollector(Collector):
    """A collector that names every row, also those that could be deleted unseen."""

    def can_fast_delete(self, *args: Any, **kwargs: Any) -> bool:
        return False


def rows_deleted_with(row: Model) -> dict[str, Any]:
    """Return what deleting a row deletes, and which other rows it takes the reference to it from.

    `{rows, references}`; what `restore_rows` takes. To be called before the deletion.
    """
    collector = _CompleteCollector(using=row._state.db or "default", origin=row)
    collector.collect([row])
    found: list[Model] = []
    for model, instances in collector.data.items():
        # Tables between two others are told by the row that they belong to.
        if not model._meta.auto_created:
            found.extend(sorted(instances, key=lambda each: each.pk))
    found.sort(key=lambda each: each != row)
    updates: Iterable[tuple[Any, Iterable[Iterable[Model]]]] = collector.field_updates.items()  # type: ignore[assignment]
    references = [
        {
            "model": field.model._meta.label_lower,
            "field": field.name,
            "ids": sorted(each.pk for rows in updated for each in rows),
        }
        for (field, value), updated in updates
        if value is None
    ]
    rows = [
        {**each, "fields": {name: as_json(value) for name, value in each["fields"].items()}}
        for each in serializers.serialize("python", found)
    ]
    return {"rows": rows, "references": references}


def restore_rows(deleted: Mapping[str, Any]) -> Model:
    """Store deleted rows again, with their ids and times, and references to them; return the first.

    What they refer to and is no more stays away; what refers elsewhere by now is left alone. Raises
    ConflictError when something else is in their place. Must run in a transaction.
    """
    try:
        with transaction.atomic():
            restored = [each.object for each in _restorable(deleted["rows"]) if _store(each)]
    except IntegrityError:
        raise ConflictError("Something else has taken its place meanwhile.") from None
    for each in deleted["references"]:
        _refer(each, to=restored[0])
    return restored[0]


def _restorable(rows: Sequence[Mapping[str, Any]]) -> Iterator[DeserializedObject]:
    return serializers.deserialize("python", rows, ignorenonexistent=True)


def _store(each: DeserializedObject) -> bool:
    """Store a row as it was; return False if what it belongs to is no more."""
    row: Model = each.object
    for field in row._meta.concrete_fields:
        owner, key = field.related_model, getattr(row, field.attname)
        if not field.is_relation or key is None or not isinstance(owner, type):
            continue
        if not owner._base_manager.filter(pk=key).exists():
            if not field.null:
                return False
            setattr(row, field.attname, None)
    for name, keys in (each.m2m_data or {}).items():
        model = row._meta.get_field(name).related_model
        known = model._base_manager.filter(pk__in=list(keys))  # type: ignore[union-attr]
        each.m2m_data[name] = list(known.values_list("pk", flat=True))  # type: ignore[index]
    # As it is: no field sets itself, and nothing is saved but this row.
    each.save(force_insert=True)
    return True


def _refer(reference: Mapping[str, Any], *, to: Model) -> None:
    app, name = reference["model"].split(".")
    model = to._meta.apps.get_model(app, name)
    rows = model._base_manager.filter(pk__in=reference["ids"])
    rows.filter(**{reference["field"]: None}).update(**{reference["field"]: to})
