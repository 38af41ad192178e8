"""What was just published and can still be undone: shown with the time that is left, and undone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from components.backoffice.base import actor
from components.backoffice.sentences import reasons
from components.journal import event_types
from components.journal.hold import (
    MAX_SECONDS,
    UNDOES,
    held_until,
    hold_of,
    is_undoable,
    undone_with,
)
from components.models import JournalEntry
from incidents import event_types as incident_events
from incidents.models import Incident
from maintenance import event_types as window_events
from maintenance.models import Series, Window
from statuspage.automation.cancellation_notices import CALLED_OFF
from statuspage.automation.notices import thread_of, written_notices
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
    incident_events.INCIDENT_CREATED.name: gettext_noop("New incident"),
    incident_events.INCIDENT_UPDATED.name: gettext_noop("Update"),
    incident_events.INCIDENT_RESOLVED.name: gettext_noop("Resolution"),
    incident_events.INCIDENT_WITHDRAWN.name: gettext_noop("Withdrawal"),
    incident_events.INCIDENT_DELETED.name: gettext_noop("Deletion"),
    incident_events.POSTMORTEM_PUBLISHED.name: gettext_noop("Post-mortem"),
}
_WINDOW_KINDS = {
    window_events.WINDOW_SCHEDULED.name: gettext_noop("New maintenance"),
    window_events.WINDOW_STARTED.name: gettext_noop("Start of maintenance"),
    window_events.WINDOW_UPDATED.name: gettext_noop("Update"),
    window_events.WINDOW_RESCHEDULED.name: gettext_noop("New time"),
    window_events.WINDOW_ENDED.name: gettext_noop("End of maintenance"),
    window_events.WINDOW_CANCELLED.name: gettext_noop("Cancellation"),
    window_events.WINDOW_DELETED.name: gettext_noop("Deletion"),
}
_SERIES_KINDS = {window_events.SERIES_CHANGED.name: gettext_noop("Change of recurring maintenance")}
_COMPONENT_KINDS = {event_types.OVERRIDE_CHANGED.name: gettext_noop("Manual status")}
_LABELS = {**_INCIDENT_KINDS, **_WINDOW_KINDS, **_SERIES_KINDS, **_COMPONENT_KINDS}
INCIDENT, WINDOW, SERIES, COMPONENT = "incident", "maintenance", "series", "component"
_KINDS: Mapping[str, Iterable[str]] = {
    INCIDENT: _INCIDENT_KINDS, WINDOW: _WINDOW_KINDS, SERIES: _SERIES_KINDS,
    COMPONENT: _COMPONENT_KINDS,
}  # fmt: skip
_PERMISSIONS = {
    INCIDENT: "incidents.change_incident", WINDOW: "maintenance.change_window",
    SERIES: "maintenance.change_series", COMPONENT: "components.change_component",
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
        return self.countdown.replace("{seconds}", str(self.seconds_left))

    @property
    def countdown(self) -> str:
        """The same with `{seconds}` for what is left: a script counts them down."""
        if not self.recipients:
            return gettext("Nobody is notified · can be undone for {seconds} s")
        text = gettext("Publishing to {recipients} in {seconds} s")
        return text.replace("{recipients}", self.recipients)

    @property
    def afterwards(self) -> str:
        """What has happened once nothing is left."""
        if not self.recipients:
            return gettext("Nobody was notified")
        return gettext("Published to {recipients}").format(recipients=self.recipients)


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
    if subject_id is not None and family != SERIES:
        rows = rows.filter(subject_id=subject_id)
    else:
        newest = JournalEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0
        rows = rows.filter(pk__gt=newest - _LOOK_BACK)
    prefixes = tuple(_changes_with(kind) for kind in kinds)
    found = _undoable(rows.order_by("-pk"), kinds, prefixes)
    return [
        _publication(entry, until - now)
        for entry in found
        if (until := held_until(entry)) and until > now
        and subject_id in (None, entry.subject_id)
    ]  # fmt: skip


def _undoable(
    rows: Iterable[JournalEntry], kinds: Iterable[str], prefixes: tuple[str, ...]
) -> Iterable[JournalEntry]:
    """Yield what is the newest of its subject that is not undone."""
    undone: set[int] = set()
    changed: dict[tuple[str, int | None], str] = {}
    """By which change each subject changed last, as far as it is one of several subjects."""
    for entry in rows:
        if not entry.kind.startswith(prefixes) or entry.kind in _NO_CHANGE:
            continue
        if UNDOES in entry.data:
            undone.add(entry.data[UNDOES])
        elif entry.pk not in undone:
            hold = hold_of(entry)
            change, subject = hold.get("change", ""), _subject(entry)
            others = [(WINDOW, int(pk)) for pk in hold.get("before", {}).get("windows", ())]
            is_newest = subject not in changed and all(
                changed.get(each, change) == change for each in others
            )
            changed.setdefault(subject, change)
            if is_newest and entry.kind in kinds and is_undoable(entry):
                yield entry


def _subject(entry: JournalEntry) -> tuple[str, int | None]:
    """Return what an entry is about: series and windows may share a number."""
    family = SERIES if entry.kind in _SERIES_KINDS else entry.kind.split(".")[0]
    return family, entry.subject_id


def _changes_with(kind: str) -> str:
    """Return how the types of entries begin that change what one of `kind` changed."""
    return kind if kind in _COMPONENT_KINDS else f"{kind.split('.', maxsplit=1)[0]}."


_NO_CHANGE = {incident_events.INCIDENT_NOTED.name}


def _publication(entry: JournalEntry, left: timedelta) -> Publication:
    return Publication(
        what=_what(entry),
        title=str(entry.data.get("title") or entry.data.get("name", "")),
        recipients=_recipients(entry),
        seconds_left=max(1, ceil(left.total_seconds())),
        url=_page_of(entry),
        undo_url=reverse("undo", args=[entry.pk]),
    )


def _what(entry: JournalEntry) -> str:
    if entry.kind in _SERIES_KINDS and "deleted" in hold_of(entry).get("before", {}):
        return gettext("Deletion of recurring maintenance")
    return gettext(_LABELS[entry.kind])


def _recipients(entry: JournalEntry) -> str:
    """Return who is told: those who have a copy already, else those who would get one now."""
    if entry.kind in _COMPONENT_KINDS:
        return _told_of_status(entry)
    if entry.kind in _SERIES_KINDS:
        return _told_of_series(entry)
    if not entry.data.get("notify"):
        return ""
    if entry.kind in CALLED_OFF:
        return audience.told_recipients([thread_of(entry)])
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


def _told_of_series(entry: JournalEntry) -> str:
    """Return who is told of any window that changed with a series, each counted once."""
    told = [each for each in undone_with(entry)[1:] if each.data.get("notify")]
    return audience.told_recipients(f"maintenance-{each.subject_id}" for each in told)


def _is_window(entry: JournalEntry) -> bool:
    return entry.kind in _WINDOW_KINDS


def _page_of(entry: JournalEntry) -> str:
    if entry.kind in _COMPONENT_KINDS:
        return reverse("admin:components_component_change", args=[entry.subject_id])
    if entry.kind in _SERIES_KINDS:
        return _page_or_list(Series, entry)
    if _is_window(entry):
        return _page_or_list(Window, entry)
    return _page_or_list(Incident, entry, page="incident-desk")


def _page_or_list(model: type[Model], entry: JournalEntry, *, page: str = "") -> str:
    """Return the page of what an entry is about; of what was deleted, the list it was in."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    if model._default_manager.filter(pk=entry.subject_id or 0).exists():
        return reverse(page or f"{name}_change", args=[entry.subject_id])
    return reverse(f"{name}_changelist")


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
        messages.error(request, reasons(error))
    else:
        messages.success(
            request, gettext("{what} undone. Nobody was notified.").format(what=_what(entry))
        )
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
