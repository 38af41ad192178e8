"""Brings a whole description in, part by part, in the order in which parts refer to each other."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

from statuspage.importers.description import (
    ComponentItem,
    Description,
    GroupItem,
    IncidentItem,
    PageItem,
    line,
)
from statuspage.importers.report import Report
from statuspage.importers.writing.components import take_component
from statuspage.importers.writing.groups import take_groups
from statuspage.importers.writing.incidents import take_incident
from statuspage.importers.writing.pages import take_page
from statuspage.importers.writing.run import Import, Progress
from statuspage.importers.writing.subscribers import take_subscribers


def take(
    description: Description,
    *,
    system: str,
    product: str = "",
    now: datetime | None = None,
    dry_run: bool = False,
    again: bool = False,
    follows: bool = False,
    on_progress: Progress = lambda what, done, of: None,
) -> Report:
    """Bring a description in and return what came of it; a dry run writes nothing.

    `system` is what the other installation is called: the same thing of it comes in only once.
    `product` is the product's name, for people. With `follows` the caller brings what came in
    before in line with what is said now.
    """
    run = Import(system, now or datetime.now(UTC), dry_run, again, product, follows)
    run.report.refused += description.refused
    run.report.notes += description.notes
    take_groups(run, _distinct(run, "group", description.groups))
    components = _distinct(run, "component", description.components)
    for number, item in enumerate(components, start=1):
        take_component(run, item)
        on_progress("components", number, len(components))
    incidents = _distinct(run, "incident", description.incidents)
    for number, incident in enumerate(incidents, start=1):
        take_incident(run, incident)
        on_progress("incidents", number, len(incidents))
    for page in _distinct(run, "page", description.pages):
        take_page(run, page)
    take_subscribers(run, description.subscribers)
    return run.report


_Item = TypeVar("_Item", GroupItem, ComponentItem, IncidentItem, PageItem)


def _distinct(run: Import, kind: str, items: Sequence[_Item]) -> list[_Item]:
    """Return one item of each key, the first; the others are refused, in a dry run as well."""
    found: dict[str, _Item] = {}
    for item in items:
        if item.key in found:
            place = getattr(item, "place", "") or f"{kind} {line(item.key, 60)}"
            run.report.refuse(place, "it is in the file twice; the first is taken")
        else:
            found[item.key] = item
    return list(found.values())
