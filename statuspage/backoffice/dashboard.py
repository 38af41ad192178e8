"""The desk's content: all that a person needs to know now, in a pinned number of queries."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import shorten

from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext

from components.backoffice.local_times import local_span
from components.backoffice.sentences import localized
from components.models import Component
from components.status import UNWELL, Status, Verdict
from components.values.severity import Severity
from incidents.models import Incident
from incidents.selectors import open_incidents_of
from maintenance.lifecycle import WindowState
from maintenance.models import Window
from maintenance.selectors import OPEN_STATES
from monitors.models import Check, Monitor
from monitors.models.heartbeat import CALLS_IN
from statuspage.access import undeclared_proxy
from statuspage.backoffice.alert_rows import alert_rows, left_out_alerts, unmatched_alerts
from statuspage.backoffice.audience import delivery_rows
from statuspage.backoffice.awaiting_start import (
    awaiting_start,
    only_waiting,
    waiting_checks,
    waiting_for_ping,
)
from statuspage.backoffice.desk.overdue import silent_agents, silent_readers
from statuspage.backoffice.rows import Row, span, worker_row
from statuspage.models import Page, StoredSnapshot
from statuspage.pages.face import MAIN
from statuspage.state.freshness import blind_views
from subscribers.delivery import holds

QUIET_MINUTES = 20
"""How long the public may hear nothing of an open incident before it stands out."""
STALE_DRAFT = timedelta(minutes=30)
LATE_SECONDS = 5.0
OLD_PAGE_SECONDS = 60.0
MAX_ROWS = 12
"""Rows of one kind."""
MAX_REASON_LENGTH = 200
"""Characters of one reason; the whole of it is on the component's page."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the desk's head, with its label; `mark` is a status, or ''."""

    label: str
    value: str
    mark: str = ""
    url: str = ""
    """Where what is counted is listed."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk's figures and its lists of rows."""

    figures: tuple[Figure, ...]
    attention: tuple[Row, ...]
    broken: tuple[Row, ...]
    windows: tuple[Row, ...]
    deliveries: tuple[Row, ...]
    product: tuple[Row, ...]


def gather_desk(now: datetime) -> Desk:
    """Return all of the desk as it is at `now`."""
    incidents = _open_incidents()
    down = list(
        Check.objects.filter(verdict=Verdict.DOWN, due__isnull=False)
        .select_related("monitor__component")
        .order_by("since", "pk")
    )
    covered = open_incidents_of({check.monitor.component_id for check in down})
    waiting, windows = waiting_checks(), _windows_to_come(now)
    maintained = _under_maintenance(windows, down)
    return Desk(
        figures=_figures(incidents, down, now=now),
        attention=(
            *_holds(),
            *_blind_views(now),
            *alert_rows(now),
            *_incident_rows(incidents, now),
            *_uncovered(down, covered, now, besides=maintained),
            *silent_agents(now, max_rows=MAX_ROWS),
            *silent_readers(now),
            *left_out_alerts(),
            *unmatched_alerts(now),
            *awaiting_start(max_rows=MAX_ROWS),
            *waiting_for_ping(waiting, max_rows=MAX_ROWS),
        ),
        broken=_unwell(now, besides=only_waiting(waiting)),
        windows=_windows(windows, now),
        deliveries=delivery_rows(now),
        product=(worker_row(), _published(now), *_undeclared_proxy()),
    )


def _open_incidents() -> list[Incident]:
    rows = Incident.objects.filter(resolved_at=None).order_by("-started_at", "-pk")
    return list(rows.prefetch_related("updates"))


