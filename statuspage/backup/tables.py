"""The tables that a move copies: found from the models, in an order that foreign keys allow."""

from graphlib import TopologicalSorter
from typing import Any

from django.apps import apps
from django.db import models

Model = type[models.Model]

LEFT_OUT = {
    "django_migrations": "each database has its own",
    "django_q_ormq": "wake-ups: all that is to be done stands in other tables",
    "django_q_schedule": "wake-ups that are not used",
    "django_q_task": "what became of wake-ups",
}
"""Tables that are not copied, and why."""


def copied() -> list[Model]:
    """Return the model of each table to be copied, after those that it refers to."""
    found = {
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and model._meta.db_table not in LEFT_OUT
    }
    graph = {model: _referred(model) & found for model in sorted(found, key=_name)}
    return list(TopologicalSorter(graph).static_order())


def _name(model: Model) -> str:
    return model._meta.db_table


def _referred(model: Model) -> set[Model]:
    related = (column.related_model for column in columns(model))
    return {each for each in related if isinstance(each, type) and each is not model}


def columns(model: Model) -> list[Any]:
    """Return the model's fields that have a column."""
    return [each for each in model._meta.local_concrete_fields if each.column]


def refers_to_itself(model: Model) -> bool:
    return any(column.related_model is model for column in columns(model))


def key_names(model: Model) -> tuple[str, ...]:
    """Return the attributes that make up the primary key."""
    key: Any = model._meta.pk
    if isinstance(key, models.CompositePrimaryKey):
        return tuple(key.field_names)
    return (key.attname,)


def after(model: Model, key: tuple[Any, ...]) -> models.Q:
    """Return the condition for rows behind `key` in the order of the primary key."""
    names, condition = key_names(model), models.Q()
    for number, name in enumerate(names):
        same = dict(zip(names[:number], key[:number], strict=True))
        condition |= models.Q(**same, **{f"{name}__gt": key[number]})
    return condition


def names() -> list[str]:
    """Return the names of all copied tables."""
    return sorted(map(_name, copied()))
