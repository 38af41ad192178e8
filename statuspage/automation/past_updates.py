"""What was said of an incident or window so far, for messages about it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from components.models.translations import by_language
from components.values.instants import iso
from incidents.models import Incident
from maintenance.lifecycle import WindowState
from maintenance.models import Window
from subscribers.message import PastUpdate


def updates_of_incident(pk: int, *, until: int | None) -> dict[str, Any]:
    """Return when an incident was written down and its updates up to `until`; None: all."""
    incident = Incident.objects.filter(pk=pk).first()
    if incident is None:
        return {}
    found = incident.updates.filter(pk__lte=until) if until else incident.updates.all()
    updates = list(found)
    return {
        "created_at": iso(incident.created_at),
        "translations": _translations(
            [
                (incident.title, incident.titles),
                *((each.message, each.messages) for each in updates),
            ]
        ),
        "updates": tuple(
            PastUpdate(each.pk, each.status, each.message, iso(each.created_at)) for each in updates
        ),
    }


def updates_of_window(pk: int, *, until: datetime) -> dict[str, Any]:
    """Return when a window was written down and its updates until then, the plan at the end."""
    window = Window.objects.filter(pk=pk).first()
    if window is None:
        return {}
    created = iso(window.created_at)
    updates = list(window.updates.filter(created_at__lte=until))
    return {
        "created_at": created,
        "translations": _translations(
            [
                (window.title, window.titles),
                (window.message, window.messages),
                *((each.message, each.messages) for each in updates),
            ]
        ),
        "updates": (
            *(
                PastUpdate(each.pk, each.state, each.message, iso(each.created_at))
                for each in updates
            ),
            PastUpdate(0, WindowState.SCHEDULED, window.message, created),
        ),
    }


def _translations(written: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, dict[str, str]]:
    """Return what people wrote and its translations, by language."""
    found: dict[str, dict[str, str]] = {}
    for text, translated in written:
        for tag, other in by_language(translated):
            found.setdefault(tag, {})[text] = other
    return found
