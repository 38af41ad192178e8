"""The admin's sidebar: its pages in groups by what people come for, with what is open."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext, gettext_noop

from incidents.models import Incident
from maintenance.lifecycle import WindowState
from maintenance.models import Window

DIAGNOSTICS = gettext_noop("Diagnostics")
"""What is for whoever looks for a fault: folded in the menu."""
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (gettext_noop("Operate"), ("Incident", "Window", "Series", "Announcement",
                               "IncidentTemplate")),
    (gettext_noop("Monitoring"), ("Component", "components.Group", "DeclaredPeriod", "Monitor",
                       "AlertRule", "Region", "Agent", "Reader")),
    (gettext_noop("Notifications"), ("Page", "Subscriber", "Delivery", "Alert", "AlertRoute",
                                     "AlertChannel")),
    (gettext_noop("System"), ("Appearance", "ApiToken", "User", "auth.Group")),
    (DIAGNOSTICS, ("JournalEntry", "Progress", "JournalCursor", "SetAside", "Endpoint",
                   "Suspension", "Hold", "Notice", "Signup", "UnmatchedAlert")),
)  # fmt: skip
"""By the models' names; the apps' too, where two have the same."""
SYSTEM = 3
_HOMES = {"incidents": 0, "maintenance": 0, "components": 1, "monitors": 1, "subscribers": 2}
"""Where a model of an app goes that is not named above: last in this group, else in SYSTEM."""


def grouped(apps: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return Django's list of apps and models, sorted into our groups; empty ones are left out."""
    places = {name: (at, row) for at, (_, names) in enumerate(GROUPS) for row, name in
              enumerate(names)}  # fmt: skip
    rows: list[list[tuple[int, dict[str, Any]]]] = [[] for _ in GROUPS]
    for app in apps:
        for model in app["models"]:
            full = f"{app['app_label']}.{model['object_name']}"
            known = full if full in places else model["object_name"]
            home = (_HOMES.get(app["app_label"], SYSTEM), len(places))
            at, row = places.get(known, home)
            rows[at].append((row, {**model, "key": full}))
    return [
        {
            "name": gettext(title),
            "app_label": title.lower().replace(" ", "-"),
            "has_module_perms": True,
            "folded": title == DIAGNOSTICS,
            "models": [model for _, model in sorted(models, key=lambda each: each[0])],
        }
        for (title, _), models in zip(GROUPS, rows, strict=True)
        if models
    ]


def complete(groups: Iterable[dict[str, Any]], *, path: str) -> None:
    """Add what depends on the moment: where somebody is, and the number of what is open."""
    for group in groups:
        addresses = [model["admin_url"] for model in group["models"] if model.get("admin_url")]
        group["open"] = any(path.startswith(each) for each in addresses)
        for model in group["models"]:
            if counter := _COUNTERS.get(model["key"]):
                model["count"], model["urgent"] = counter()


def _incidents() -> tuple[int, bool]:
    return Incident.objects.filter(resolved_at=None).count(), True


def _windows() -> tuple[int, bool]:
    to_come = (WindowState.SCHEDULED, WindowState.IN_PROGRESS)
    return Window.objects.filter(state__in=to_come).count(), False


_COUNTERS = {"incidents.Incident": _incidents, "maintenance.Window": _windows}
