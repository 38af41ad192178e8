"""The admin's sidebar: its pages in groups by what people come for, with what is open."""

from collections.abc import Iterable
from typing import Any

from incidents.models import Incident
from maintenance.lifecycle import WindowState
from maintenance.models import Window

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Operate", ("Incident", "Window", "Series", "Announcement", "IncidentTemplate")),
    ("What we watch", ("Component", "components.Group", "DeclaredPeriod", "Monitor",
                       "Region", "Agent", "Reader")),
    ("Who we tell", ("Page", "Subscriber", "Delivery", "Alert", "AlertRoute", "AlertChannel")),
    ("System", ("Appearance", "JournalEntry", "ApiToken", "User", "auth.Group", "Progress",
                "JournalCursor", "SetAside")),
)  # fmt: skip
"""By the models' names; the apps' too, where two have the same."""
_HOMES = {"incidents": 0, "maintenance": 0, "components": 1, "monitors": 1, "subscribers": 2}
"""Where a model of an app goes that is not named above: last in this group, else in the last."""
_NAMES = {"User": "People", "auth.Group": "Roles", "IncidentTemplate": "Kept wordings",
          "Window": "Maintenance", "JournalCursor": "Journal readers",
          "DeclaredPeriod": "Declared history"}  # fmt: skip


def grouped(apps: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return Django's list of apps and models, sorted into our groups; empty ones are left out."""
    places = {name: (at, row) for at, (_, names) in enumerate(GROUPS) for row, name in
              enumerate(names)}  # fmt: skip
    rows: list[list[tuple[int, dict[str, Any]]]] = [[] for _ in GROUPS]
    for app in apps:
        for model in app["models"]:
            full = f"{app['app_label']}.{model['object_name']}"
            known = full if full in places else model["object_name"]
            home = (_HOMES.get(app["app_label"], len(GROUPS) - 1), len(places))
            at, row = places.get(known, home)
            name = _NAMES.get(known, model["name"])
            rows[at].append((row, {**model, "name": name, "key": full}))
    return [
        {
            "name": title,
            "app_label": title.lower().replace(" ", "-"),
            "has_module_perms": True,
            "models": [model for _, model in sorted(models, key=lambda each: each[0])],
        }
        for (title, _), models in zip(GROUPS, rows, strict=True)
        if models
    ]


def count(groups: Iterable[dict[str, Any]]) -> None:
    """Add the number of what is open to the models that people must keep an eye on."""
    for group in groups:
        for model in group["models"]:
            if counter := _COUNTERS.get(model["key"]):
                model["count"], model["urgent"] = counter()


def _incidents() -> tuple[int, bool]:
    return Incident.objects.filter(resolved_at=None).count(), True


def _windows() -> tuple[int, bool]:
    to_come = (WindowState.SCHEDULED, WindowState.IN_PROGRESS)
    return Window.objects.filter(state__in=to_come).count(), False


_COUNTERS = {"incidents.Incident": _incidents, "maintenance.Window": _windows}
