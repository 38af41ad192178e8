"""History of an import: declared periods, of the time before this product measured."""

from django.db import transaction

from components.history.imported import begins_at, write_imported
from components.journal import record
from components.models import Component
from components.uptime.periods import Period
from statuspage.importers import history
from statuspage.importers.description import ComponentItem
from statuspage.importers.writing.run import Import

MAX_PERIODS = 20_000
"""Of one component: the newest count, for that many are no history but noise."""


def take_history(
    run: Import, component: Component, item: ComponentItem, place: str, *, is_new: bool
) -> None:
    """Write what is known there of a component, once."""
    if not is_new and run.origins.get("history", item.key) is not None:
        return
    begins = None if is_new else begins_at(component)
    before = min(run.now, begins) if begins else run.now
    items = history.until(item.history, before)
    if begins is not None and any(each.end > begins for each in item.history):
        run.report.refuse(
            place, f"its history since {begins:%Y-%m-%d %H:%M} UTC: it has its own here since then"
        )
    if len(items) > MAX_PERIODS:
        run.report.refuse(place, f"its history before {items[-MAX_PERIODS].start:%Y-%m-%d}: it has"
                          f" more than {MAX_PERIODS} periods")  # fmt: skip
        items = items[-MAX_PERIODS:]
    if not items:
        return
    run.report.created["history"] += len(items)
    if run.dry_run:
        return
    periods = [(Period(each.status, each.start, each.end), each.note) for each in items]
    with transaction.atomic():
        event = write_imported(
            component, periods, origin=run.system, product=run.product, actor=run.actor
        )
        until = items[-1].end.isoformat()
        run.origins.add("history", item.key, object_id=component.pk, label=until)
        record(event)
