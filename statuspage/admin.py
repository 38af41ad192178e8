"""The admin of tokens and of the product's own state."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success

from components.backoffice.base import JournaledAdmin, ReadOnlyAdmin, actor
from components.backoffice.versioned import OptimisticLockAdmin
from components.journal import Event
from statuspage.access import tokens
from statuspage.backoffice import incidents, users, windows  # noqa: F401  (they register themselves)
from statuspage.models import ApiToken, Progress

# django-q's rows name callables and hold pickles: they are not in the admin. Which of them
# it registers depends on its broker.
admin.site.unregister(
    [model for model in (Failure, OrmQ, Schedule, Success) if admin.site.is_registered(model)]
)


class TokenForm(forms.ModelForm[ApiToken]):
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in tokens.SCOPES], widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ApiToken
        fields = ("name", "scopes", "agent", "region", "expires_at")


@admin.register(ApiToken)
class ApiTokenAdmin(OptimisticLockAdmin[ApiToken], JournaledAdmin[ApiToken]):
    form = TokenForm
    list_display = [
        "name",
        "scopes_text",
        "agent",
        "region",
        "created_at",
        "expires_at",
        "last_used_at",
    ]
    search_fields = ["name"]

    @admin.display(description="scopes")
    def scopes_text(self, obj: ApiToken) -> str:
        return ", ".join(obj.scopes)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if not change:
            key = tokens.new_key(obj)
            messages.warning(request, f"The key, shown this once: {key}")
        super().save_model(request, obj, form, change)

    def events(self, request: HttpRequest, obj: ApiToken, *, created: bool) -> Iterable[Event]:
        yield tokens.changed(obj, actor=actor(request))

    def remove(self, obj: ApiToken, *, actor: str) -> None:
        tokens.delete(obj, actor=actor)


@admin.register(Progress)
class ProgressAdmin(ReadOnlyAdmin[Progress]):
    list_display = ["role", "at"]
