"""What was just published and can still be undone: shown with the time that is left, and undone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from components.backoffice.base import actor
from components.journal import event_types
from components.journal.hold import MAX_SECONDS, UNDOES, held_until, is_undoable
from components.models import JournalEntry
from incidents import event_types as incident_events
from maintenance import event_types as window_events
from statuspage.automation.notices import written_notices
from statuspage.automation.undo import (
    UndoError,
    changes_that_followed,
    notices_that_followed,
    undo,
)
from statuspage.backoffice import audience
from subscribers.delivery import fanout
from subscribers.delivery.matching import Audience
from subscribers.enums import State
from subscribers.models import Delivery, Notice

_INCIDENT_KINDS = {
    incident_events.INCIDENT_CREATED.name: "New incident",
    incident_events.INCIDENT_UPDATED.name: "Update",
    incident_events.INCIDENT_RESOLVED.name: "Resolution",
    incident_events.INCIDENT_WITHDRAWN.name: "Withdrawal",
    incident_events.POSTMORTEM_PUBLISHED.name: "Post-mortem",
}
_WINDOW_KINDS = {
    window_events.WINDOW_SCHEDULED.name: "New maintenance",
    window_events.WINDOW_STARTED.name: "Start of maintenance",
    window_events.WINDOW_UPDATED.name: "Update",
    window_events.WINDOW_RESCHEDULED.name: "New time",
    window_events.WINDOW_ENDED.name: "End of maintenance",
    window_events.WINDOW_CANCELLED.name: "Cancellation",
}
_COMPONENT_KINDS = {event_types.OVERRIDE_CHANGED.name: "Manual status"}
_LABELS = {**_INCIDENT_KINDS, **_WINDOW_KINDS, **_COMPONENT_KINDS}
INCIDENT, WINDOW, COMPONENT = "incident", "maintenance", "component"
_KINDS: Mapping[str, Iterable[str]] = {
    INCIDENT: _INCIDENT_KINDS, WINDOW: _WINDOW_KINDS, COMPONENT: _COMPONENT_KINDS,
}  # fmt: skip
_PERMISSIONS = {
    INCIDENT: "incidents.change_incident", WINDOW: "maintenance.change_window",
    COMPONENT: "components.change_component",
}  # fmt: skip
_LOOK_BACK = 2_000
"""How many of the newest journal entries can be of what still waits."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A change that people are not told of yet."""

    what: str
    title: str
    recipients: str
    """`4 people and 1 hook`; '' when nobody is told of it."""
    seconds_left: int
    url: str
    undo_url: str

    @property
    def text(self) -> str:
        """What is about to happen, in one line."""
        if not self.recipients:
            return f"Published, nobody is told · can be undone for {self.seconds_left} s"
        return f"Publishing to {self.recipients} in {self.seconds_left} s"


def publications(
    request: HttpRequest, *, family: str = "", subject_id: int | None = None
) -> list[Publication]:
    """Return what the user can undo now, the newest first: all, of a family, or of one subject."""
    now = datetime.now(UTC)
    families = [
        name for name in ([family] if family else _KINDS)
        if request.user.has_perm(_PERMISSIONS[name])
    ]  # fmt: skip
    if not families:
        return []
    kinds = [kind for name in families for kind in _KINDS[name]]
    rows = JournalEntry.objects.filter(at__gt=now - timedelta(seconds=MAX_SECONDS))
    if subject_id is not None:
        rows = rows.filter(subject_id=subject_id)
    else:
        newest = JournalEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0
        rows = rows.filter(pk__gt=newest - _LOOK_BACK)
    prefixes = tuple(_changes_with(kind) for kind in kinds)
    return list(_undoable(rows.order_by("-pk"), kinds, prefixes, now))


