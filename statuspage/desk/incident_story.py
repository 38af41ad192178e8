"""What happened in an incident: what people said, the statuses it had, and what was edited."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.utils.safestring import SafeString

from components.models import StatusPeriod
from components.status import Status
from incidents.models import Incident, PostMortem
from statuspage.page.markdown import render_markdown

AROUND = timedelta(minutes=10)
"""How long before its start and after its end a change of status still belongs to an incident."""
MOST = 200


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of the timeline. `kind` is said, derived or note: told apart by shape."""

    kind: str
    at: datetime
    title: str
    by: str
    body: SafeString
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """A former wording and what became of it."""

    at: datetime
    by: str
    field: str
    old: str
    new: str


def timeline(incident: Incident) -> list[Moment]:
    """Everything, newest first; notes are for staff, so this is too."""
    moments = [
        *(
            Moment("said", update.created_at, update.get_status_display(),
                   update.author or "by itself", render_markdown(update.message),
                   not update.notify)
            for update in incident.updates.all()
        ),
        *(
            Moment("note", note.created_at, "Note for staff", note.author,
                   render_markdown(note.text))
            for note in incident.notes.all()
        ),
        *derived(incident),
    ]  # fmt: skip
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def derived(incident: Incident, *, public_only: bool = False) -> Iterator[Moment]:
    """How the affected components' statuses changed meanwhile, from the log of periods."""
    ids = incident.impacts.values_list("component_id", flat=True)
    rows = (
        StatusPeriod.objects.filter(component__in=list(ids))
        .filter(started_at__gte=incident.started_at - AROUND)
        .select_related("component__group")
        .order_by("component_id", "started_at")
    )
    if incident.resolved_at:
        rows = rows.filter(started_at__lte=incident.resolved_at + AROUND)
    for period in rows[:MOST]:
        if public_only and not period.component.is_public:
            continue
        title = f"{period.component.name}: {Status(period.status).label}"
        yield Moment("derived", period.started_at, title, "", SafeString(""))


def edits(incident: Incident) -> list[Edit]:
    """Who changed which published words, newest first."""
    found = [
        *_edits_of(incident, ("title", "severity", "started_at", "published", "regions")),
        *(each for update in incident.updates.all() for each in _edits_of(update, ("message",))),
    ]
    return sorted(found, key=lambda edit: edit.at, reverse=True)[:MOST]


def _edits_of(row: Any, fields: Iterable[str]) -> Iterator[Edit]:
    names = tuple(fields)
    for new, old in pairwise(row.history.all()[:MOST]):
        for name in names:
            before, after = getattr(old, name), getattr(new, name)
            if before != after:
                yield Edit(
                    new.history_date,
                    new.history_change_reason or "by itself",
                    name.replace("_", " "),
                    str(before),
                    str(after),
                )


def first_draft(incident: Incident) -> PostMortem:
    """A post-mortem to begin with: its timeline filled from updates and statuses.

    It is written to be published, so hidden components are not named in it.
    """
    lines = [(moment.at, moment.title) for moment in derived(incident, public_only=True)] + [
        (update.created_at, f"**{update.get_status_display()}** — {update.message.strip()}")
        for update in incident.updates.all()
    ]
    told = "\n".join(
        f"- {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {' '.join(text.split())}"
        for at, text in sorted(lines)
    )
    affected = incident.impacts.select_related("component__group").order_by("component__name")
    names = ", ".join(each.component.name for each in affected if each.component.is_public)
    took = ""
    if incident.resolved_at:
        minutes = int((incident.resolved_at - incident.started_at).total_seconds() // 60)
        took = f" for {minutes} min"
    return PostMortem(
        incident=incident,
        impact=f"{names} affected{took}." if names else "",
        timeline=told[:20_000],
    )
