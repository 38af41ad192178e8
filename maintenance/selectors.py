"""What others may know of maintenance windows."""

from django.db.models import QuerySet

from maintenance.lifecycle import WindowState
from maintenance.models import Window


def current_and_coming() -> QuerySet[Window]:
    """In progress and scheduled, nearest first."""
    return (
        Window.objects.filter(state__in=[WindowState.IN_PROGRESS, WindowState.SCHEDULED])
        .prefetch_related("components")
        .order_by("starts_at", "id")
    )


def in_progress() -> QuerySet[Window]:
    return Window.objects.filter(state=WindowState.IN_PROGRESS).prefetch_related("components")
