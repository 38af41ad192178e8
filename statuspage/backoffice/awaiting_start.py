"""The desk's rows on monitors that never began: made paused, or not pinged yet; and on components
that discovery finds no more."""

from collections.abc import Iterator, Sequence

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from components.models import Component, Origin
from components.secrets import SecretError
from components.status import Status, Verdict
from monitors import ping_keys
from monitors.models import Check, Monitor
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
            gettext("{component}: {monitor} is ready to start").format(
                component=monitor.component.name, monitor=monitor.name
            ),
            _next_step(monitor),
            url=reverse("admin:monitors_monitor_change", args=[monitor.pk]),
            action=gettext("Resume"),
        )
    if len(ready) > max_rows:
        yield Row(
            Status.UNKNOWN,
            gettext("{number} more monitors are ready to start").format(
                number=f"{len(ready) - max_rows:,}"
            ),
            gettext("Select them in the list and choose Resume."),
            url=_paused_list(),
            action=gettext("See all"),
        )
    if without := [monitor for monitor in waiting if monitor.placeholders]:
        yield _without_address(without)
    yield from gone_rows(max_rows=max_rows)


def _next_step(monitor: Monitor) -> str:
    if monitor.by_hand:
        return gettext("It is still paused. Tick Enabled to let people set its state.")
    if monitor.calls_in:
        return gettext(
            "It is still paused. Have its ping address called, then tick Enabled to expect it."
        )
    if monitor.on_record:
        return gettext("It is still paused. Tick Enabled when those that it counts report.")
    return gettext("It has an address and is still paused. Tick Enabled to start checking.")


def _without_address(monitors: Sequence[Monitor]) -> Row:
    count = len(monitors)
    names = [
        f"{monitor.component.name}: {monitor.name} ({', '.join(monitor.placeholders.values())})"
        for monitor in monitors[:_MAX_NAMES]
    ]
    rest = count - _MAX_NAMES
    more = gettext(" and {number} more").format(number=f"{rest:,}") if rest > 0 else ""
    title = ngettext(
        "{number} monitor has no real address yet",
        "{number} monitors have no real address yet",
        count,
    ).format(number=f"{count:,}")
    return Row(
        Status.UNKNOWN,
        title,
        gettext(
            "These have example addresses and are paused: {names}{more}. Enter the real address,"
            " then turn on Enabled."
        ).format(names=", ".join(names), more=more),
        url=reverse("admin:monitors_monitor_change", args=[monitors[0].pk])
        if count == 1
        else _paused_list(),
        action=gettext("Set address") if count == 1 else gettext("Set addresses"),
    )


def _paused_list() -> str:
    return reverse("admin:monitors_monitor_changelist") + "?enabled__exact=0"


def gone_rows(*, max_rows: int) -> Iterator[Row]:
    """Yield each component that is gone and not retired; two queries, where discovery is used."""
    options = settings.STATUSPAGE
    if not (options.targets_files or options.discover_containers):
        return
    origins = {
        int(row.object_id): row.system.partition(":")[2]
        for row in Origin.objects.filter(kind="component", gone_at__isnull=False)
    }
    rows = Component.objects.filter(pk__in=list(origins), retired_at=None).order_by("name", "pk")
    for component in rows[:max_rows]:
        yield Row(
            Status.UNKNOWN,
            gettext("{component} is gone from where it was discovered").format(
                component=component.name
            ),
            gettext(
                "{place} does not name it any more. Retire it, or name it again; its monitors go on"
                " until then."
            ).format(place=origins[component.pk]),
            url=reverse("admin:component-retire", args=[component.pk]),
            action=gettext("Retire"),
        )


def waiting_checks() -> list[Check]:
    """Return the checks of heartbeats that were never pinged, since nobody was told where."""
    rows = Check.objects.filter(
        verdict=Verdict.UNKNOWN, due__isnull=False, monitor__component__retired_at=None,
        monitor__heartbeat__last=None, monitor__heartbeat__run=None,
        monitor__heartbeat__isnull=False,
    )  # fmt: skip
    return list(rows.select_related("monitor__component", "monitor__heartbeat").order_by("pk"))


def waiting_for_ping(waiting: Sequence[Check], *, max_rows: int) -> Iterator[Row]:
    """Yield the heartbeats that wait for their first ping, each with its address."""
    for check in waiting[:max_rows]:
        monitor = check.monitor
        key = monitor.heartbeat.key
        try:
            address = ping_keys.ping_url(key.reveal()) if key else ""
        except SecretError:
            address = ""
        yield Row(
            Status.UNKNOWN,
            gettext("{component}: {monitor} waits for its first ping").format(
                component=monitor.component.name, monitor=monitor.name
            ),
            gettext("Have the job call its address when it is done."),
            secret=address,
            url=reverse("admin:monitors_monitor_change", args=[monitor.pk]),
            action=gettext("View"),
        )
    if len(waiting) > max_rows:
        yield Row(
            Status.UNKNOWN,
            gettext("{number} more heartbeats wait for their first ping").format(
                number=f"{len(waiting) - max_rows:,}"
            ),
            url=reverse("admin:monitors_monitor_changelist") + "?kind__exact=heartbeat",
            action=gettext("See all"),
        )


def only_waiting(waiting: Sequence[Check]) -> set[int]:
    """Return the components that are unknown for want of a first ping alone."""
    ids = {check.monitor.component_id for check in waiting}
    if not ids:
        return ids
    others = Check.objects.filter(due__isnull=False, monitor__component__in=ids)
    others = others.exclude(pk__in=[check.pk for check in waiting]).exclude(verdict=Verdict.UP)
    return ids - set(others.values_list("monitor__component_id", flat=True))
