"""The catalogue and the journal in the admin."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from components import services
from components.backoffice import history, journal  # noqa: F401  (they register themselves)
from components.backoffice.base import ReadOnlyAdmin, actor, undo_seconds
from components.backoffice.ordering import OrderedAdmin, by_group
from components.backoffice.sentences import localized
from components.backoffice.state_counts import CountedStates
from components.backoffice.versioned import VersionedForm
from components.journal import Event
from components.journal.hold import with_hold
from components.journal.undo import read_values
from components.models import Component, Group, JournalCursor, SetAside
from components.selectors import refuse_cycle
from components.status import Status

_BEFORE = "_override_before"
_UNSET = dict.fromkeys(services.OVERRIDE_FIELDS, "")


def status_badge(status: str) -> SafeString:
    """Return a status as coloured HTML, the same everywhere in the admin."""
    return format_html(
        '<span class="status status-{}">{}</span>', status, gettext(Status(status).label)
    )


@admin.register(Group)
class GroupAdmin(OrderedAdmin[Group]):
    list_display = ["name", "parent", "sort_order", "collapsed", "open_when_wrong", "visible"]
    list_select_related = ["parent"]
    search_fields = ["name"]
    autocomplete_fields = ["parent"]
    empty_text = "Groups put related components under one heading on the page."

    def siblings(self, chosen: QuerySet[Group]) -> Iterable[list[Group]]:
        yield list(Group.objects.all())

    def events(self, request: HttpRequest, obj: Group, *, created: bool) -> Iterable[Event]:
        yield services.group_changed(obj, actor=actor(request))

    def remove(self, obj: Group, *, actor: str) -> None:
        services.delete_group(obj, actor=actor)


class ComponentForm(VersionedForm):
    def clean_depends_on(self) -> QuerySet[Component]:
        needed: QuerySet[Component] = self.cleaned_data["depends_on"]
        if self.instance.pk:
            self.instance.name = self.cleaned_data.get("name", self.instance.name)
            try:
                refuse_cycle(self.instance, needed)
            except ValidationError as error:
                raise ValidationError(error.message_dict["depends_on"]) from None
        return needed


@admin.register(Component)
class ComponentAdmin(OrderedAdmin[Component]):
    form = ComponentForm
    change_form_template = "admin/components/component/change_form.html"
    list_display = ["shown_status", "name", "group", "status_since", "override", "visible"]
    list_display_links = ["name"]
    empty_text = "A component is a service or part of one that visitors see on the page."
    list_filter = [("status", CountedStates), "group", "visible", "critical"]
    list_select_related = ["group"]
    # As the page has them, so that moving one shows where it went.
    ordering = [F("group__sort_order").asc(nulls_last=True), "group__name", "sort_order", "name"]
    search_fields = ["name", "slug"]
    autocomplete_fields = ["group", "depends_on"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["shown_status", "why", "status_since"]
    actions = ["clear_override", *OrderedAdmin.actions]
    _FIRST = ("name", "slug", "group", "description", "visible")
    _STATUS = (gettext_lazy("Status"), {"fields": ["shown_status", "status_since", "why"]})
    _MANUAL = ("status_override", "override_note")
    editable_when_managed = _MANUAL
    _ADVANCED = ("tags", "sort_order", "only_when_wrong", "counts_for_overall", "critical",
                 "depends_on", "maintenance_counts", "uptime_policy", "auto_incident",
                 "opening_delay", "closing_delay")  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Component | None = None) -> Any:
        """Return the form's parts: what a new one needs first, the rest closed."""
        # Of a new one its status is what its monitors will say.
        advanced = [*self._ADVANCED, *(() if obj else self._MANUAL)]
        parts: list[Any] = [(None, {"fields": [*self._FIRST]})]
        if obj is not None:
            shut = {} if obj.status_override else {"classes": ["collapse"]}
            parts.insert(0, self._STATUS)
            parts.append((gettext("Manual status"), {"fields": [*self._MANUAL], **shut}))
        parts.append((gettext("Advanced"), {"classes": ["collapse"], "fields": advanced}))
        return self.with_version_field(request, obj, parts)

    def siblings(self, chosen: QuerySet[Component]) -> Iterable[list[Component]]:
        """Components are ordered within their group."""
        groups = set(chosen.values_list("group_id", flat=True))
        there = Q(group__in=groups - {None})
        if None in groups:
            there |= Q(group=None)
        return by_group(Component.objects.filter(there).select_related("group"))

    @admin.display(description="status", ordering="status")
    def shown_status(self, obj: Component) -> SafeString | str:
        return status_badge(obj.status)

    @admin.display(description="why")
    def why(self, obj: Component) -> SafeString | str:
        lines = format_html_join(
            "", "<li>{}</li>", ((localized(reason["text"]),) for reason in obj.reasons)
        )
        return (
            format_html('<ul class="why">{}</ul>', lines)
            if obj.reasons
            else gettext("No data yet.")
        )

    @admin.display(description="manual status", ordering="status_override")
    def override(self, obj: Component) -> str:
        return gettext(Status(obj.status_override).label) if obj.status_override else "—"

    def events(self, request: HttpRequest, obj: Component, *, created: bool) -> Iterable[Event]:
        who, seconds = actor(request), undo_seconds()
        changed = services.component_changed(obj, actor=who)
        if not set(services.OVERRIDE_FIELDS) & set(self.changed_fields(obj)):
            yield changed
            return
        # Both: of a status that may follow from either, nobody is told sooner.
        yield with_hold(changed, seconds=seconds)
        event = services.override_changed(obj, actor=who)
        yield with_hold(event, seconds=seconds, before=getattr(obj, _BEFORE, None) or _UNSET)

    def save_model(self, request: HttpRequest, obj: Component, form: Any, change: bool) -> None:
        setattr(obj, _BEFORE, read_values(obj, services.OVERRIDE_FIELDS) if change else None)
        super().save_model(request, obj, form, change)

    def remove(self, obj: Component, *, actor: str) -> None:
        services.delete_component(obj, actor=actor)

    @admin.action(description="Clear manual status", permissions=["change"])
    def clear_override(self, request: HttpRequest, queryset: QuerySet[Component]) -> None:
        cleared = 0
        for component in queryset.exclude(status_override=""):
            services.set_override(
                component, status=None, actor=actor(request), hold_seconds=undo_seconds()
            )
            cleared += 1
        messages.success(
            request,
            gettext("Manual status cleared on {cleared} component(s).").format(cleared=cleared),
        )


@admin.register(JournalCursor)
class JournalCursorAdmin(ReadOnlyAdmin[JournalCursor]):
    list_display = ["reader", "position", "moved_at", "failures", "last_error"]
    search_fields = ["reader"]
    empty_text = "Consumers read the journal: statuses, notifications, automatic incidents."
    empty_url, empty_label = "admin:components_journalentry_changelist", "View the journal"


@admin.register(SetAside)
class SetAsideAdmin(ReadOnlyAdmin[SetAside]):
    list_display = ["reader", "entry", "at", "error"]
    search_fields = ["reader", "error"]
    empty_text = "A task that failed three times is listed here with its error. All is well."
    empty_url, empty_label = "admin:index", "Back to the desk"
    list_select_related = ["entry"]
