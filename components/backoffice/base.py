"""Base classes of every admin: each change made through them is one journal entry."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from components.backoffice.managed import explanation, file_of
from components.journal import Event, record

M = TypeVar("M", bound=models.Model)
_CHANGED = "_changed_fields"


def actor(request: HttpRequest) -> str:
    """Return the user name under which the journal records a change."""
    return request.user.get_username()


def undo_seconds() -> int:
    """Return for how long the messages of what is published in the admin wait."""
    seconds: int = settings.STATUSPAGE.undo_seconds
    return seconds


class JournaledAdmin(admin.ModelAdmin[M]):
    """A ModelAdmin whose saves are journalled last in the admin's transaction.

    Django's admin saves the object, then its relations, then logs; so the log is where the
    journal entry belongs: everything it describes has been written by then.
    """

    show_full_result_count = False
    journal_family = ""
    """The first part of the event types about such an object; '' when it is the model's name."""
    editable_when_managed: tuple[str, ...] = ()
    """What can be edited of a row that a catalogue file describes: what no file says."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (bool(self.editable_when_managed) or not file_of(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not file_of(obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        if not self.editable_when_managed or not file_of(obj):
            return fields
        columns = (*self.opts.fields, *self.opts.many_to_many)
        names = [each.name for each in columns if each.editable]
        return [*fields, *(each for each in names if each not in self.editable_when_managed)]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if file_of(obj) else super().get_prepopulated_fields(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **more: Any
    ) -> Any:
        if file := file_of(more.get("obj")):
            messages.warning(request, explanation(file))
        return super().render_change_form(request, context, *args, **more)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the journal's entries about this object: they say more than Django's log."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        address = reverse("admin:components_journalentry_changelist")
        return redirect(f"{address}?{urlencode(self.journal_query(obj))}")

    def journal_query(self, obj: M) -> dict[str, Any]:
        """Return the query parameters of the journal's list that select entries about `obj`."""
        return {"about": self.journal_family or obj._meta.model_name, "subject_id": obj.pk}

    def events(self, request: HttpRequest, obj: M, *, created: bool) -> Iterable[Event]:
        """Return the events that a save of `obj` is journalled as."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it journals")

    def changed_fields(self, obj: M) -> Sequence[str]:
        return getattr(obj, _CHANGED, ())

    def save_model(self, request: HttpRequest, obj: M, form: Any, change: bool) -> None:
        # Handed to `log_change`, which is given the object but not its form.
        setattr(obj, _CHANGED, tuple(form.changed_data))
        self.store(obj, form)

    def store(self, obj: M, form: ModelForm[M]) -> None:
        """Write the row; subclasses override it when a plain save is not enough."""
        obj.save()

    def log_addition(self, request: HttpRequest, obj: M, message: Any) -> LogEntry:
        entry = super().log_addition(request, obj, message)
        self._record(request, obj, created=True)
        return entry

    def log_change(self, request: HttpRequest, obj: M, message: Any) -> LogEntry:
        entry = super().log_change(request, obj, message)
        self._record(request, obj, created=False)
        return entry

    def _record(self, request: HttpRequest, obj: M, *, created: bool) -> None:
        with transaction.atomic():
            record(*self.events(request, obj, created=created))

    def remove(self, obj: M, *, actor: str) -> None:
        """Delete one object through its service, which journals it."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it deletes")

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        self.remove(obj, actor=actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        for obj in queryset:
            self.remove(obj, actor=actor(request))


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    """A ModelAdmin of records: rows to be read, never to be changed."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
