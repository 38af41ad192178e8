"""Timeline of an incident: its updates and notes, the statuses it had, and what was edited."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString

from components.history.selectors import combined_periods
from components.models import JournalEntry
from components.status import Verdict
from incidents.models import Incident, PostMortem
from monitors.event_types import MONITOR_STATE_CHANGED
from monitors.history.failure_counts import failure_counts
from statuspage.renderers.html.escaping import clean
from statuspage.renderers.html.markdown import render_markdown

MARGIN = timedelta(minutes=10)
"""How long before its start and after its end a change of status still belongs to an incident."""
MAX_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One point of the timeline. `kind`, shown by shape, is said, derived, measured or note."""

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


def timeline(incident: Incident) -> list[TimelineEntry]:
    """Return everything, newest first; notes are for staff, so this is too."""
    entries = [
        *(
            TimelineEntry("said", update.created_at, update.get_status_display(),
                   update.author or "by itself", render_markdown(update.message),
                   not update.notify)
            for update in incident.updates.all()
        ),
        *(
            TimelineEntry("note", note.created_at, "Note for staff", note.author,
                   render_markdown(note.text))
            for note in incident.notes.all()
        ),
        *derived(incident),
        *measured(incident),
    ]  # fmt: skip
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def derived(incident: Incident, *, public_only: bool = False) -> Iterator[TimelineEntry]:
    """Yield how the affected components' statuses changed meanwhile, by both layers of history."""
    names = _affected(incident, public_only)
    since = incident.started_at - MARGIN
    until = incident.resolved_at + MARGIN if incident.resolved_at else None
    changes = (
        (pk, period)
        for pk, periods in sorted(combined_periods(names, since=since, until=until).items())
        for period in periods
        if period.start >= since and (until is None or period.start <= until)
    )
    for pk, period in islice(changes, MAX_ENTRIES):
        title = f"{names[pk]}: {period.status.label}"
        yield TimelineEntry("derived", period.start, title, "", SafeString(""))


def measured(incident: Incident, *, public_only: bool = False) -> Iterator[TimelineEntry]:
    """Yield what the monitors of the affected components found meanwhile, from the journal.

    In public neither a monitor's name nor what it was answered is shown: both may be internal.
    """
    names = _affected(incident, public_only)
    rows = JournalEntry.objects.filter(
        kind=MONITOR_STATE_CHANGED.name,
        subject_id__in=list(names),
        at__gte=incident.started_at - MARGIN,
    ).order_by("id")
    if incident.resolved_at:
        rows = rows.filter(at__lte=incident.resolved_at + MARGIN)
    for entry in rows[:MAX_ENTRIES]:
        data, name = entry.data, names[entry.subject_id or 0]
        result = "comes and goes" if data["flapping"] else _VERDICT_TEXTS[data["verdict"]]
        source = "a check" if public_only else f"“{data['name']}”"
        message = "" if public_only else data["message"]
        yield TimelineEntry(
            "measured",
            datetime.fromisoformat(data["since"]),
            f"{name}: {source} from {data['region']} {result}",
            "",
            escape(clean(message)),
        )


_VERDICT_TEXTS = {
    Verdict.UP: "succeeds",
    Verdict.DEGRADED: "is unwell",
    Verdict.DOWN: "fails",
    Verdict.UNKNOWN: "says nothing",
}


def _affected(incident: Incident, public_only: bool) -> dict[int, str]:
    """Return names of the components that it affects; in public those of shown ones only."""
    rows = incident.impacts.select_related("component__group__parent").order_by("component__name")
    return {
        each.component_id: each.component.name
        for each in rows
        if each.component.is_nameable or not public_only
    }


def edits(incident: Incident) -> list[Edit]:
    """Return the edits of published text, newest first."""
    changes = [
        *_edits_of(incident, ("title", "severity", "started_at", "published", "regions")),
        *(each for update in incident.updates.all() for each in _edits_of(update, ("message",))),
    ]
    return sorted(changes, key=lambda edit: edit.at, reverse=True)[:MAX_ENTRIES]


def _edits_of(row: Any, fields: Iterable[str]) -> Iterator[Edit]:
    names = tuple(fields)
    for new, old in pairwise(row.history.all()[:MAX_ENTRIES]):
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


def first_draft(incident: Incident, *, now: datetime) -> PostMortem:
    """Return a post-mortem to begin with: its timeline filled from updates, statuses and checks.

    It is written to be published, so hidden components are not named in it.
    """
    lines = [
        *((each.at, each.title) for each in derived(incident, public_only=True)),
        *((each.at, each.title) for each in measured(incident, public_only=True)),
        *(
            (each.created_at, f"**{each.get_status_display()}** — {each.message.strip()}")
            for each in incident.updates.all()
        ),
    ]
    dated = (
        f"- {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {' '.join(line.split())}"
        for at, line in sorted(lines)
    )
    # Several checks of one minute that found the same are one line.
    text = "\n".join(dict.fromkeys(dated))
    return PostMortem(
        incident=incident, impact="\n".join(_impact(incident, now)), timeline=text[:20_000]
    )


def _impact(incident: Incident, now: datetime) -> Iterator[str]:
    """Yield who was affected for how long, and how many of the checks failed."""
    names = _affected(incident, public_only=True)
    if not names:
        return
    ended = incident.resolved_at or now
    took = ""
    if incident.resolved_at:
        took = f" for {int((ended - incident.started_at).total_seconds() // 60)} min"
    yield f"{', '.join(names.values())} affected{took}."
    for pk, count in failure_counts(names, since=incident.started_at, until=ended).items():
        if count.total:
            yield f"\n{names[pk]}: {count.failed:,} of {count.total:,} checks failed."
