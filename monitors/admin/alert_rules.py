"""The rules of the address for all alerts, and the alerts that none of them matched."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from components.backoffice.base import JournaledAdmin, ReadOnlyAdmin, actor
from components.backoffice.versioned import OptimisticLockAdmin
from components.journal import Event
from monitors import alert_rules
from monitors.models import AlertRule, UnmatchedAlert


class AlertRuleForm(forms.ModelForm[AlertRule]):
    class Meta:
        model = AlertRule
        fields = ("name", "position", "matchers", "component", "status")


@admin.register(AlertRule)
class AlertRuleAdmin(OptimisticLockAdmin[AlertRule], JournaledAdmin[AlertRule]):
    form = AlertRuleForm
    journal_family = "alert_rule"
    list_display = ["matchers_text", "name", "position", "component", "status"]
    list_select_related = ["component"]
    search_fields = ["name", "matchers", "component__name"]
    autocomplete_fields = ["component"]
    empty_text = "A rule decides which component an alert from elsewhere is about."

    def journal_query(self, obj: AlertRule) -> dict[str, Any]:
        return {"about": self.journal_family, "subject_id": obj.component_id}

    @admin.display(description="labels", ordering="matchers")
    def matchers_text(self, obj: AlertRule) -> str:
        return obj.matchers or "every alert"

    def events(self, request: HttpRequest, obj: AlertRule, *, created: bool) -> Iterable[Event]:
        yield alert_rules.rule_changed(obj, actor=actor(request))

    def remove(self, obj: AlertRule, *, actor: str) -> None:
        alert_rules.delete_rule(obj, actor=actor)


@admin.register(UnmatchedAlert)
class UnmatchedAlertAdmin(ReadOnlyAdmin[UnmatchedAlert]):
    list_display = ["label", "reason", "times", "received_at"]
    search_fields = ["name", "reason"]
    readonly_fields = ["label", "reason", "labels_text", "times", "received_at"]
    empty_text = "Alerts from other systems that match no rule appear here."
    empty_url, empty_label = "admin:monitors_alertrule_add", "Add alert rule"
    empty_needs = "monitors.add_alertrule"

    def get_fields(self, request: HttpRequest, obj: UnmatchedAlert | None = None) -> Any:
        return ["label", "reason", "labels_text", "times", "received_at"]

    @admin.display(description="alert", ordering="name")
    def label(self, obj: UnmatchedAlert) -> str:
        return str(obj)

    @admin.display(description="labels")
    def labels_text(self, obj: UnmatchedAlert) -> SafeString:
        pairs = sorted(obj.labels.items())
        return format_html_join("", '<div><code>{}="{}"</code></div>', pairs)
