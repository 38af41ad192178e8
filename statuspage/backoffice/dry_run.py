"""Runs a form of the admin as if it were saved, and takes it all back: for previews.

The very view that would save it does, in a transaction that is rolled back. So what a preview says
is what would be written and sent, with every rule of the form, and not what a second copy of those
rules believes. Nothing outside of the database happens before a commit.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.contrib.messages import constants as levels
from django.contrib.messages.storage.base import BaseStorage
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.http.response import HttpResponseRedirectBase
from django.urls import Resolver404, resolve

from components.backoffice.base import actor
from components.journal import head, record
from components.models import JournalEntry
from statuspage.publishing.projector import derive

T = TypeVar("T")
FORMS = ("/admin/incidents/incident/", "/admin/maintenance/", "/admin/components/component/")
"""Where the forms are that tell subscribers something."""


class NotPossibleError(Exception):
    """The form cannot be saved as it is filled in; `problems` say why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Messages(BaseStorage):
    """Messages of a request that never was."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.errors: list[str] = []

    def add(self, level: int, message: Any, extra_tags: str | None = "") -> None:
        if level >= levels.ERROR:
            self.errors.append(str(message))

    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Any], bool]:
        return [], True

    def _store(self, messages: Any, response: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return []


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a form would write into the journal."""

    entries: list[JournalEntry] = field(default_factory=list)


def dry_run(request: HttpRequest, address: str, look: Callable[[DryRun], T]) -> T:
    """Return what `look` makes of a POST of the request's fields to a form's address, before it is
    taken back. Raises NotPossibleError; Resolver404 for an address without such a form."""
    place, _, query = address.partition("?")
    if not place.startswith(FORMS):
        raise Resolver404({"path": place})
    match = resolve(place)
    inner = _inner_request(request, place, query)
    inner.resolver_match = match
    with transaction.atomic():
        before = head()
        response = match.func(inner, *match.args, **match.kwargs)
        problems = _problems(response, inner)
        if not problems:
            found = look(DryRun(_with_changes(_entries(before, actor(request)))))
        transaction.set_rollback(True)
    if problems:
        raise NotPossibleError(problems)
    return found


def _inner_request(request: HttpRequest, place: str, query: str) -> HttpRequest:
    inner = copy(request)
    inner.path = inner.path_info = place
    inner.GET = QueryDict(query)
    # A preview is seen before the form asks whether to resolve what is measured as down.
    posted: Any = request.POST.copy()
    posted["resolve_anyway"] = "on"
    inner.POST = posted
    inner._messages = _Messages(inner)  # type: ignore[attr-defined]  # noqa: SLF001  (where Django looks for it)
    return inner


def _entries(before: int, who: str) -> list[JournalEntry]:
    """Return what was journalled by this form: what another process committed meanwhile names
    somebody else, or nothing that is told by hand."""
    rows = JournalEntry.objects.filter(pk__gt=before, actor__in=["", who]).order_by("pk")
    return [each for each in rows if each.kind.startswith(_FAMILIES)]


def _with_changes(entries: list[JournalEntry]) -> list[JournalEntry]:
    """Return entries, and the changes of status that follow from what is set by hand or retired."""
    if not any(each.kind.startswith(_COMPONENT) for each in entries):
        return entries
    before = head()
    record(*derive(entries))
    followed = JournalEntry.objects.filter(pk__gt=before, kind__startswith=_COMPONENT)
    return [*entries, *followed.order_by("pk")]


_COMPONENT = "component."
_FAMILIES = ("incident.", "maintenance.", "postmortem.", _COMPONENT)


def _problems(response: HttpResponseBase, inner: HttpRequest) -> list[str]:
    """Return why the form was not saved; empty when it was."""
    stored: Any = getattr(inner, "_messages", None)
    if stored.errors:
        return list(stored.errors)
    if isinstance(response, HttpResponseRedirectBase):
        return []
    if response.status_code in (403, 404):
        return ["You may not change this."]
    context: dict[str, Any] = getattr(response, "context_data", None) or {}
    found = [*_field_errors(context), *_flat(context.get("errors"))]
    return list(dict.fromkeys(found)) or ["It asks a question before it is saved."]


def _field_errors(context: dict[str, Any]) -> list[str]:
    form: Any = getattr(context.get("adminform"), "form", None) or context.get("form")
    problems = []
    for name, errors in form.errors.items() if form is not None else ():
        label = "" if name == "__all__" else f"{form.fields[name].label or name}: ".capitalize()
        problems += [f"{label}{error}" for error in errors]
    return problems


def _flat(errors: Any) -> list[str]:
    """Return the errors of an admin's formsets; those of its form are named with their fields."""
    if errors is None:
        return []
    return [str(each) for each in errors if isinstance(each, str)]
