"""Forms with optimistic locking: they cannot overwrite what their reader never saw (drill R17).

Each form carries the version it was filled from; where a row counts none, a digest of what the form
showed of it. When the stored one is newer, nothing is written: the form comes back with everything
that was typed, beside what is stored by now, field by field. Saving it again then is a decision.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from components.backoffice.base import JournaledAdmin
from components.backoffice.local_times import local_time_seconds
from components.models import Versioned

M = TypeVar("M", bound=models.Model)
V = TypeVar("V", bound=Versioned)
VERSION_FIELD = "seen_version"
CHANGED = gettext_lazy(
    "It has been changed by somebody else since you opened it. Nothing was saved yet."
)
_MAX_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One field on which the form and the store disagree."""

    label: str
    stored: str
    typed: str


class VersionedForm(forms.ModelForm[Any]):
    """A form that `clean()` refuses to save over another version than it was filled from."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    differences: tuple[Difference, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial[VERSION_FIELD] = self._current_version()

    def _current_version(self) -> int:
        """Return the row's version, or a digest of what the form shows of a row without one."""
        if isinstance(self.instance, Versioned):
            return self.instance.version
        shown = [
            (name, _comparable(self.get_initial_for_field(field, name)))
            for name, field in sorted(self.fields.items())
            if name != VERSION_FIELD
        ]
        return int.from_bytes(hashlib.blake2b(repr(shown).encode(), digest_size=7).digest())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # The instance was read under a lock in this request, and not written to yet.
        stored = self.initial.get(VERSION_FIELD)
        if self.instance.pk and cleaned.get(VERSION_FIELD) != stored:
            self.differences = tuple(self._compare())
            # The next try is made by one who has seen the differences.
            data: Any = self.data
            again = data.copy()
            again[self.add_prefix(VERSION_FIELD)] = str(stored)
            self.data = again
            raise ValidationError(CHANGED, code="conflict")
        return cleaned

    def _compare(self) -> Iterator[Difference]:
        for name in self.changed_data:
            if name != VERSION_FIELD:
                bound = self[name]
                yield Difference(
                    str(bound.label),
                    _display_value(bound.field, bound.initial),
                    _display_value(bound.field, self.cleaned_data.get(name, bound.value())),
                )


def _comparable(value: Any) -> Any:
    """Return a field's value without what differs from one reading of it to the next."""
    if isinstance(value, QuerySet):
        value = list(value)
    if isinstance(value, list) and any(isinstance(each, models.Model) for each in value):
        return sorted(str(each.pk) for each in value)
    return value


def _display_value(field: forms.Field, value: Any) -> str:
    """Return a field's value as text for people."""
    if isinstance(value, list | tuple | QuerySet):
        return ", ".join(_display_value(field, each) for each in value) or "—"
    if isinstance(value, datetime):
        return local_time_seconds(value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if value in (None, ""):
        return "—"
    return _choice_label(field, value)[:_MAX_LENGTH]


def _choice_label(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
        return str(field.queryset.filter(pk=getattr(value, "pk", value)).first() or value)
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return {str(key): str(label) for key, label in choices}.get(str(value), str(value))
    return str(value)


class OptimisticLockAdmin(admin.ModelAdmin[M]):
    """A ModelAdmin whose forms are VersionedForms, whatever form they are based on."""

    change_form_template = "admin/versioned_change_form.html"

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = kwargs.get("form", self.form)
        if obj is not None and not issubclass(form, VersionedForm):
            kwargs["form"] = type(form.__name__, (VersionedForm, form), {})
        return super().get_form(request, obj, change=change, **kwargs)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        if request.method == "POST" and connection.in_atomic_block:
            # Another save of the same row waits here until we are done, and then sees our version.
            field = from_field or self.model._meta.pk.name
            try:
                rows = self.model._default_manager.select_for_update().filter(**{field: object_id})
                rows.values_list("pk").first()
            except (ValueError, ValidationError):
                return None
        return super().get_object(request, object_id, from_field)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.with_version_field(request, obj, super().get_fieldsets(request, obj))

    def with_version_field(self, request: HttpRequest, obj: Any, fieldsets: Any) -> Any:
        """Return the fieldsets, with the hidden version for users who may change the row."""
        shown: list[tuple[Any, dict[str, Any]]] = [
            (
                name,
                {
                    **options,
                    "fields": [each for each in options["fields"] if each != VERSION_FIELD],
                },
            )
            for name, options in fieldsets
        ]
        if shown and obj is not None and self.has_change_permission(request, obj):
            shown[0][1]["fields"].append(VERSION_FIELD)
        return shown


class VersionedAdmin(OptimisticLockAdmin[V], JournaledAdmin[V]):
    """A JournaledAdmin whose forms check the version; the model must be `Versioned`."""

    form = VersionedForm

    def store(self, obj: V, form: forms.ModelForm[V]) -> None:
        self.set_derived_fields(obj)
        obj.version += 1
        obj.save()

    def set_derived_fields(self, obj: V) -> None:
        """Set the fields that follow from those of the form, before the row is written."""
