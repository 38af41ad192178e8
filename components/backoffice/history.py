"""Declared history in the admin: people add, change, withdraw and restore what they declared."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from components.backoffice.base import actor
from components.backoffice.versioned import VersionedAdmin, VersionedForm
from components.history.corrections import (
    corrected_event,
    correction_problem,
    period_data,
    time_problems,
)
from components.journal import Event
from components.models import DeclaredPeriod
from components.status import Status
from components.uptime.layers import Source

_BEFORE = "_period_before"


class DeclaredPeriodForm(VersionedForm):
    withdrawn = forms.BooleanField(
        required=False,
        help_text=gettext_lazy("Withdrawn entries do not count. Clear this to restore the entry."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["withdrawn"] = self.instance.withdrawn_at is not None
        if "note" in self.fields:
            self.fields["note"].required = True
        if "ended_at" in self.fields:
            self.fields["ended_at"].required = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if {"started_at", "ended_at"} <= cleaned.keys():
            problems = time_problems(
                cleaned["started_at"], cleaned["ended_at"], now=datetime.now(UTC)
            )
            if problems:
                raise ValidationError(problems)
        return cleaned


class SourceFilter(admin.SimpleListFilter):
    """What people declared, by what it comes from."""

    title = "source"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(each.value, gettext(each.label)) for each in Source if each is not Source.BY_HAND]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[DeclaredPeriod]
    ) -> QuerySet[DeclaredPeriod]:
        value = self.value()
        return queryset.filter(source=value) if value else queryset


@admin.register(DeclaredPeriod)
class DeclaredPeriodAdmin(VersionedAdmin[DeclaredPeriod]):
    form = DeclaredPeriodForm
    journal_family = "component"
    list_display = ["component", "shown_status", "started_at", "ended_at", "source", "note",
                    "author", "counts"]  # fmt: skip
    list_filter = [SourceFilter, "status", ("withdrawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["component"]
    search_fields = ["component__name", "component__slug", "note"]
    empty_text = "What people declared of the past: incidents, manual statuses and corrections."
    autocomplete_fields = ["component"]
    date_hierarchy = "started_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeclaredPeriod]:
        # That a component has no monitors is nobody's word.
        return super().get_queryset(request).exclude(source=Source.BY_HAND)

    def get_fields(self, request: HttpRequest, obj: DeclaredPeriod | None = None) -> Any:
        fields = ["component", "status", "started_at", "ended_at", "note"]
        return fields if obj is None else ["source", *fields, "withdrawn", "what_to_do"]

    def get_readonly_fields(self, request: HttpRequest, obj: DeclaredPeriod | None = None) -> Any:
        return [] if obj is None else ["source", "component", "what_to_do"]

    def journal_query(self, obj: DeclaredPeriod) -> dict[str, Any]:
        return {"about": self.journal_family, "subject_id": obj.component_id}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (obj is None or not correction_problem(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether it goes with its component; by itself it is withdrawn, never deleted."""
        match = request.resolver_match
        own = match is not None and (match.url_name or "").startswith("components_declaredperiod_")
        return not own and request.user.has_perm("components.delete_component")

    @admin.display(description="status", ordering="status")
    def shown_status(self, obj: DeclaredPeriod) -> SafeString:
        return format_html(
            '<span class="status status-{}">{}</span>',
            obj.status,
            gettext(Status(obj.status).label),
        )

    @admin.display(description="counts", boolean=True)
    def counts(self, obj: DeclaredPeriod) -> bool:
        return obj.withdrawn_at is None

    @admin.display(description="how it counts")
    def what_to_do(self, obj: DeclaredPeriod) -> str:
        return correction_problem(obj) or (
            gettext(
                "Beside what was measured, which stays as it is; the component says which counts."
            )
        )

    def save_model(
        self, request: HttpRequest, obj: DeclaredPeriod, form: Any, change: bool
    ) -> None:
        before = DeclaredPeriod.objects.filter(pk=obj.pk).first() if change else None
        setattr(obj, _BEFORE, period_data(before) if before else None)
        if not change:
            obj.author = actor(request)
        super().save_model(request, obj, form, change)

    def store(self, obj: DeclaredPeriod, form: forms.ModelForm[DeclaredPeriod]) -> None:
        if form.cleaned_data.get("withdrawn"):
            obj.withdrawn_at = obj.withdrawn_at or datetime.now(UTC)
        else:
            obj.withdrawn_at = None
        super().store(obj, form)

    def events(
        self, request: HttpRequest, obj: DeclaredPeriod, *, created: bool
    ) -> Iterable[Event]:
        before: dict[str, Any] | None = getattr(obj, _BEFORE)
        yield corrected_event(obj, action=_action(obj, before), before=before, actor=actor(request))


def _action(obj: DeclaredPeriod, before: dict[str, Any] | None) -> str:
    if before is None:
        return "added"
    withdrawn = obj.withdrawn_at is not None
    if withdrawn == before["withdrawn"]:
        return "changed"
    return "withdrawn" if withdrawn else "restored"
