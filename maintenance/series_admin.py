"""Admin of series of maintenance windows."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from components.backoffice.base import actor, undo_seconds
from components.backoffice.question import (
    AsksFirst,
    Question,
    ask,
    count,
    is_answered,
    wants_notice,
)
from components.backoffice.sentences import reasons
from components.backoffice.versioned import VersionedAdmin
from components.journal import Event
from components.journal.hold import with_common_hold
from maintenance import recurrence
from maintenance.events import series_changed
from maintenance.forms import PLAN_FIELDS, SeriesForm
from maintenance.models import Series
from maintenance.repetition.forms import REPEAT_FIELDS
from maintenance.series import (
    delete_series,
    replan,
    stop_series,
    stored_before,
    upcoming_occurrences,
)

_STORED = "_stored_before"


def _now() -> datetime:
    return datetime.now(UTC)


@admin.register(Series)
class SeriesAdmin(AsksFirst[Series], VersionedAdmin[Series]):
    form = SeriesForm
    journal_family = "maintenance"
    list_display = ["title", "rule", "timezone", "ended"]
    list_filter = ["ended"]
    search_fields = ["title"]
    empty_text = "Schedule maintenance and choose a recurrence: it then appears here."
    empty_url, empty_label = "admin:maintenance_window_add", "Schedule maintenance"
    autocomplete_fields = ["components"]
    readonly_fields = ["next_ones"]
    fieldsets = [
        (None, {"fields": PLAN_FIELDS}),
        (gettext_lazy("Recurrence"), {
            "fields": ["next_ones", *REPEAT_FIELDS, "timezone", "first_local", "duration"],
        }),
        (gettext_lazy("Advanced"), {"classes": ["collapse"], "fields": ["rule"]}),
    ]  # fmt: skip
    actions = ["stop"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a series begins with its first window

    @admin.display(description="next five occurrences")
    def next_ones(self, obj: Series) -> SafeString:
        try:
            occurrences = upcoming_occurrences(obj, after=_now())
        except ValidationError as error:
            return format_html("{}", reasons(error))
        lines = format_html_join(
            "", "<li>{}</li>", ((recurrence.occurrence_text(o, obj.timezone),) for o in occurrences)
        )
        return format_html("<ol>{}</ol>", lines)

    def store(self, obj: Series, form: forms.ModelForm[Series]) -> None:
        setattr(obj, _STORED, stored_before(obj, at=_now()))
        super().store(obj, form)

    def events(self, request: HttpRequest, obj: Series, *, created: bool) -> Iterable[Event]:
        changed = [series_changed(obj, actor=actor(request)), *replan(obj, at=_now())]
        yield from with_common_hold(changed, seconds=undo_seconds(), before=getattr(obj, _STORED))

    def wants_notice(self, request: HttpRequest) -> bool:
        """Return whether those who were told of a window are told that its series is deleted."""
        return True

    def delete_model(self, request: HttpRequest, obj: Series) -> None:
        delete_series(
            obj, notify=self.wants_notice(request), hold_seconds=undo_seconds(),
            actor=actor(request), at=_now(),
        )  # fmt: skip

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Series]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    @admin.action(description="Stop and cancel upcoming windows…", permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Series]) -> Any:
        running = list(queryset.filter(ended=False))
        if not running:
            return messages.info(request, gettext("None of the selected series is active."))
        if not is_answered(request):
            return ask(self, request, "stop", Question(
                title=gettext("Stop {count}?").format(
                    count=count(len(running), "series", "series")
                ),
                button=gettext("Stop"),
                text=gettext("Upcoming windows are cancelled, except those edited individually."),
                items=[str(each) for each in running], recipients=self.recipients_of(running),
            ))  # fmt: skip
        for series in running:
            stop_series(
                series, notify=wants_notice(request), hold_seconds=undo_seconds(),
                actor=actor(request), at=_now(),
            )  # fmt: skip
        return None
