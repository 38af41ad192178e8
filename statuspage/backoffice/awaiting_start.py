"""The desk's rows on monitors that never began: made paused, or not pinged yet; and on components
that discovery finds no more."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.db.models import Q
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
    """Yield each component and monitor that is gone and still here; one query if there is none.

    A component is asked about as a whole once all of its monitors are gone: one that people watch
    too, or that is found elsewhere as well, only loses a monitor.
    """
    rows = list(Origin.objects.filter(gone_at__isnull=False, kind__in=("component", "monitor")))
    places: dict[tuple[str, int], str] = {
        (row.kind, int(row.object_id)): row.system.partition(":")[2]
        for row in rows if row.object_id.isdigit() and _is_looked_at(row.system)
    }  # fmt: skip
    if not places:
        return
    gone = {pk for kind, pk in places if kind == "monitor"}
    watched = Component.objects.filter(retired_at=None).filter(
        Q(pk__in=[pk for kind, pk in places if kind == "component"])
        | Q(pk__in=Monitor.objects.filter(pk__in=gone).values("component"))
    )
    of = defaultdict[int, list[Monitor]](list)
    for monitor in Monitor.objects.filter(component__in=watched).order_by("name", "pk"):
        of[monitor.component_id].append(monitor)
    found: list[Row] = []
    for component in watched.order_by("name", "pk"):
        monitors = of[component.pk]
        place = places.get(("component", component.pk))
        if place is not None and all(each.pk in gone for each in monitors):
            found.append(_gone_component(component, place))
        else:
            found += [
                _gone_monitor(component, each, places["monitor", each.pk])
                for each in monitors if each.pk in gone
            ]  # fmt: skip
    yield from found[:max_rows]


def _is_looked_at(system: str) -> bool:
    """Return whether the settings still name the source; what a command follows, always is."""
    options = settings.STATUSPAGE
    if system.startswith("targets:"):
        return bool(options.targets_files)
    return not system.startswith("containers:") or bool(options.discover_containers)


def _gone_component(component: Component, place: str) -> Row:
    return Row(
        Status.UNKNOWN,
        gettext("{component} is gone from where it was discovered").format(
            component=component.name
        ),
        gettext(
            "{place} does not name it any more. Retire it, or name it again; its monitors go on"
            " until then."
        ).format(place=place),
        url=reverse("admin:component-retire", args=[component.pk]),
        action=gettext("Retire"),
    )


def _gone_monitor(component: Component, monitor: Monitor, place: str) -> Row:
    return Row(
        Status.UNKNOWN,
        gettext("{component}: {monitor} is gone from where it was discovered").format(
            component=component.name, monitor=monitor.name
        ),
        gettext(
            "{place} does not name it any more. Delete it, or name it again; it goes on until then."
        ).format(place=place),
        url=reverse("admin:monitors_monitor_delete", args=[monitor.pk]),
        action=gettext("Delete"),
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
