"""The columns of a component that the page is made of, read without making model instances.

Making a thousand instances costs more than their query and more than what is then done with them.
"""

from dataclasses import dataclass, fields
from datetime import datetime

from components.database.prepared_rows import PreparedRows
from components.models import Component


@dataclass(slots=True)
class ComponentRow:
    """One component as it is stored; each field but one is the column of its name."""

    pk: int
    group_id: int | None
    parent_group_id: int | None
    """Of the group that its group is a part of."""
    slug: str
    former_slugs: list[str]
    name: str
    """What is shown may be changed here to tell it from another of that name."""
    description: str
    tags: str
    only_when_wrong: bool
    status: str
    status_since: datetime | None
    status_override: str
    counts_for_overall: bool
    critical: bool
    maintenance_counts: bool
    uptime_policy: str
    retired_at: datetime | None
    created_at: datetime
    updated_at: datetime


_COLUMNS = tuple(
    "group__parent_id" if field.name == "parent_group_id" else field.name
    for field in fields(ComponentRow)
)

_rows = PreparedRows(lambda: Component.objects.nameable().values_list(*_COLUMNS))


def nameable_rows() -> list[ComponentRow]:
    """Return what may be named in public, in the operators' order, in one query."""
    return [ComponentRow(*row) for row in _rows()]