def _figures(
    incidents: Iterable[Incident], down: Iterable[Check], *, now: datetime
) -> tuple[Figure, ...]:
    page = Page.objects.filter(pk=MAIN).first()
    overall = Status(page.status) if page else Status.UNKNOWN
    published = sum(incident.published for incident in incidents)
    monitors = len({check.monitor_id for check in down})
    watched = Monitor.objects.filter(enabled=True, component__retired_at=None).count()
    late = (
        Check.objects.filter(due__lt=now.timestamp() - LATE_SECONDS)
        .filter(leased_until__lte=now.timestamp())
        .exclude(lease=CALLS_IN)
        .count()
    )
    return (
        Figure(gettext("Public status"), gettext(overall.label), overall, "/status"),
        Figure(
            gettext("Open incidents"),
            f"{published:,}",
            url=reverse("admin:incidents_incident_changelist") + "?resolved_at__isnull=True",
        ),
        Figure(
            gettext("Monitors down"),
            gettext("{down} of {all}").format(down=f"{monitors:,}", all=f"{watched:,}"),
            url=reverse("admin:monitors_monitor_changelist"),
        ),
        Figure(gettext("Checks late now"), f"{late:,}", Status.DEGRADED if late else ""),
    )


def _holds() -> Iterator[Row]:
    if hold := holds.active_hold():
        yield Row(
            Status.MAJOR_OUTAGE,
            gettext("Deliveries are paused"),
            gettext(
                "{reason}. {number} messages are waiting, and some may have been sent before. Send"
                " or discard them."
            ).format(
                reason=capfirst(localized(hold.reason)),
                number=f"{holds.count_held():,}",
            ),
            url=reverse("admin:subscribers_hold_changelist"),
            action=gettext("Decide"),
        )


def _undeclared_proxy() -> Iterator[Row]:
    if found := undeclared_proxy.evidence():
        yield Row(
            Status.DEGRADED,
            gettext("Visitors cannot be distinguished"),
            f"{localized(found)} {localized(undeclared_proxy.ADVICE)}",
        )


def _blind_views(now: datetime) -> Iterator[Row]:
    for view in blind_views():
        yield Row(
            Status.UNKNOWN,
            gettext("Monitoring from {name} is interrupted").format(name=view.name),
            gettext(
                "Its own name servers do not answer. Monitors that use a host name are shown as "
                "unknown, not as down."
            )
            if view.names_only
            else gettext("It has no network. Its monitors are shown as unknown, not as down."),
            aside=span(now - view.since),
        )


def _incident_rows(incidents: Iterable[Incident], now: datetime) -> Iterator[Row]:
    for incident in incidents:
        url = reverse("incident-desk", args=[incident.pk])
        # They were prefetched newest first.
        newest = next(iter(incident.updates.all()), None)
        quiet = now - (newest.created_at if newest else incident.started_at)
        if incident.published:
            since = gettext("{span} ago").format(span=span(quiet)) if newest else gettext("never")
            overdue = quiet >= timedelta(minutes=QUIET_MINUTES)
            text = gettext("{reference} · {status} · last public update ").format(
                reference=incident.reference, status=gettext(incident.get_status_display())
            )
            yield Row(
                Severity(incident.severity).implied,
                incident.title,
                text if overdue else text + since,
                emphasis=since if overdue else "",
                url=url,
                action=gettext("Post update"),
            )
        elif now - incident.created_at >= STALE_DRAFT:
            yield Row(
                Status.UNKNOWN,
                incident.title,
                gettext("{reference} · a draft since {span}; not published.").format(
                    reference=incident.reference, span=span(now - incident.created_at)
                ),
                url=url,
                action=gettext("Publish or delete"),
            )


