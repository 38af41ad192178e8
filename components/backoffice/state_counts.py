"""A filter by state that says how many rows each state has, among what the other filters leave."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.filters import ChoicesFieldListFilter


class CountedStates(ChoicesFieldListFilter):
    """Django's filter of choices, each with its number; one query. Not for lists of millions."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Yield what the template shows: all first, then each state, with `count`."""
        counts = self.get_facet_queryset(changelist)
        numbers = [counts[f"{at}__c"] for at, _ in enumerate(self.field.flatchoices)]
        shown = zip(super().choices(changelist), [sum(numbers), *numbers], strict=True)
        return ({**choice, "count": number} for choice, number in shown)
