"""Admin of maintenance windows: one page to plan a window and to run it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from components.backoffice.autocomplete import could_be
from components.backoffice.base import actor, undo_seconds
from components.backoffice.local_times import zone_name
from components.backoffice.question import (
    AsksFirst,
    Question,
    ask,
    count,
    is_answered,
    wants_notice,
)
from components.backoffice.sentences import reasons
from components.backoffice.state_counts import CountedStates
from components.backoffice.versioned import VersionedAdmin
from components.journal import Event
from components.journal.hold import with_hold
from components.languages.page_languages import other_languages
from components.models import set_history_actor
from components.optimistic_lock import ConflictError
from maintenance import services
from maintenance.errors import MaintenanceError
from maintenance.events import window_event
from maintenance.forms import (
    ACTION_STATES,
    PLAN_FIELDS,
    QUESTIONS,
    ActionForm,
    UpdateTextInline,
    WindowForm,
    acts_of,
)
from maintenance.lifecycle import WindowState, may_transition
from maintenance.models import Window
from maintenance.repetition.forms import REPEAT_FIELDS, preview
from maintenance.selectors import OPEN_STATES, overlapping
from maintenance.series import write_series
from maintenance.series_admin import SeriesAdmin
from maintenance.undo import UNANNOUNCED, WINDOW_VALUES

__all__ = ["SeriesAdmin", "WindowAdmin"]

_BEFORE = "_times_before"
_STORED = "_stored_before"
_JOURNALLED_AS = "_journalled_as"
_NOTIFY = "_is_told"
_IS_NO_NEWS = {"notify", "seen_version", "titles", "messages"}
"""Fields of which nobody is told, as of corrected texts of updates: the same was told before."""


def _now() -> datetime:
    return datetime.now(UTC)


@admin.register(Window)
class WindowAdmin(AsksFirst[Window], VersionedAdmin[Window]):
    form = WindowForm
    change_form_template = "admin/maintenance/window/change_form.html"
    journal_family = "maintenance"
    list_display = ["shown_state", "title", "starts_at", "ends_at", "impact", "reference"]
    list_display_links = ["title", "reference"]
    empty_text = "Announce planned work, so that visitors expect it and alerts stay quiet."
    list_filter = [("state", CountedStates), "impact", "blocks_api", "starts_at", "components"]
    search_fields = ["reference", "title"]
    # What runs and what is to come, nearest first; then what is over, newest first.
    ordering = [F("closed_at").desc(nulls_first=True), "starts_at", "id"]
    autocomplete_fields = ["components"]
    actions = ["complete", "cancel"]
    inlines = [UpdateTextInline]
    fieldsets = [
        (gettext_lazy("Maintenance"), {"fields": PLAN_FIELDS}),
        (gettext_lazy("When"), {"fields": ["timezone", "starts_at", "ends_at"]}),
        (gettext_lazy("Recurrence"), {"fields": REPEAT_FIELDS}),
        (gettext_lazy("Advanced"), {"classes": ["collapse"], "fields": ["recurrence"]}),
        (gettext_lazy("Notifications"), {"fields": ["notify", "draft", "publish_at"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Window | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        fields = {"fields": ["titles", "messages"]}
        translations = [(gettext("Translations"), fields)] if other_languages() else []
        if obj is None:
            return [fieldsets[0], *translations, *fieldsets[1:]]
        at = ["publish_at"] if obj.state == WindowState.DRAFT else []
        # Whether it repeats is decided when it is planned; later it is its series' business.
        return [
            fieldsets[0],
            *translations,
            (
                gettext("When ({zone})").format(zone=zone_name()),
                {"fields": ["starts_at", "ends_at"]},
            ),
            (gettext("Notifications"), {"fields": ["notify", *at]}),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"timezone": zone_name(), **super().get_changeform_initial_data(request)}

    def get_inlines(self, request: HttpRequest, obj: Window | None) -> Any:
        return super().get_inlines(request, obj) if obj and obj.updates.exists() else []

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for each in formset.forms:
            set_history_actor(each.instance, actor=actor(request))
        super().save_formset(request, form, formset, change)

    @admin.display(description="state", ordering="state")
    def shown_state(self, obj: Window) -> SafeString:
        return format_html(
            '<span class="status window-{}">{}</span>',
            obj.state,
            gettext(WindowState(obj.state).label),
        )

    def get_urls(self) -> list[Any]:
        return [
            path("preview/", self.admin_site.admin_view(self.preview), name="window-preview"),
            path("<int:pk>/move/", self.admin_site.admin_view(self.move), name="window-move"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        known = could_be(object_id, Window._meta.pk)
        window = Window.objects.filter(pk=object_id).first() if known else None
        more = self._page_context(window) if window else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def message_html(self, message: str) -> SafeString:
        """Return a public message as HTML; a subclass further up renders its Markdown."""
        return format_html("<p>{}</p>", message)

    def _page_context(self, window: Window) -> dict[str, Any]:
        """Return what the page shows beside the form: updates, overlaps, possible actions."""
        state = WindowState(window.state)
        return {
            "window": window,
            "state_label": state.label,
            "acts": acts_of(state),
            "translations": ActionForm()["update_messages"] if other_languages() else "",
            "moves": [name for name, to in ACTION_STATES.items() if may_transition(state, to)],
            "may_extend": not state.is_final and state is not WindowState.DRAFT,
            "is_draft": state is WindowState.DRAFT,
            "updates": [
                (update, self.message_html(update.message)) for update in window.updates.all()
            ],
            "overlaps": [] if state.is_final else overlapping(window),
        }

    def move(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start now, complete early, extend, cancel, or post an update."""
        window = get_object_or_404(Window, pk=pk)
        if request.method != "POST" or not self.has_change_permission(request, window):
            raise PermissionDenied
        form = ActionForm(request.POST)
        if form.is_valid():
            try:
                self._run_action(window, form.cleaned_data, who=actor(request))
            except (MaintenanceError, ConflictError, ValidationError) as error:
                messages.error(request, reasons(error))
            else:
                messages.success(
                    request, gettext("{reference}: done.").format(reference=window.reference)
                )
        else:
            messages.error(request, " ".join(map(str, chain.from_iterable(form.errors.values()))))
        return HttpResponseRedirect(reverse("admin:maintenance_window_change", args=[pk]))

    def _run_action(self, window: Window, data: dict[str, Any], *, who: str) -> None:
        at = _now()
        common = {"actor": who, "notify": data["notify"], "hold_seconds": undo_seconds()}
        if data["act"] == "publish":
            services.publish(window, at=at, **common)
        elif data["act"] == "update":
            texts = {"message": data["message"], "messages": data["update_messages"]}
            services.post_update(window, **texts, at=at, **common)
        elif data["act"] == "extend":
            longer = window.ends_at + timedelta(minutes=data["minutes"])
            services.change(
                window, values={"ends_at": longer}, version=window.version, at=at, **common
            )
        else:
            to = ACTION_STATES[data["act"]]
            texts = {"message": data["message"], "messages": data["update_messages"]}
            services.transition(window, to=to, **texts, at=at, **common)

    def preview(self, request: HttpRequest) -> JsonResponse:
        """Return the next five occurrences of a rule, local and in UTC; nothing is stored."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return JsonResponse(preview(request.GET))

    def save_model(self, request: HttpRequest, obj: Window, form: Any, change: bool) -> None:
        series = None if change else form.series()
        if series is not None:
            covers, who = form.cleaned_data["components"], actor(request)
            created, events = write_series(
                series, components=covers, actor=who, notify=form.cleaned_data["notify"],
                hold_seconds=undo_seconds(), at=_now(),
            )  # fmt: skip
            # The form goes on with the first of them as the window that it has made.
            obj.pk, obj._state.adding = created[0].pk, False
            obj.refresh_from_db()
            setattr(obj, _JOURNALLED_AS, events)
            return
        set_history_actor(obj, actor=actor(request))
        super().save_model(request, obj, form, change)

    def store(self, obj: Window, form: forms.ModelForm[Window]) -> None:
        at = _now()
        setattr(obj, _NOTIFY, form.cleaned_data.get("notify", True))
        if obj._state.adding:
            draft = form.cleaned_data.get("draft", False)
            kind = services.prepare_new(obj, draft=draft, at=at)
        else:
            before = (form.initial["starts_at"], form.initial["ends_at"])
            setattr(obj, _BEFORE, before)
            setattr(obj, _STORED, WINDOW_VALUES.read(obj))
            kind = services.apply_edit(obj, before=before, at=at)
        setattr(obj, _JOURNALLED_AS, kind)
        super().store(obj, form)

    def events(self, request: HttpRequest, obj: Window, *, created: bool) -> Iterable[Event]:
        kind, who = getattr(obj, _JOURNALLED_AS), actor(request)
        if isinstance(kind, list):
            yield from kind
        elif created:
            silent = obj.state == WindowState.COMPLETED
            event = window_event(kind, obj, actor=who, notify=getattr(obj, _NOTIFY), silent=silent)
            yield with_hold(event, seconds=undo_seconds(), before=UNANNOUNCED)
        else:
            told = bool(set(self.changed_fields(obj)) - _IS_NO_NEWS)
            event = services.changed_event(
                kind, obj, before=getattr(obj, _BEFORE), actor=who,
                notify=told and getattr(obj, _NOTIFY),
            )  # fmt: skip
            before = WINDOW_VALUES.replaced(obj, getattr(obj, _STORED))
            yield with_hold(event, seconds=undo_seconds(), before=before)

    def response_add(self, request: HttpRequest, obj: Window, *args: Any, **kwargs: Any) -> Any:
        self._warn(request, obj)
        return super().response_add(request, obj, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Window) -> Any:
        self._warn(request, obj)
        return super().response_change(request, obj)

    def _warn(self, request: HttpRequest, window: Window) -> None:
        if window.state in OPEN_STATES:
            for other in overlapping(window):
                messages.warning(
                    request,
                    gettext("It overlaps with {reference} “{title}”.").format(
                        reference=other.reference, title=other.title
                    ),
                )

    def wants_notice(self, request: HttpRequest) -> bool:
        """Return whether those who were told of a window are told that it is deleted."""
        return True

    def delete_model(self, request: HttpRequest, obj: Window) -> None:
        services.delete_window(
            obj, notify=self.wants_notice(request), hold_seconds=undo_seconds(),
            actor=actor(request),
        )  # fmt: skip

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Window]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    @admin.action(description="Complete now…", permissions=["change"])
    def complete(self, request: HttpRequest, queryset: QuerySet[Window]) -> Any:
        return self._move_all(request, queryset, "complete", WindowState.COMPLETED)

    @admin.action(description="Cancel…", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Window]) -> Any:
        return self._move_all(request, queryset, "cancel", WindowState.CANCELLED)

    def _move_all(
        self, request: HttpRequest, queryset: QuerySet[Window], action: str, to: WindowState
    ) -> Any:
        """Ask first; then move those that may be moved, and say which may not."""
        windows = list(queryset)
        movable = [each for each in windows if may_transition(WindowState(each.state), to)]
        for window in windows:
            if window not in movable:
                label = gettext(WindowState(window.state).label)
                messages.warning(
                    request,
                    gettext("{reference} was not changed. State: {label}.").format(
                        reference=window.reference, label=label
                    ),
                )
        if not movable:
            return None
        number = count(len(movable), "maintenance window")
        question, button = QUESTIONS[action]
        if not is_answered(request):
            return ask(self, request, action, Question(
                title=gettext(question).format(number=number),
                button=gettext(button).format(number=number),
                items=[f"{each.reference} {each.title}" for each in movable],
                recipients=self.recipients_of(movable),
            ))  # fmt: skip
        for window in movable:
            try:
                services.transition(
                    window, to=to, actor=actor(request), notify=wants_notice(request),
                    hold_seconds=undo_seconds(), at=_now(),
                )  # fmt: skip
            except MaintenanceError as error:
                messages.error(request, reasons(error))
        return None
