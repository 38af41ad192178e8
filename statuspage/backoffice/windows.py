"""The admin of windows with what only this layer knows: Markdown, and the regions."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from maintenance.admin import SeriesAdmin, WindowAdmin
from maintenance.forms import SeriesForm, WindowForm
from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window
from maintenance.series import windows_to_come
from statuspage.backoffice.audience import (
    told_recipients,
    window_recipients,
    window_recipients_text,
)
from statuspage.backoffice.call_off import CallsOff
from statuspage.backoffice.regions import ChoosesRegions
from statuspage.backoffice.undo import SERIES, WINDOW, publications, undone
from statuspage.renderers.html.markdown import render_markdown

admin.site.unregister([Window, Series])


class PlacedWindowForm(ChoosesRegions, WindowForm):
    """A window whose regions are ticked."""


class PlacedSeriesForm(ChoosesRegions, SeriesForm):
    """A series whose regions are ticked."""


@admin.register(Window)
class PlacedWindowAdmin(CallsOff, WindowAdmin):
    form = PlacedWindowForm
    thread_name = "maintenance"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show beside the form how many are told of the window."""
        window = self.get_object(request, object_id) if object_id else None
        ids = window.components.values_list("pk", flat=True) if window else ()
        pk = window.pk if window else 0
        more = {
            "recipients": window_recipients_text(ids, window_id=pk),
            "publications": publications(request, family=WINDOW, subject_id=pk) if pk else [],
            "undone": undone(request, pk),
        }
        return super().changeform_view(
            request, object_id, form_url, {**more, **(extra_context or {})}
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show above the list what can still be undone."""
        more = {"publications": publications(request, family=WINDOW)}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def recipients_of(self, rows: Sequence[Window]) -> str:
        return window_recipients(rows)

    def is_over(self, obj: Window) -> bool:
        return WindowState(obj.state).is_final

    def message_html(self, message: str) -> SafeString:
        """Return the message as the public page shows it: rendered, then cleaned."""
        return render_markdown(message)


@admin.register(Series)
class PlacedSeriesAdmin(CallsOff, SeriesAdmin):
    form = PlacedSeriesForm
    thread_name = "maintenance"
    change_form_template = "admin/maintenance/series/change_form.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show above the form what can still be undone of the series."""
        series = self.get_object(request, object_id) if object_id else None
        found = publications(request, family=SERIES, subject_id=series.pk) if series else []
        more = {"publications": found}
        return super().changeform_view(
            request, object_id, form_url, {**more, **(extra_context or {})}
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show above the list what can still be undone."""
        more = {"publications": publications(request, family=SERIES)}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def recipients_of(self, rows: Sequence[Series]) -> str:
        """Return who was told of the windows to come, for only they are told."""
        return told_recipients(self.threads_of(rows))

    def threads_of(self, rows: Iterable[Series]) -> list[str]:
        """Return the threads of the windows that are cancelled with their series."""
        windows = windows_to_come(rows, at=datetime.now(UTC))
        return [f"{self.thread_name}-{pk}" for pk in windows.values_list("pk", flat=True)]
