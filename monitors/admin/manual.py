"""The part of the monitors' admin in which a person sets a state."""

import time
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from components.backoffice.base import actor
from components.backoffice.sentences import reasons
from components.status import Verdict
from monitors.manual import set_state
from monitors.models import Monitor

STATE_ACTIONS = ("say_up", "say_degraded", "say_down")


class ManualAdminMixin(admin.ModelAdmin[Monitor]):
    """The fields and actions of manual monitors, mixed into the admin of monitors."""

    def manual_fieldsets(self, obj: Monitor | None) -> Any:
        fieldsets = [(None, {"fields": ["name", "component", "enabled"]})]
        if obj is None:
            return fieldsets
        return [(gettext("Status"), {"fields": ["says", "results"]}), *fieldsets]

    @admin.action(description="Set to up (manual monitors)", permissions=["change"])
    def say_up(self, request: HttpRequest, queryset: QuerySet[Monitor]) -> None:
        self._set_state(request, queryset, Verdict.UP)

    @admin.action(description="Set to degraded (manual monitors)", permissions=["change"])
    def say_degraded(self, request: HttpRequest, queryset: QuerySet[Monitor]) -> None:
        self._set_state(request, queryset, Verdict.DEGRADED)

    @admin.action(description="Set to down (manual monitors)", permissions=["change"])
    def say_down(self, request: HttpRequest, queryset: QuerySet[Monitor]) -> None:
        self._set_state(request, queryset, Verdict.DOWN)

    def _set_state(self, request: HttpRequest, queryset: QuerySet[Monitor], state: Verdict) -> None:
        changed = 0
        for monitor in queryset:
            try:
                set_state(monitor, state=state, actor=actor(request), now=time.time())
                changed += 1
            except ValidationError as error:
                messages.error(request, f"{monitor}: {reasons(error)}")
        if changed:
            messages.success(
                request,
                gettext("{changed} monitor(s) set to {state}.").format(
                    changed=changed, state=gettext(state)
                ),
            )
