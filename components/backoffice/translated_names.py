"""The names that the admin shows, in the language of the person who reads them.

Names of models and fields, help texts, choices, columns, filters, actions and labels of forms are
written once, in English, where they are declared; most follow from the name of a field. Here each
is replaced by a lazy translation of itself, in the processes that serve the admin only. So no
declaration can be forgotten, and whatever else reads a name (commands, journal, API, mails) reads
English: it runs where no language is active.

The catalogue is `statuspage/locale`; `python -m tests.admin_messages` brings it up to date.
"""

from collections.abc import Callable, Iterable
from functools import cache, wraps
from typing import Any

from django import forms
from django.contrib.admin import AdminSite, ModelAdmin, helpers
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.templatetags import admin_list
from django.contrib.admin.utils import display_for_field, get_fields_from_path
from django.db import models
from django.forms.utils import ErrorList, pretty_name
from django.utils.functional import Promise
from django.utils.safestring import SafeData
from django.utils.translation import gettext, gettext_lazy

from components.backoffice.sentences import localized

TEXTS: set[str] = set()
"""Every text that was replaced, for the tool that collects them."""


def translated(text: Any) -> Any:
    """Return a lazy translation of a text; what is empty, lazy already or HTML is left as it is."""
    lazy = _lazy(text)
    if lazy is not text:
        TEXTS.add(text)
    return lazy


def _lazy(text: Any) -> Any:
    if not text or not isinstance(text, str) or isinstance(text, SafeData | Promise):
        return text
    return gettext_lazy(text)


def install(site: AdminSite, ours: Iterable[type[models.Model]]) -> None:
    """Translate the names of `ours`, and what the site shows of those registered with it."""
    for model in ours:
        # Deleting something names all that goes with it.
        _of_model(model)
    for model in ours:
        if not site.is_registered(model):
            continue
        each = site.get_model_admin(model)
        _of_fields(model)
        _of_admin(each)
        for inline in each.inlines:
            _of_fields(inline.model)
            _replace(inline, "verbose_name", "verbose_name_plural")
            _of_form(inline.form)
    _of_choices()
    _of_errors()


def _replace(owner: Any, *names: str) -> None:
    for name in names:
        if isinstance(value := getattr(owner, name, None), str):
            setattr(owner, name, translated(value))


def _of_model(model: type[models.Model]) -> None:
    names = model._meta
    if not isinstance(names.verbose_name, Promise):
        # Django makes a plural of the singular once, in English.
        names.verbose_name_plural = str(names.verbose_name_plural)
    _replace(names, "verbose_name", "verbose_name_plural")


def _of_fields(model: type[models.Model]) -> None:
    for field in model._meta.get_fields():
        if isinstance(field, models.Field):
            _replace(field, "verbose_name", "help_text")
            TEXTS.update(str(label) for _, label in field.flatchoices if _is_english(label))


def _is_english(label: Any) -> bool:
    return bool(label) and isinstance(label, str)


def _of_admin(each: ModelAdmin[Any]) -> None:
    kind = type(each)
    _replace(kind, "empty_text", "empty_label", "search_help_text")
    _of_form(each.form)
    for name in (*each.list_display, *each.readonly_fields):
        if name == "__str__":
            continue
        method = getattr(kind, name, None) if isinstance(name, str) else name
        if callable(method) and hasattr(method, "__code__"):
            if not hasattr(method, "short_description"):
                method.short_description = pretty_name(str(getattr(method, "__name__", ""))).lower()
            _replace(method, "short_description")
    for action in each.actions or ():
        _replace(getattr(kind, action) if isinstance(action, str) else action, "short_description")
    for each_filter in each.list_filter:
        if isinstance(each_filter, type):
            _replace(each_filter, "title")
        elif isinstance(each_filter, str) and "__" in each_filter:
            field = get_fields_from_path(each.model, each_filter)[-1]
            _replace(field, "verbose_name", "help_text")


def _of_form(form: type[forms.BaseForm]) -> None:
    declared: dict[str, forms.Field] = getattr(form, "declared_fields", {})
    for name, field in declared.items():
        if field.label is None:
            field.label = pretty_name(name)
        _replace(field, "label", "help_text")
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            field.choices = choices_translated(field.choices)


def choices_translated(
    choices: Any, lazy: Callable[[Any], Any] = translated
) -> list[tuple[Any, Any]]:
    """Return the choices of a field with lazy labels; those of a group too."""
    return [
        (value, choices_translated(label, lazy))
        if isinstance(label, list | tuple)
        else (value, lazy(label))
        for value, label in choices
    ]


def _of_choices() -> None:
    """Have forms and lists of the admin show the labels of choices translated."""
    base: Any = BaseModelAdmin
    base.formfield_for_choice_field = _with_labels(base.formfield_for_choice_field)
    for module in (admin_list, helpers):
        module.display_for_field = _display  # type: ignore[attr-defined]


def _with_labels(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def formfield(*args: Any, **kwargs: Any) -> Any:
        field = method(*args, **kwargs)
        if field is not None:
            field.choices = choices_translated(field.choices, _lazy)
        return field

    return formfield


def _display(value: Any, field: Any, empty: Any, *args: Any, **kwargs: Any) -> Any:
    if not isinstance(field, models.Field) or not (labels := _labels(field)):
        return display_for_field(value, field, empty, *args, **kwargs)
    shown = labels.get(value, empty)
    return gettext(shown) if isinstance(shown, str) and shown else shown


@cache
def _labels(field: "models.Field[Any, Any]") -> dict[Any, Any]:
    """Return the labels of a field's choices; lists would gather them anew for each cell."""
    return dict(field.flatchoices or ())


def _of_errors() -> None:
    """Have forms show what services and rules refuse in the language of who reads it."""
    shown: Any = ErrorList.__getitem__

    @wraps(shown)
    def item(errors: Any, at: Any) -> Any:
        found = shown(errors, at)
        plain = isinstance(found, str) and not isinstance(found, SafeData)
        return localized(found) if plain else found

    kind: Any = ErrorList
    kind.__getitem__ = item