def _undoable(
    rows: Iterable[JournalEntry], kinds: Iterable[str], prefixes: tuple[str, ...], now: datetime
) -> Iterable[Publication]:
    """Yield what waits and is the newest of its subject that is not undone."""
    undone: set[int] = set()
    changed: set[tuple[str, int | None]] = set()
    for entry in rows:
        subject = (entry.kind.split(".")[0], entry.subject_id)
        if not entry.kind.startswith(prefixes) or entry.kind in _NO_CHANGE:
            continue
        if UNDOES in entry.data:
            undone.add(entry.data[UNDOES])
        elif entry.pk not in undone:
            until = held_until(entry)
            is_newest = subject not in changed
            changed.add(subject)
            if is_newest and until and until > now and entry.kind in kinds and is_undoable(entry):
                yield _publication(entry, until - now)


def _changes_with(kind: str) -> str:
    """Return how the types of entries begin that change what one of `kind` changed."""
    return kind if kind in _COMPONENT_KINDS else f"{kind.split('.', maxsplit=1)[0]}."


_NO_CHANGE = {incident_events.INCIDENT_NOTED.name, window_events.SERIES_CHANGED.name}


def _publication(entry: JournalEntry, left: timedelta) -> Publication:
    return Publication(
        what=_LABELS[entry.kind],
        title=str(entry.data.get("title") or entry.data.get("name", "")),
        recipients=_recipients(entry),
        seconds_left=max(1, ceil(left.total_seconds())),
        url=_page_of(entry),
        undo_url=reverse("undo", args=[entry.pk]),
    )


def _recipients(entry: JournalEntry) -> str:
    """Return who is told: those who have a copy already, else those who would get one now."""
    if entry.kind in _COMPONENT_KINDS:
        return _told_of_status(entry)
    if not entry.data.get("notify"):
        return ""
    notice = Notice.objects.filter(entry_id=entry.pk).exclude(fanned_out_at=None).first()
    if notice is None:
        counts = audience.counts_of(entry.data, is_window=_is_window(entry))
    else:
        rows = Delivery.objects.filter(notice=notice, state__in=[State.QUEUED, State.HELD])
        counts = audience.count_by_channel(rows)
    return audience.people(counts)


def _told_of_status(entry: JournalEntry) -> str:
    """Return who is told of the change of status that follows from an entry, if one does."""
    told: Counter[str] = Counter()
    known = notices_that_followed(entry)
    if not known:
        for written in written_notices(changes_that_followed(entry)):
            told.update(fanout.count_recipients(written.audience))
    for notice in known:
        if notice.fanned_out_at is None:
            told.update(fanout.count_recipients(Audience.from_json(notice.audience)))
        else:
            rows = Delivery.objects.filter(notice=notice, state__in=[State.QUEUED, State.HELD])
            told.update(audience.count_by_channel(rows))
    return audience.people(told)


def _is_window(entry: JournalEntry) -> bool:
    return entry.kind in _WINDOW_KINDS


def _page_of(entry: JournalEntry) -> str:
    if entry.kind in _COMPONENT_KINDS:
        return reverse("admin:components_component_change", args=[entry.subject_id])
    if _is_window(entry):
        return reverse("admin:maintenance_window_change", args=[entry.subject_id])
    return reverse("incident-desk", args=[entry.subject_id])


@never_cache
@require_POST
def undo_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo what a journal entry published; go on to the page of what it is about."""
    entry = get_object_or_404(JournalEntry, pk=pk, kind__in=_LABELS)
    family = next(name for name, kinds in _KINDS.items() if entry.kind in kinds)
    if not request.user.has_perm(_PERMISSIONS[family]):
        raise PermissionDenied
    try:
        undo(entry, now=datetime.now(UTC), actor=actor(request))
    except UndoError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{_LABELS[entry.kind]} undone. Nobody was notified.")
        if entry.data.get("hold", {}).get("update_id"):
            return redirect(f"{_page_of(entry)}?undone={entry.pk}")
    return redirect(_page_of(entry))


def undone(request: HttpRequest, subject_id: int) -> Mapping[str, Any]:
    """Return the data of the undone entry that a request names, to be written anew; else empty."""
    pk = request.GET.get("undone", "")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return {}
    entry = JournalEntry.objects.filter(pk=pk, subject_id=subject_id, kind__in=_LABELS).first()
    return entry.data if entry else {}
