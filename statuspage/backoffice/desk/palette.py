"""The command palette: what a person finds and does by name, each with a bounded query.

Its script asks once for each pause in typing; what somebody may not see or do is not among the
answers. Pages of the menu are not either: the script has them from the menu itself.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

from django.contrib import admin
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, JsonResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from components.models import Component
from components.status import Status, Verdict
from components.values.foreign_json import is_storable
from components.values.severity import Severity
from incidents.models import Incident
from maintenance.models import Window
from monitors.models import Monitor
from monitors.probers import registry
from statuspage.backoffice.first_steps.card import may_set_up

MAX_ITEMS = 6
"""Of one group."""
MAX_CHARACTERS = 80
MIN_CHARACTERS = 2
"""Fewer find no rows: nearly everything would match."""
_MARKS = {
    Verdict.DOWN: Status.MAJOR_OUTAGE, Verdict.DEGRADED: Status.DEGRADED,
    Verdict.UNKNOWN: Status.UNKNOWN, Verdict.UP: Status.OPERATIONAL,
}  # fmt: skip
"""Worst first."""


class Item(TypedDict):
    """A line of the palette. `mark` is a status or '', `post` whether it changes something."""

    label: str
    detail: str
    mark: str
    url: str
    post: bool


class Section(TypedDict):
    name: str
    items: list[Item]


@never_cache
@require_GET
def palette(request: HttpRequest) -> JsonResponse:
    """Answer what is found for `?q=`, in sections; those without anything are left out."""
    text = " ".join(request.GET.get("q", "").split())[:MAX_CHARACTERS]
    return JsonResponse({"sections": _sections(request.user, text)})


def _sections(user: Any, text: str) -> list[Section]:
    wanted = text if len(text) >= MIN_CHARACTERS and is_storable(text) else ""
    components = _rows(user, Component.objects.all(), "components", wanted, "name", "slug")
    monitors = _rows(user, Monitor.objects.prefetch_related("checks"), "monitors", wanted, "name")
    incidents = _rows(user, Incident.objects.all(), "incidents", wanted, "title", "reference")
    windows = _rows(user, Window.objects.all(), "maintenance", wanted, "title", "reference")
    about = components[0] if components and not components[0].retired_at else None
    found: list[tuple[str, Iterable[Item]]] = [
        (gettext("Actions"), [*_about(user, about, monitors), *_actions(user, text)]),
        (gettext("Components"), map(_component, components)),
        (gettext("Monitors"), map(_monitor, monitors)),
        (gettext("Incidents"), map(_incident, incidents)),
        (gettext("Maintenance"), map(_window, windows)),
    ]
    listed = [Section(name=name, items=list(items)) for name, items in found]
    return [each for each in listed if each["items"]]


def _rows(user: Any, rows: QuerySet[Any], app: str, text: str, *columns: str) -> list[Any]:
    """Return the rows that hold a text in one of their columns; those that begin with it first."""
    name = rows.model._meta.model_name
    if not text or not user.has_perm(f"{app}.view_{name}"):
        return []
    held, first = Q(), Q()
    for column in columns:
        held |= Q(**{f"{column}__icontains": text})
        first |= Q(**{f"{column}__istartswith": text})
    begins = Case(When(first, then=Value(0)), default=Value(1), output_field=IntegerField())
    newest = "-pk" if columns[0] == "title" else columns[0]
    return list(rows.filter(held).order_by(begins, newest)[:MAX_ITEMS])


def _item(label: str, url: str, *, detail: str = "", mark: str = "", post: bool = False) -> Item:
    return Item(label=label, detail=detail, mark=mark, url=url, post=post)


def _component(row: Component) -> Item:
    url = reverse("admin:components_component_change", args=[row.pk])
    if row.retired_at:
        return _item(row.name, url, detail=gettext("Retired"), mark=Status.UNKNOWN)
    return _item(row.name, url, detail=gettext(Status(row.status).label), mark=row.status)


def _monitor(row: Monitor) -> Item:
    found = {Verdict(each.verdict) for each in row.checks.all() if each.due is not None}
    worst = next((each for each in _MARKS if each in found), None)
    prober = registry.probers().get(row.kind)
    says = gettext(worst.value) if worst else gettext("paused")
    return _item(
        row.name,
        reverse("admin:monitors_monitor_change", args=[row.pk]),
        detail=" · ".join(each for each in (prober and gettext(prober.label), says) if each),
        mark=_MARKS[worst] if worst else Status.UNKNOWN,
    )


def _incident(row: Incident) -> Item:
    over = row.resolved_at is not None
    mark = Status.OPERATIONAL if over else Severity(row.severity).implied
    says = [row.reference, gettext(row.get_status_display())]
    if not row.published:
        says.append(gettext("draft"))
    return _item(
        row.title, reverse("incident-desk", args=[row.pk]), detail=" · ".join(says), mark=mark
    )


def _window(row: Window) -> Item:
    return _item(
        row.title,
        reverse("admin:maintenance_window_change", args=[row.pk]),
        detail=f"{row.reference} · {date_format(row.starts_at.date(), 'DATE_FORMAT')}",
        mark=Status.MAINTENANCE,
    )


def _about(user: Any, row: Component | None, monitors: Iterable[Monitor]) -> Iterator[Item]:
    """Yield what can be done to what was found first."""
    if row is not None and user.has_perm("incidents.add_incident"):
        url = reverse("admin:incidents_incident_add") + f"?component={row.pk}"
        yield _item(gettext("Open incident for {name}").format(name=row.name), url)
    if row is not None and user.has_perm("maintenance.add_window"):
        url = reverse("admin:maintenance_window_add") + f"?components={row.pk}"
        yield _item(gettext("Schedule maintenance for {name}").format(name=row.name), url)
    if user.has_perm("monitors.change_monitor"):
        for monitor in list(monitors)[:2]:
            if not monitor.calls_in and not monitor.on_record:
                url = reverse("admin:monitors_monitor_test", args=[monitor.pk])
                label = gettext("Test {name} now").format(name=monitor.name)
                yield _item(label, url, post=True)


def _actions(user: Any, text: str) -> Iterator[Item]:
    """Yield the actions whose names have every word of a text."""
    words = text.casefold().split()
    for permission, label, name in (
        ("incidents.add_incident", gettext("Open incident"), "admin:incidents_incident_add"),
        ("maintenance.add_window", gettext("Schedule maintenance"), "admin:maintenance_window_add"),
        ("components.add_component", gettext("Add component"), "admin:components_component_add"),
        ("monitors.add_monitor", gettext("Add monitor"), "admin:monitors_monitor_add"),
        ("statuspage.add_announcement", gettext("Add announcement"),
         "admin:statuspage_announcement_add"),
        ("subscribers.add_alertroute", gettext("Add alert route"),
         "admin:subscribers_alertroute_add"),
        ("subscribers.add_alertchannel", gettext("Add alert channel"),
         "admin:subscribers_alertchannel_add"),
    ):  # fmt: skip
        if _has(label, words) and user.has_perm(permission):
            yield _item(label, reverse(name))
    label = gettext("Set up the status page")
    if _has(label, words) and may_set_up(user):
        yield _item(label, reverse("first-steps", args=["show"]), post=True)


def _has(label: str, words: Iterable[str]) -> bool:
    return all(word in label.casefold() for word in words)


routes = [path("admin/palette", admin.site.admin_view(palette), name="palette")]
