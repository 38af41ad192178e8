"""Admin of operators' alerts: channels, routes, and the alerts with their action."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from components.backoffice.base import ReadOnlyAdmin, actor
from components.backoffice.versioned import OptimisticLockAdmin
from subscribers.alerting.channels import check_address, save_channel
from subscribers.alerting.service import acknowledge, send_test
from subscribers.models import Alert, AlertChannel, AlertRoute


class ChannelForm(forms.ModelForm[AlertChannel]):
    # Not called after the column, which the admin refuses to edit: it holds what was sealed.
    new_address = forms.CharField(
        label="Address",
        required=False,
        max_length=2000,
        widget=forms.PasswordInput(attrs={"class": "vTextField", "autocomplete": "new-password"}),
        help_text="A mail address, the URL of a hook, or an Apprise URL. It is stored sealed and "
        "never shown; leave it empty to keep the one that is set.",
    )

    class Meta:
        model = AlertChannel
        fields = ("name", "channel", "enabled")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        address, channel = cleaned.get("new_address", ""), cleaned.get("channel", "")
        if address and channel:
            try:
                cleaned["new_address"] = check_address(channel, address)
            except ValidationError as error:
                raise ValidationError({"new_address": error.messages}) from None
        elif not self.instance.address:
            raise ValidationError({"new_address": "Write where alerts are to go."})
        elif "channel" in self.changed_data:
            raise ValidationError({"new_address": "Another channel needs its own address."})
        return cleaned


@admin.register(AlertChannel)
class AlertChannelAdmin(OptimisticLockAdmin[AlertChannel]):
    form = ChannelForm
    fields = ["name", "channel", "new_address", "enabled"]
    list_display = ["name", "channel", "masked", "enabled"]
    show_full_result_count = False
    actions = ["send_test"]

    @admin.action(description="Send a test", permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[AlertChannel]) -> None:
        for channel in queryset:
            send_test(channel, now=datetime.now(UTC))
        messages.success(request, "On its way; the deliveries tell what came of it.")

    def save_model(
        self, request: HttpRequest, obj: AlertChannel, form: ModelForm[AlertChannel], change: bool
    ) -> None:
        secret = save_channel(obj, address=form.cleaned_data.get("new_address", ""))
        if secret:
            messages.warning(request, f"The signing secret, shown this once: {secret}")


@admin.register(AlertRoute)
class AlertRouteAdmin(OptimisticLockAdmin[AlertRoute]):
    list_display = ["name", "min_severity", "channel_names", "remind_minutes", "enabled"]
    autocomplete_fields = ["components", "groups"]
    filter_horizontal = ["channels"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertRoute]:
        return super().get_queryset(request).prefetch_related("channels")

    @admin.display(description="channels")
    def channel_names(self, obj: AlertRoute) -> str:
        return ", ".join(channel.name for channel in obj.channels.all())


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin[Alert]):
    list_display = ["name", "stage", "severity", "began_at", "acknowledger", "resolved_at"]
    list_filter = ["stage", "severity"]
    search_fields = ["name"]
    actions = ["acknowledge_selected"]

    @admin.display(description="acknowledged by")
    def acknowledger(self, obj: Alert) -> str:
        return obj.acknowledged_by or "–"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Asked by the list for its actions; nothing of an alert can be edited.
        return obj is None and super(ReadOnlyAdmin, self).has_change_permission(request)

    @admin.action(description="Acknowledge: I look after it", permissions=["change"])
    def acknowledge_selected(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        now = datetime.now(UTC)
        done = sum(acknowledge(alert, by=actor(request), now=now) for alert in queryset)
        messages.success(request, f"{done} acknowledged; no more reminders are sent.")
