"""People and roles in the admin. An owner manages both, without becoming more than an owner."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, gettext_lazy

from components.backoffice.base import JournaledAdmin, actor
from components.backoffice.versioned import OptimisticLockAdmin
from components.journal import Event, record
from statuspage import event_types
from statuspage.access import people
from statuspage.access.roles import MEANINGS, ROLES
from statuspage.accounts import sign_in_reset
from statuspage.accounts.role_names import install, role_name

install()
admin.site.unregister([Group, User])
# A role is what this product calls Django's group; `components.Group` is another thing.
Group._meta.verbose_name, Group._meta.verbose_name_plural = "role", "roles"


def _is_super(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


@admin.register(User)
class PersonAdmin(OptimisticLockAdmin[User], JournaledAdmin[User], UserAdmin[User]):
    """The admin of accounts; a superuser's is for superusers alone."""

    journal_family = "person"
    list_display = ["username", "first_name", "last_name", "shown_roles", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    empty_text = "A user signs in to this admin, and may do what the user's roles allow."
    filter_horizontal = ()
    autocomplete_fields = ["groups"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (gettext_lazy("Personal information"), {"fields": ["first_name", "last_name", "email"]}),
        (gettext_lazy("Access"), {"fields": ["is_active", "is_staff", "groups", "is_superuser"]}),
        (gettext_lazy("Activity"), {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    actions = ["end_sessions", "reset_sign_in"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None and db_field.name == "groups":
            lines = ((gettext(name.capitalize()), gettext(text)) for name, text in MEANINGS.items())
            items = format_html_join("", "<li>{}: {}</li>", lines)
            field.label, field.help_text = gettext("Roles"), format_html("<ul>{}</ul>", items)
        return field

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="roles")
    def shown_roles(self, obj: User) -> str:
        names = [role_name(group) for group in obj.groups.all()]
        return ", ".join([*names, *([gettext("superuser")] if obj.is_superuser else [])]) or "—"

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if _is_super(request) else [*fields, "is_superuser"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # Else one who may set passwords could take a superuser's account over.
        beyond = obj is not None and obj.is_superuser and not _is_super(request)
        return not beyond and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        beyond = obj is not None and obj.is_superuser and not _is_super(request)
        return not beyond and bool(super().has_delete_permission(request, obj))

    def events(self, request: HttpRequest, obj: User, *, created: bool) -> Iterable[Event]:
        yield people.person_changed(obj, fields=self.changed_fields(obj), actor=actor(request))

    @admin.action(description="End all sessions", permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in self._within_reach(request, queryset):
            sign_in_reset.end_sessions(person, actor=actor(request))

    @admin.action(
        description="Remove second factors, passkeys and providers", permissions=["change"]
    )
    def reset_sign_in(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in self._within_reach(request, queryset):
            sign_in_reset.remove_factors(person, actor=actor(request))

    def _within_reach(self, request: HttpRequest, queryset: QuerySet[User]) -> list[User]:
        """Return those that the user may change, and tell how many that is."""
        people = [each for each in queryset if self.has_change_permission(request, each)]
        beyond = len(queryset) - len(people)
        left = gettext("; {number} not changed").format(number=beyond) if beyond else ""
        messages.success(
            request, gettext("Done for {number}{left}.").format(number=len(people), left=left)
        )
        return people

    def remove(self, obj: User, *, actor: str) -> None:
        # `has_delete_permission` has said that it may be.
        people.delete_person(obj, by_superuser=True, actor=actor)


@admin.register(Group)
class RoleAdmin(OptimisticLockAdmin[Group], JournaledAdmin[Group], GroupAdmin):
    """The admin of roles: the product's own are to be read, others are the operator's."""

    journal_family = "role"
    empty_text = "A role says what the users who have it may see and do."

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> Any:
        own = obj is not None and obj.name in ROLES
        return ["shown_name", "permissions"] if own else super().get_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> Any:
        own = obj is not None and obj.name in ROLES
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "shown_name"] if own else fields

    @admin.display(description=gettext_lazy("name"))
    def shown_name(self, obj: Group) -> str:
        return role_name(obj)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        own = obj is not None and obj.name in ROLES
        return not own and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        own = obj is not None and obj.name in ROLES
        return not own and bool(super().has_delete_permission(request, obj))

    def events(self, request: HttpRequest, obj: Group, *, created: bool) -> Iterable[Event]:
        names = obj.permissions.values_list("codename", flat=True)
        data = {"name": obj.name, "permissions": sorted(names)}
        yield Event(event_types.ROLE_CHANGED, data, subject_id=obj.pk, actor=actor(request))

    def remove(self, obj: Group, *, actor: str) -> None:
        with transaction.atomic():
            event = Event(
                event_types.ROLE_DELETED, {"name": obj.name}, subject_id=obj.pk, actor=actor
            )
            obj.delete()
            record(event)
