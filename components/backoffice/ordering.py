"""Admin actions that move the selected rows up and down on the page."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from components import ordering, services
from components.backoffice.base import actor
from components.backoffice.managed import explanation, file_of
from components.backoffice.versioned import VersionedAdmin
from components.models import Component, Group

O = TypeVar("O", Component, Group)  # noqa: E741  (what is ordered)
_Move = Callable[[Sequence[int], Collection[int]], list[int]]


class OrderedAdmin(VersionedAdmin[O]):
    """A VersionedAdmin of rows that have a place among their siblings."""

    actions: Any = ["move_up", "move_down", "move_to_the_top"]

    def siblings(self, chosen: QuerySet[O]) -> Iterable[list[O]]:
        """Yield, for each group that holds a chosen row, all its rows in their present order."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it orders")

    @admin.action(description="Move up on the page", permissions=["change"])
    def move_up(self, request: HttpRequest, queryset: QuerySet[O]) -> None:
        self._move(request, queryset, ordering.moved_up)

    @admin.action(description="Move down on the page", permissions=["change"])
    def move_down(self, request: HttpRequest, queryset: QuerySet[O]) -> None:
        self._move(request, queryset, ordering.moved_down)

    @admin.action(description="Move to the top", permissions=["change"])
    def move_to_the_top(self, request: HttpRequest, queryset: QuerySet[O]) -> None:
        self._move(request, queryset, ordering.moved_to_top)

    def _move(self, request: HttpRequest, queryset: QuerySet[O], move: _Move) -> None:
        chosen = set(queryset.values_list("pk", flat=True))
        for file in {file_of(row) for rows in self.siblings(queryset) for row in rows} - {""}:
            messages.error(request, explanation(file))
            return
        for rows in self.siblings(queryset):
            by_id = {row.pk: row for row in rows}
            order = [by_id[pk] for pk in move(list(by_id), chosen)]
            services.reorder(order, actor=actor(request))
        messages.success(request, gettext("Moved {number}.").format(number=len(chosen)))


def by_group(components: Iterable[Component]) -> list[list[Component]]:
    """Return the components as one list per group, groups in order of first appearance."""
    groups: dict[int | None, list[Component]] = defaultdict(list)
    for component in components:
        groups[component.group_id].append(component)
    return list(groups.values())
