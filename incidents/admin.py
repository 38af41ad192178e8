"""Admin of incidents: their list, their details, and their templates."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from components.backoffice.autocomplete import could_be
from components.backoffice.base import JournaledAdmin, actor, undo_seconds
from components.backoffice.fields import CodesField
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
from components.backoffice.translations import TranslationsField
from components.backoffice.versioned import OptimisticLockAdmin, VersionedAdmin, VersionedForm
from components.journal import Event
from components.journal.hold import with_hold
from components.languages.page_languages import other_languages
from components.models import Component, set_history_actor
from components.models.validators import check_regions
from incidents import events, services, templates
from incidents.models import Impact, Incident, IncidentTemplate, Update
from incidents.placeholders import PlaceholderError, blanks
from incidents.template_text import RenderedTemplate, placeholder_values, render_template
from incidents.undo import INCIDENT_VALUES, UNPUBLISHED
from incidents.workflow import IncidentState, resolution_time, time_errors

_BEFORE = "_state_before"
_STORED = "_stored_before"
_BACKFILLED = "_written_down_later"
_NOTIFY = "_is_told"
RESOLVED_TEXT = "This incident has been resolved."
_ID = Component._meta.pk
_MAX_ID_DIGITS = 19
"""Digits: what has more is no row's number, and no database takes it for one."""


class ImpactInline(admin.TabularInline[Impact, Incident]):
    model = Impact
    extra = 1
    verbose_name, verbose_name_plural = "component", "Affected components"
    autocomplete_fields = ["component"]

    def get_extra(self, request: HttpRequest, obj: Incident | None = None, **kwargs: Any) -> int:
        return max(1, min(len(request.GET.getlist("component")), 50)) if obj is None else 1


def _without_blanks(text: str) -> str:
    """Return a text for the public. Raises ValidationError for what a template left open."""
    if left := blanks(text):
        raise ValidationError(
            gettext("Replace or remove {names}.").format(
                names=", ".join(f"{{{name}}}" for name in left)
            )
        )
    return text


class UpdateForm(forms.ModelForm[Update]):
    messages = TranslationsField()

    def clean_message(self) -> str:
        return _without_blanks(self.cleaned_data["message"])


class UpdateInline(admin.StackedInline[Update, Incident]):
    """The first update of a new incident; later only their texts, which keep their history."""

    model = Update
    form = UpdateForm
    verbose_name_plural = "Update"
    extra = 1
    max_num = 1
    can_delete = False

    def get_fields(self, request: HttpRequest, obj: Incident | None = None) -> Any:
        texts = ["message", *(["messages"] if other_languages() else [])]
        return texts if obj else [*texts, "notify"]

    def get_extra(self, request: HttpRequest, obj: Incident | None = None, **kwargs: Any) -> int:
        return 0 if obj else 1

    def has_add_permission(self, request: HttpRequest, obj: Incident | None = None) -> bool:
        # Later ones are posted on the incident's own page.
        return obj is None and bool(super().has_add_permission(request, obj))


