"""Admin of how operators are alerted: channels, and routes of alerts to them."""

from calendar import day_abbr
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext, gettext_lazy

from components.backoffice.base import JournaledAdmin, actor
from components.backoffice.question import Question, ask, count, is_answered
from components.backoffice.translated_names import choices_translated
from components.backoffice.versioned import OptimisticLockAdmin
from components.journal import Event
from components.models import Component
from components.values.severity import Severity, severity_choices
from subscribers.alerting.channels import (
    channel_changed,
    check_channel,
    delete_channel,
    store_channel,
)
from subscribers.alerting.routes import delete_route, route_changed, who_is_told
from subscribers.alerting.service import send_test
from subscribers.models import AlertChannel, AlertRoute, AlertStep, Bounce


class ChannelForm(forms.ModelForm[AlertChannel]):
    # Not called after the column, which the admin refuses to edit: it holds what was sealed.
    new_address = forms.CharField(
        label=gettext_lazy("Address"),
        required=False,
        max_length=2000,
        widget=forms.PasswordInput(attrs={"class": "vTextField", "autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "E-mail address, webhook URL or Apprise URL. Stored encrypted and never shown "
            "again. Leave empty to keep the current one."
        ),
    )

    class Meta:
        model = AlertChannel
        fields = ("name", "channel", "enabled")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        address, channel = cleaned.get("new_address", ""), cleaned.get("channel", "")
        if channel:
            try:
                cleaned["new_address"] = check_channel(self.instance, channel, address)
            except ValidationError as error:
                raise ValidationError({"new_address": error.messages}) from None
        return cleaned


@admin.register(AlertChannel)
class AlertChannelAdmin(OptimisticLockAdmin[AlertChannel], JournaledAdmin[AlertChannel]):
    journal_family = "alert_channel"
    form = ChannelForm
    fields = ["name", "channel", "new_address", "enabled"]
    list_display = ["name", "channel", "shown_address", "last_bounce", "enabled"]
    search_fields = ["name"]
    empty_text = "A channel is where alerts go: e-mail, Slack, a webhook, a pager."
    show_full_result_count = False
    actions = ["send_test"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertChannel]:
        bounces = Bounce.objects.filter(delivery__alert_channel=OuterRef("pk")).order_by("-id")
        newest = {"bounced_at": Subquery(bounces.values("at")[:1]),
                  "bounced_as": Subquery(bounces.values("status")[:1])}  # fmt: skip
        return super().get_queryset(request).annotate(**newest)

    @admin.display(description="address")
    def shown_address(self, obj: AlertChannel) -> str:
        return obj.masked

    @admin.display(description="last bounce")
    def last_bounce(self, obj: Any) -> str:
        return f"{obj.bounced_as}, {obj.bounced_at:%-d %b %Y}" if obj.bounced_at else "–"

    @admin.action(description="Send test…", permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[AlertChannel]) -> Any:
        if not is_answered(request):
            question = Question(
                title=gettext("Send a test to {count}?").format(
                    count=count(queryset.count(), "channel")
                ),
                button=gettext("Send test"),
                items=[each.name for each in queryset],
            )
            return ask(self, request, "send_test", question)
        for channel in queryset:
            send_test(channel, now=datetime.now(UTC))
        return messages.success(request, gettext("Test sent. See Deliveries for the result."))

    def save_model(
        self, request: HttpRequest, obj: AlertChannel, form: ModelForm[AlertChannel], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if secret := form.cleaned_data["new_secret"]:
            messages.warning(
                request,
                gettext("Copy the signing secret now, it is shown only once: {secret}").format(
                    secret=secret
                ),
            )

    def store(self, obj: AlertChannel, form: ModelForm[AlertChannel]) -> None:
        address = form.cleaned_data.get("new_address", "")
        form.cleaned_data["new_secret"] = store_channel(obj, address=address)

    def events(self, request: HttpRequest, obj: AlertChannel, *, created: bool) -> Iterable[Event]:
        yield channel_changed(obj, actor=actor(request))

    def remove(self, obj: AlertChannel, *, actor: str) -> None:
        delete_channel(obj, actor=actor)


class StepInline(admin.TabularInline[AlertStep, AlertRoute]):
    model = AlertStep
    extra = 1
    verbose_name_plural = "Escalation steps"
    fields = ["after_minutes", "channel"]


class RouteForm(forms.ModelForm[AlertRoute]):
    hours_days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"), coerce=int, required=False,
        choices=list(enumerate(day_abbr, start=1)),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    waits_outside = forms.MultipleChoiceField(
        label=gettext_lazy("Wait outside these hours"), required=False, choices=severity_choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Alerts of these severities wait until the hours begin. Others are sent at any "
            "time."
        ),
    )  # fmt: skip
    steps_seen = forms.CharField(required=False, disabled=True, widget=forms.HiddenInput)
    """The steps as they were, so that two people who change them are told of each other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            steps = self.instance.steps.values_list("channel", "after_minutes")
            self.initial["steps_seen"] = " ".join(f"{pk}:{minutes}" for pk, minutes in steps)

    class Meta:
        model = AlertRoute
        fields = (
            "name", "enabled", "components", "groups", "min_severity", "hours_zone", "hours_days",
            "hours_from", "hours_to", "waits_outside", "remind_minutes",
        )  # fmt: skip
        help_texts = dict.fromkeys(
            ("components", "groups"), gettext_lazy("Both empty: alerts of all components.")
        )


class WhoForm(forms.Form):
    component = forms.ModelChoiceField(
        Component.objects.filter(retired_at=None).order_by("name"), label=gettext_lazy("Component")
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("Severity"), initial=Severity.CRITICAL.value,
        choices=choices_translated(severity_choices()),
    )  # fmt: skip


@admin.register(AlertRoute)
class AlertRouteAdmin(OptimisticLockAdmin[AlertRoute], JournaledAdmin[AlertRoute]):
    journal_family = "alert_route"
    form = RouteForm
    list_display = ["name", "min_severity", "steps_text", "hours_text", "remind_minutes", "enabled"]
    search_fields = ["name"]
    empty_text = "A route decides which alerts reach which channel, and when to escalate."
    autocomplete_fields = ["components", "groups"]
    inlines = [StepInline]
    show_full_result_count = False
    change_list_template = "admin/subscribers/alertroute/change_list.html"
    fieldsets = [
        (None, {"fields": ["name", "enabled"]}),
        (gettext_lazy("Which alerts"), {"fields": ["min_severity", "components", "groups"]}),
        (gettext_lazy("Hours"), {
            "fields": ["hours_zone", "hours_days", ("hours_from", "hours_to"), "waits_outside"],
        }),
        (gettext_lazy("Reminders"), {"fields": ["remind_minutes"]}),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertRoute]:
        return super().get_queryset(request).prefetch_related("steps__channel")

    def events(self, request: HttpRequest, obj: AlertRoute, *, created: bool) -> Iterable[Event]:
        yield route_changed(obj, actor=actor(request))

    def remove(self, obj: AlertRoute, *, actor: str) -> None:
        delete_route(obj, actor=actor)

    @admin.display(description="steps")
    def steps_text(self, obj: AlertRoute) -> str:
        return "; ".join(
            step.channel.name + (f" after {step.after_minutes} min" if step.after_minutes else "")
            for step in obj.steps.all()
        )

    @admin.display(description="hours")
    def hours_text(self, obj: AlertRoute) -> str:
        if not obj.keeps_hours:
            return gettext("always")
        days = " ".join(day_abbr[day - 1] for day in sorted(obj.hours_days))
        clock = f" {obj.hours_from:%H:%M}–{obj.hours_to:%H:%M}" if obj.hours_from else ""
        return f"{days}{clock} {obj.hours_zone}"

    def get_urls(self) -> list[Any]:
        who = self.admin_site.admin_view(self.who_view)
        return [path("who/", who, name="alert-who"), *super().get_urls()]

    def who_view(self, request: HttpRequest) -> HttpResponse:
        """Show who would be told now of trouble with a component, and when the others."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = datetime.now(UTC)
        form = WhoForm(request.GET or None)
        steps = None
        if form.is_valid():
            component, severity = form.cleaned_data["component"], form.cleaned_data["severity"]
            steps = who_is_told(component.pk, Severity(severity), now=now)
        context = {
            **self.admin_site.each_context(request), "title": gettext("Who is notified"),
            "form": form, "steps": steps, "now": now, "opts": AlertRoute._meta,
        }  # fmt: skip
        return TemplateResponse(request, "admin/subscribers/alertroute/who.html", context)
