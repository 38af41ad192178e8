"""The desk's rows on monitors that were made paused and have never been started."""

from collections.abc import Iterator, Sequence

from django.urls import reverse

from components.status import Status
from monitors.models import Monitor
from statuspage.backoffice.rows import Row

_MAX_NAMES = 6


def awaiting_start(*, max_rows: int) -> Iterator[Row]:
    """Yield what to do next: start those that are ready, give the others an address."""
    rows = Monitor.objects.filter(awaits_start=True, enabled=False, component__retired_at=None)
    rows = rows.select_related("component")
    waiting = list(rows.order_by("component__name", "name", "pk"))
    ready = [monitor for monitor in waiting if not monitor.placeholders]
    for monitor in ready[:max_rows]:
        yield Row(
            Status.UNKNOWN,
            f"{monitor.component.name}: {monitor.name} is ready to start",
            _next_step(monitor),
            url=reverse("admin:monitors_monitor_change", args=[monitor.pk]),
            action="Resume",
        )
    if len(ready) > max_rows:
        yield Row(
            Status.UNKNOWN,
            f"{len(ready) - max_rows:,} more monitors are ready to start",
            "Select them in the list and choose Resume.",
            url=_paused_list(),
            action="See all",
        )
    if without := [monitor for monitor in waiting if monitor.placeholders]:
        yield _without_address(without)


def _next_step(monitor: Monitor) -> str:
    if monitor.by_hand:
        return "It is still paused. Tick Enabled to let people set its state."
    if monitor.calls_in:
        return "It is still paused. Have its ping address called, then tick Enabled to expect it."
    if monitor.on_record:
        return "It is still paused. Tick Enabled when those that it counts report."
    return "It has an address and is still paused. Tick Enabled to start checking."


def _without_address(monitors: Sequence[Monitor]) -> Row:
    count = len(monitors)
    names = [
        f"{monitor.component.name}: {monitor.name} ({', '.join(monitor.placeholders.values())})"
        for monitor in monitors[:_MAX_NAMES]
    ]
    more = f" and {count - _MAX_NAMES:,} more" if count > _MAX_NAMES else ""
    title = (
        "1 monitor has no real address yet"
        if count == 1
        else f"{count:,} monitors have no real address yet"
    )
    return Row(
        Status.UNKNOWN,
        title,
        f"These have example addresses and are paused: "
        f"{', '.join(names)}{more}. Enter the real address, then turn on Enabled.",
        url=reverse("admin:monitors_monitor_change", args=[monitors[0].pk])
        if count == 1
        else _paused_list(),
        action="Set address" if count == 1 else "Set addresses",
    )


def _paused_list() -> str:
    return reverse("admin:monitors_monitor_changelist") + "?enabled__exact=0"
