"""Queries on maintenance windows."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q, QuerySet
from django.db.models.query import RawQuerySet

from components.database.prepared_rows import PreparedRows
from components.models import Component
from maintenance.lifecycle import WindowState
from maintenance.models import Window

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEWEST_WINDOWS = 50
"""Of those that were completed so many are listed, however long ago that was."""
OPEN_STATES = (WindowState.IN_PROGRESS, WindowState.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The components under maintenance at one instant; alerts about them are muted."""

    component_ids: frozenset[int]
    everything: bool
    """A window that names no component covers the whole platform."""

    def __contains__(self, component_id: int) -> bool:
        return self.everything or component_id in self.component_ids


def public_windows() -> QuerySet[Window]:
    """Return the windows on the whole platform, or on a component that is shown.

    A window on hidden components alone is as hidden as they are; a draft is announced to nobody.
    """
    shown = Component.objects.nameable()
    covers = Window.components.through.objects
    return Window.objects.exclude(state=WindowState.DRAFT).exclude(
        Q(pk__in=covers.values("window_id"))
        & ~Q(pk__in=covers.filter(component__in=shown).values("window_id"))
    )


def closed_windows(*, since: datetime = EPOCH, until: datetime) -> QuerySet[Window]:
    """Return public windows that began in [since, until) and are closed, newest first."""
    return (
        public_windows()
        .filter(starts_at__gte=since, starts_at__lt=until)
        .exclude(state__in=OPEN_STATES)
        .prefetch_related("components", "updates")
        .order_by("-starts_at", "-id")
    )


def listed_windows(*, closed_since: datetime) -> RawQuerySet[Window]:
    """Return all in progress and scheduled, those closed lately, and the newest public ones
    however long ago they were completed; nearest first; hidden ones too."""
    statement = _listed_windows.statement(closed_since)
    return Window.objects.raw(*statement).prefetch_related("components", "updates")


def _listed(closed_since: datetime) -> QuerySet[Window]:
    completed = public_windows().filter(state=WindowState.COMPLETED).order_by("-starts_at", "-id")
    return Window.objects.filter(
        Q(state__in=OPEN_STATES)
        | Q(closed_at__gte=closed_since)
        | Q(pk__in=completed.values("pk")[:NEWEST_WINDOWS])
    ).order_by("starts_at", "id")


_listed_windows = PreparedRows(_listed, instants=1)


def in_progress() -> QuerySet[Window]:
    return Window.objects.filter(state=WindowState.IN_PROGRESS).prefetch_related("components")


def public_in_progress() -> bool:
    """Return whether a public window is in progress."""
    # There is none most of the time, and that is a far shorter question.
    running = Window.objects.filter(state=WindowState.IN_PROGRESS)
    return running.exists() and public_windows().filter(state=WindowState.IN_PROGRESS).exists()


def covered_components(now: datetime) -> Coverage:
    """Return what windows cover at `now`, to the second in which they end."""
    running = list(in_progress().filter(ends_at__gt=now))
    covered = {window.pk: [each.pk for each in window.components.all()] for window in running}
    return Coverage(
        frozenset(pk for ids in covered.values() for pk in ids),
        any(not ids for ids in covered.values()),
    )


def overlapping(window: Window, *, component_ids: list[int] | None = None) -> list[Window]:
    """Return other open windows at the same time on one of the same components, nearest first.

    That is allowed: a component stays in maintenance until the last of them ends.
    """
    mine = (
        list(window.components.values_list("pk", flat=True))
        if component_ids is None
        else component_ids
    )
    others = Window.objects.filter(
        state__in=OPEN_STATES, starts_at__lt=window.ends_at, ends_at__gt=window.starts_at
    ).exclude(pk=window.pk)
    if mine:
        others = others.filter(Q(components__in=mine) | Q(components=None))
    return list(others.distinct().order_by("starts_at", "id"))