def _uncovered(
    down: Iterable[Check],
    covered: dict[int, list[Incident]],
    now: datetime,
    *,
    besides: Collection[int],
) -> Iterator[Row]:
    """Yield monitors down that no published incident covers; those with a draft lead to it.

    Of components in `besides` an incident is not called for.
    """
    for count, check in enumerate(
        each
        for each in down
        if each.monitor.component_id not in besides
        and each.monitor.component.status != Status.MAINTENANCE
        and not any(incident.published for incident in covered.get(each.monitor.component_id, ()))
    ):
        component = check.monitor.component
        if count == MAX_ROWS:
            url = reverse("admin:monitors_monitor_changelist")
            yield Row(
                Status.MAJOR_OUTAGE,
                gettext("More monitors are down"),
                url=url,
                action=gettext("See all"),
            )
            return
        drafts = covered.get(component.pk, ())
        since = span(timedelta(seconds=max(0.0, now.timestamp() - check.since)))
        message = f": {localized(check.message).rstrip('.')}" if check.message else ""
        yield Row(
            Status.MAJOR_OUTAGE,
            f"{component.name}: {check.monitor.name}",
            gettext("Down from {region} for {since}{message}.").format(
                region=check.region_id, since=since, message=message
            )
            + " "
            + (
                gettext("There is only a draft incident.")
                if drafts
                else gettext("No open incident.")
            ),
            url=reverse("incident-desk", args=[drafts[0].pk])
            if drafts
            else reverse("admin:incidents_incident_add") + f"?component={component.pk}",
            action=gettext("Finish the draft") if drafts else gettext("Open incident"),
        )


def _unwell(now: datetime, *, besides: Collection[int]) -> tuple[Row, ...]:
    rows = Component.objects.filter(status__in=[*UNWELL, Status.UNKNOWN], retired_at=None)
    shown = [row for row in rows if row.status != Status.UNKNOWN or row.pk not in besides]
    worst_first = sorted(shown, key=lambda each: -Status(each.status).rank)
    return tuple(
        Row(
            each.status,
            each.name,
            " ".join([f"{gettext(Status(each.status).label)}.", *_reasons(each)]),
            aside=span(now - each.status_since) if each.status_since else "",
            url=reverse("admin:components_component_change", args=[each.pk]),
        )
        for each in worst_first
    )


def _reasons(component: Component) -> list[str]:
    return [
        shorten(localized(reason["text"]), MAX_REASON_LENGTH, placeholder=" …")
        for reason in component.reasons[:3]
    ]


def _windows_to_come(now: datetime) -> list[Window]:
    """Return what is being worked on, and what is to come until the end of tomorrow, local time."""
    day_after = timezone.localtime(now).date() + timedelta(days=2)
    tomorrow_ends = datetime.combine(
        day_after, datetime.min.time(), timezone.get_current_timezone()
    )
    rows = Window.objects.filter(state__in=OPEN_STATES, starts_at__lt=tomorrow_ends)
    return list(rows.prefetch_related("components").order_by("starts_at", "pk"))


def _under_maintenance(windows: Iterable[Window], down: Iterable[Check]) -> set[int]:
    """Return the components of windows in progress, whatever status somebody gave them."""
    covers = [
        {each.pk for each in window.components.all()}
        for window in windows
        if window.state == WindowState.IN_PROGRESS
    ]
    if not all(covers):
        # One without components is for all of them.
        return {check.monitor.component_id for check in down}
    return set().union(*covers)


def _windows(windows: Iterable[Window], now: datetime) -> tuple[Row, ...]:
    return tuple(
        Row(
            Status.MAINTENANCE,
            window.title,
            " · ".join(_window_parts(window)),
            aside=gettext("ends in {span}").format(span=span(window.ends_at - now))
            if window.state == WindowState.IN_PROGRESS
            else gettext("in {span}").format(span=span(window.starts_at - now)),
            url=reverse("admin:maintenance_window_change", args=[window.pk]),
        )
        for window in windows
    )


def _window_parts(window: Window) -> Iterator[str]:
    yield local_span(window.starts_at, window.ends_at)
    yield ", ".join(each.name for each in window.components.all()) or gettext("all components")
    if window.blocks_api:
        yield gettext("blocks the API")


def _published(now: datetime) -> Row:
    stored = StoredSnapshot.objects.filter(pk=MAIN).values_list("version", "built_at").first()
    if stored is None:
        return Row(Status.UNKNOWN, gettext("The page has not been published yet"))
    version, built_at = stored
    old = (now - built_at).total_seconds() > OLD_PAGE_SECONDS
    return Row(
        Status.MAJOR_OUTAGE if old else Status.OPERATIONAL,
        gettext("Page published {span} ago").format(span=span(now - built_at)),
        gettext("Version {version}.").format(version=f"{version:,}"),
    )
