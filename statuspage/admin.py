"""The admin of tokens and of the product's own state."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy
from django_q.models import Failure, OrmQ, Schedule, Success

from components.backoffice.base import JournaledAdmin, ReadOnlyAdmin, actor
from components.backoffice.versioned import OptimisticLockAdmin
from components.journal import Event
from monitors.models import Monitor
from statuspage.access import tokens
from statuspage.backoffice import components, incidents, users, windows  # noqa: F401  (they register themselves)
from statuspage.backoffice.public_page import announcements, pages  # noqa: F401  (they register themselves)
from statuspage.backoffice.regions import region_choices
from statuspage.models import ApiToken, Page, Progress
from statuspage.pages.face import MAIN

# django-q's rows name callables and hold pickles: they are not in the admin. Which of them
# it registers depends on its broker.
admin.site.unregister(
    [model for model in (Failure, OrmQ, Schedule, Success) if admin.site.is_registered(model)]
)
# Allauth's rows are for the pages of accounts: here they would show secrets, or change them unseen.
for _name in ("account", "mfa", "socialaccount", "usersessions"):
    admin.site.unregister(
        [
            model
            for model in apps.get_app_config(_name).get_models()
            if admin.site.is_registered(model)
        ]
    )


class TokenForm(forms.ModelForm[ApiToken]):
    may_manage_people = False
    """Whether the person at the form may make accounts, and so give tokens that can."""

    scopes = forms.MultipleChoiceField(
        choices=[
            (scope, format_lazy("{}: {}", scope, gettext_lazy(what)))
            for scope, what in tokens.SCOPES.items()
        ],
        widget=forms.CheckboxSelectMultiple,
    )

    page = forms.ModelChoiceField(
        Page.objects.exclude(slug=MAIN).order_by("slug"),
        required=False,
        empty_label=gettext_lazy("Everything"),
        help_text=gettext_lazy("It sees and changes only what that page shows."),
    )

    monitor = forms.ModelChoiceField(
        Monitor.objects.filter(kind__in=tokens.FED_KINDS).order_by("name"),
        required=False,
        empty_label=gettext_lazy("All monitors"),
        help_text=gettext_lazy("For alerts:write: it sends alerts or numbers to that one alone."),
    )

    region = forms.ChoiceField(
        required=False, help_text=gettext_lazy("Required for agents:write: where that agent is.")
    )

    class Meta:
        model = ApiToken
        fields = ("name", "scopes", "page", "monitor", "agent", "region", "expires_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region: Any = self.fields["region"]
        region.choices = [("", "---------"), *region_choices(kept=[self.instance.region])]

    def clean_page(self) -> str:
        page: Page | None = self.cleaned_data["page"]
        return page.slug if page else ""

    def clean_monitor(self) -> int | None:
        monitor: Monitor | None = self.cleaned_data["monitor"]
        return monitor.pk if monitor else None

    def clean(self) -> dict[str, Any] | None:
        found = super().clean() or {}
        tokens.check_monitor(found.get("monitor"), found.get("scopes") or ())
        tokens.check_page(found.get("page") or "", found.get("scopes") or ())
        return found

    def clean_scopes(self) -> list[str]:
        scopes: list[str] = self.cleaned_data["scopes"]
        added = tokens.PEOPLE_SCOPES & (set(scopes) - set(self.initial.get("scopes") or ()))
        if added and not self.may_manage_people:
            raise ValidationError(
                gettext("Only those who can add and change users can grant {names}.").format(
                    names=", ".join(sorted(added))
                )
            )
        return scopes


@admin.register(ApiToken)
class ApiTokenAdmin(OptimisticLockAdmin[ApiToken], JournaledAdmin[ApiToken]):
    form = TokenForm
    list_display = [
        "name",
        "scopes_text",
        "page",
        "agent",
        "region",
        "created_at",
        "expires_at",
        "last_used_at",
    ]
    search_fields = ["name"]
    empty_text = "A token lets one program use the API, within its scopes, until it expires."

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        form.may_manage_people = request.user.has_perms(["auth.add_user", "auth.change_user"])
        return form

    @admin.display(description="scopes")
    def scopes_text(self, obj: ApiToken) -> str:
        return ", ".join(obj.scopes)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if not change:
            key = tokens.new_key(obj)
            messages.warning(
                request, gettext("Copy the key now, it is shown only once: {key}").format(key=key)
            )
        super().save_model(request, obj, form, change)

    def events(self, request: HttpRequest, obj: ApiToken, *, created: bool) -> Iterable[Event]:
        yield tokens.changed(obj, actor=actor(request))

    def remove(self, obj: ApiToken, *, actor: str) -> None:
        tokens.delete(obj, actor=actor)


@admin.register(Progress)
class ProgressAdmin(ReadOnlyAdmin[Progress]):
    list_display = ["role", "at"]
    search_fields = ["role"]
    empty_text = "Each process reports here when it last did its work. Start them: manage.py up."
    empty_url, empty_label = "admin:index", "Back to the desk"
