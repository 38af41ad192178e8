"""The choice, when an incident, a window or a series is deleted, to call it off to those who were
told."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from components.models import Versioned
from subscribers.delivery.order import told


class CallsOff(admin.ModelAdmin[Any]):
    """An admin whose deletions say how many people were told, and ask whether to tell them."""

    delete_confirmation_template = "admin/call_off.html"
    delete_selected_confirmation_template = "admin/call_off_selected.html"
    thread_name = ""
    """How the thread of an object's notices begins."""

    def is_over(self, obj: Any) -> bool:
        """Return whether nothing is left to call off."""
        raise NotImplementedError

    def wants_notice(self, request: HttpRequest) -> bool:
        """Return whether those who were told are to be told; a form without the choice says yes."""
        return "call_off" in request.POST or "call_off_asked" not in request.POST

    def told_count(self, *objects: Versioned) -> int:
        """Return how many recipients were told of what would be called off."""
        recipients = {
            pk
            for name in self.threads_of(objects)
            for pk in told(name).values_list("subscriber", flat=True)
        }
        return len(recipients - {None})

    def threads_of(self, rows: Iterable[Any]) -> list[str]:
        """Return the threads of what is called off with some rows."""
        return [f"{self.thread_name}-{each.pk}" for each in rows if not self.is_over(each)]

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> Any:
        return super().render_delete_form(
            request, {**context, "told_count": self.told_count(context["object"])}
        )

    def get_actions(self, request: HttpRequest) -> Any:
        actions: dict[str, Any] = super().get_actions(request)
        if "delete_selected" in actions:
            function, *named = actions["delete_selected"]
            actions["delete_selected"] = (_with_count(function), *named)
        return actions


def _with_count(function: Any) -> Any:
    """Return the action that deletes what is selected, whose question says how many were told."""

    def delete_selected(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        answer = function(modeladmin, request, queryset)
        if isinstance(answer, TemplateResponse) and answer.context_data is not None:
            answer.context_data["told_count"] = modeladmin.told_count(*queryset)
        return answer

    return delete_selected
