"""Pages of long lists in the admin."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator

MAX_COUNT = 20_000
"""Rows that are counted, and can be paged through: filters lead to what lies beyond."""


class CappedPaginator(Paginator[Any]):
    """A paginator that counts no further than anybody pages."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MAX_COUNT].count())

    @property
    def is_capped(self) -> bool:
        """Whether there may be more rows than were counted."""
        return self.count >= MAX_COUNT

    @property
    def most(self) -> str:
        """How many are counted, as text."""
        return f"{MAX_COUNT:,}"
