"""Queries on the catalogue."""

from collections import defaultdict
from collections.abc import Iterable

from django.core.exceptions import ValidationError

from components.database.prepared_rows import PreparedRows
from components.dependencies import describe_cycle, find_cycle
from components.models import Component

_edges = PreparedRows(
    lambda: Component.depends_on.through.objects.order_by(
        "from_component_id", "to_component_id"
    ).values_list("from_component_id", "to_component_id")
)


def dependency_graph() -> dict[int, list[int]]:
    """Return the ids that each component depends on directly, in one query."""
    graph: dict[int, list[int]] = defaultdict(list)
    for each, needed in _edges():
        graph[each].append(needed)
    return dict(graph)


def refuse_cycle(component: Component, depends_on: Iterable[Component]) -> None:
    """Raise ValidationError, naming the cycle, if `depends_on` would close one (T28)."""
    needed = list(depends_on)
    graph = {**dependency_graph(), component.pk: [each.pk for each in needed]}
    cycle = find_cycle(graph, component.pk)
    if cycle:
        names = dict(Component.objects.filter(pk__in=cycle).values_list("pk", "name"))
        names[component.pk] = component.name
        raise ValidationError(
            {"depends_on": f"These dependencies form a loop: {describe_cycle(cycle, names)}."}
        )