class IncidentForm(VersionedForm):
    titles = TranslationsField(rows=1, max_length=200)
    regions = CodesField(
        required=False,
        validators=[check_regions],
        help_text=gettext_lazy("Region codes, separated by commas."),
    )
    notify = forms.BooleanField(
        required=False,
        initial=True,
        label=gettext_lazy("Notify"),
        help_text=gettext_lazy(
            "Notify subscribers when this publishes a draft, and those already notified "
            "when this resolves, reopens or withdraws the incident. Other corrections send nothing."
        ),
    )
    ended_at = forms.SplitDateTimeField(
        required=False,
        widget=AdminSplitDateTime,
        help_text=gettext_lazy("Fill in only to record a past incident; nobody is notified."),
    )

    def clean_title(self) -> str:
        return _without_blanks(self.cleaned_data["title"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if started_at := cleaned.get("started_at"):
            ended = cleaned.get("ended_at") or self.instance.resolved_at
            errors = time_errors(started_at, ended, now=datetime.now(UTC))
            field = "ended_at" if cleaned.get("ended_at") and "resolved_at" in errors else ""
            if errors:
                raise ValidationError({field or "started_at": list(errors.values())})
        return cleaned


def requested_template(request: HttpRequest) -> RenderedTemplate | None:
    """Return the template that a request for a new incident names. Raises PlaceholderError."""
    pk, ids = request.GET.get("template", ""), request.GET.getlist("component")
    template = IncidentTemplate.objects.filter(pk=pk).first() if pk.isdecimal() else None
    if template is None:
        return None
    known = [pk for pk in ids if pk.isdecimal() and len(pk) < _MAX_ID_DIGITS]
    named = Component.objects.filter(pk__in=known)
    names = [component.name for component in named]
    return render_template(template, placeholder_values(components=names), keep_blanks=True)


@admin.register(Incident)
class IncidentAdmin(AsksFirst[Incident], VersionedAdmin[Incident]):
    form = IncidentForm
    list_display = ["status", "title", "severity", "started_at", "resolved_at", "reference"]
    list_display_links = ["reference"]
    empty_text = "An incident tells visitors and subscribers what is wrong, and keeps its history."
    list_filter = [("status", CountedStates), "severity", "published", "started_at"]
    search_fields = ["reference", "title"]
    list_per_page = 50
    readonly_fields = ["resolved_at"]
    inlines = [ImpactInline, UpdateInline]
    actions = ["publish", "resolve"]

    def get_fields(self, request: HttpRequest, obj: Incident | None = None) -> Any:
        end = "resolved_at" if obj else "ended_at"
        titles = ["title", *(["titles"] if other_languages() else [])]
        shown = [*titles, "status", "severity", "published", "publish_at", "regions",
                 "started_at", end]  # fmt: skip
        # Of a new one its first update says whether it is told.
        return [*shown, "notify"] if obj else shown

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the form's initial values, from `?template=` if it is given."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        try:
            rendered = requested_template(request)
        except PlaceholderError as error:
            messages.warning(request, reasons(error))
            return initial
        if rendered is None:
            return initial
        return {**initial, "title": rendered.title, "status": rendered.status,
                "severity": rendered.severity}  # fmt: skip

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Incident, inline: Any, prefix: str
    ) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if request.method != "GET":
            return kwargs
        if isinstance(inline, ImpactInline):
            chosen = request.GET.getlist("component")
            measured = self.measured_statuses([int(pk) for pk in chosen if could_be(pk, _ID)])
            kwargs["initial"] = [
                {"component": pk, "status": measured.get(int(pk) if could_be(pk, _ID) else 0, "")}
                for pk in chosen
            ]
        elif obj._state.adding:
            with suppress(PlaceholderError):
                if rendered := requested_template(request):
                    kwargs["initial"] = [{"message": rendered.message}]
        return kwargs

    def measured_statuses(self, component_ids: Sequence[int]) -> dict[int, str]:
        """Return what is measured of components; a subclass further up knows."""
        return {}

    def set_derived_fields(self, obj: Incident) -> None:
        now = datetime.now(UTC)
        obj.resolved_at = resolution_time(IncidentState(obj.status), obj.resolved_at, now=now)
        obj.machine_only = False
        services.set_reference(obj)

    def store(self, obj: Incident, form: forms.ModelForm[Incident]) -> None:
        setattr(obj, _BEFORE, (form.initial.get("status"), form.initial.get("published")))
        setattr(obj, _STORED, {} if obj._state.adding else INCIDENT_VALUES.read(obj))
        ended_at = form.cleaned_data.get("ended_at") if obj._state.adding else None
        setattr(obj, _BACKFILLED, ended_at is not None)
        setattr(obj, _NOTIFY, form.cleaned_data.get("notify", True))
        if ended_at is not None:
            obj.status, obj.resolved_at = IncidentState.RESOLVED, ended_at
        super().store(obj, form)

    def save_model(self, request: HttpRequest, obj: Incident, form: Any, change: bool) -> None:
        set_history_actor(obj, actor=actor(request))
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is Update and not change:
            declared = form.instance.impacts.values_list("component_id", "status")
            for added in formset.save(commit=False):
                added.status, added.author = form.instance.status, actor(request)
                if getattr(form.instance, _BACKFILLED):
                    added.created_at, added.notify = form.instance.resolved_at, False
                set_history_actor(added, actor=added.author)
                added.component_statuses = {str(pk): status for pk, status in declared}
                added.save()
        else:
            for each in formset.forms:
                set_history_actor(each.instance, actor=actor(request))
            super().save_formset(request, form, formset, change)

    def events(self, request: HttpRequest, obj: Incident, *, created: bool) -> Iterable[Event]:
        who, seconds = actor(request), undo_seconds()
        if created and getattr(obj, _BACKFILLED):
            yield events.backfilled_event(obj, actor=who)
        elif created:
            event = events.opened_event(obj, actor=who)
            yield with_hold(event, seconds=seconds, before=UNPUBLISHED)
        else:
            event = events.edited_event(
                obj, before=getattr(obj, _BEFORE), fields=self.changed_fields(obj), actor=who,
                notify=getattr(obj, _NOTIFY),
            )  # fmt: skip
            yield services.held_edit(event, obj, seconds=seconds, before=getattr(obj, _STORED))

    def wants_notice(self, request: HttpRequest) -> bool:
        """Return whether those who were told of an incident are told that it is deleted."""
        return True

    def delete_model(self, request: HttpRequest, obj: Incident) -> None:
        services.delete_incident(
            obj, notify=self.wants_notice(request), hold_seconds=undo_seconds(),
            actor=actor(request),
        )  # fmt: skip

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Incident]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def evidence_against(self, incidents: Sequence[Incident]) -> list[str]:
        """Return what speaks against resolving them; a subclass further up knows."""
        return []

    @admin.action(description="Publish drafts…", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Incident]) -> Any:
        drafts = list(queryset.filter(published=False))
        if not drafts:
            return messages.info(request, gettext("None of the selected incidents is a draft."))
        if not is_answered(request):
            question = Question(
                title=gettext("Publish {count}?").format(count=count(len(drafts), 'draft')),
                button=gettext("Publish"),
                items=[str(each) for each in drafts], recipients=self.recipients_of(drafts),
            )  # fmt: skip
            return ask(self, request, "publish", question)
        for incident in drafts:
            services.publish_incident(
                incident, notify=wants_notice(request), hold_seconds=undo_seconds(),
                actor=actor(request),
            )  # fmt: skip
        return messages.success(
            request, gettext("Published {count}.").format(count=count(len(drafts), "draft"))
        )

    @admin.action(description="Resolve with a short update…", permissions=["change"])
    def resolve(self, request: HttpRequest, queryset: QuerySet[Incident]) -> Any:
        opened = list(queryset.filter(resolved_at=None))
        if not opened:
            return messages.info(request, gettext("None of the selected incidents is open."))
        if not is_answered(request):
            public = [each for each in opened if each.published]
            question = Question(
                title=gettext("Resolve {count}?").format(count=count(len(opened), 'incident')),
                button=gettext("Resolve"),
                text=gettext("Each gets the update “{update}”").format(
                    update=RESOLVED_TEXT
                ),
                items=[str(each) for each in opened], recipients=self.recipients_of(public),
                warnings=self.evidence_against(opened),
            )  # fmt: skip
            return ask(self, request, "resolve", question)
        for incident in opened:
            services.post_update(
                incident,
                status=IncidentState.RESOLVED,
                message=RESOLVED_TEXT,
                notify=wants_notice(request),
                hold_seconds=undo_seconds(),
                actor=actor(request),
            )
        return messages.success(
            request, gettext("Resolved {count}.").format(count=count(len(opened), "incident"))
        )


@admin.register(IncidentTemplate)
class IncidentTemplateAdmin(
    OptimisticLockAdmin[IncidentTemplate], JournaledAdmin[IncidentTemplate]
):
    journal_family = "template"
    list_display = ["name", "title", "severity", "status", "use"]
    search_fields = ["name", "title"]
    empty_text = "Templates hold texts for incidents, with placeholders such as {component}."

    def events(
        self, request: HttpRequest, obj: IncidentTemplate, *, created: bool
    ) -> Iterable[Event]:
        yield templates.template_changed(obj, actor=actor(request))

    def remove(self, obj: IncidentTemplate, *, actor: str) -> None:
        templates.delete_template(obj, actor=actor)

    @admin.display(description="next step")
    def use(self, obj: IncidentTemplate) -> SafeString:
        address = reverse("admin:incidents_incident_add")
        return format_html('<a href="{}?template={}">Use template</a>', address, obj.pk)
