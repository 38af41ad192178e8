"""The audit trail: the journal in the admin, filtered by actor, event, time and object, and
exported as CSV or JSON lines."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import path
from django.utils.translation import gettext

from components.backoffice.base import ReadOnlyAdmin
from components.backoffice.paging import CappedPaginator
from components.journal.event_types import registered
from components.models import JournalEntry
from components.values import inert_csv

BATCH = 1_000
MAX_USERS = 40
MAX_ID_DIGITS = 19
_NO_ACTOR = "-"
COLUMNS = ("id", "at", "kind", "subject_id", "actor", "public", "data")


class EventFamilyFilter(admin.SimpleListFilter):
    title = "what"
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        families = sorted({kind.name.partition(".")[0] for kind in registered()})
        return [(name, name) for name in families]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[JournalEntry]
    ) -> QuerySet[JournalEntry]:
        about = self.value()
        if not about:
            return queryset
        # Kinds by name go by the index, which their common beginning does not on PostgreSQL.
        kinds = [kind.name for kind in registered() if kind.name.startswith(f"{about}.")]
        return queryset.filter(kind__in=kinds)


class ActorFilter(admin.SimpleListFilter):
    title = "who"
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = get_user_model().objects.filter(is_staff=True).order_by("username")
        names = people.values_list("username", flat=True)[:MAX_USERS]
        return [(_NO_ACTOR, gettext("the product itself")), *((name, name) for name in names)]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[JournalEntry]
    ) -> QuerySet[JournalEntry]:
        who = self.value()
        return queryset.filter(actor="" if who == _NO_ACTOR else who) if who else queryset


class MonitorFilter(admin.SimpleListFilter):
    """Filter by monitor, shown only when the address asks for it, as a monitor's history does:
    the subject of what monitors journal is their component."""

    title = "monitor"
    parameter_name = "monitor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(number, f"#{number}")] if (number := self.value()) else []

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[JournalEntry]
    ) -> QuerySet[JournalEntry]:
        number = self.value() or ""
        if not number.isdecimal():
            return queryset.none()
        return queryset.filter(kind__startswith="monitor.", data__monitor_id=int(number))


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin[JournalEntry]):
    list_display = ["at", "kind", "subject", "who", "public"]
    list_filter = [EventFamilyFilter, ActorFilter, "at", "public", MonitorFilter]
    search_fields = ["kind", "actor", "=subject_id"]
    search_help_text = "what happened (incident), who did it (the whole user name), or an id"
    ordering = ["-id"]
    empty_text = "Every change is recorded here: who, what and when."
    empty_url, empty_label = "admin:index", "Back to the desk"
    paginator = CappedPaginator
    list_per_page = 50

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[JournalEntry], search_term: str
    ) -> tuple[QuerySet[JournalEntry], bool]:
        """Search by what there are indexes for: each of the words is one of these."""
        for word in search_term.split():
            kinds = [kind.name for kind in registered() if word.lower() in kind.name]
            found = Q(kind__in=[*kinds, word]) | (Q(actor=word) & ~Q(actor=""))
            if word.isdecimal() and len(word) < MAX_ID_DIGITS:
                found |= Q(subject_id=int(word))
            queryset = queryset.filter(found)
        return queryset, False

    @admin.display(description="of")
    def subject(self, obj: JournalEntry) -> str:
        words = ("reference", "title", "name", "slug", "username")
        named = next((str(obj.data[word]) for word in words if obj.data.get(word)), "")
        number = "" if obj.subject_id is None else f"#{obj.subject_id}"
        return f"{number} {named}".strip() or "—"

    @admin.display(description="who")
    def who(self, obj: JournalEntry) -> str:
        return obj.actor or gettext("the product itself")

    def get_urls(self) -> list[Any]:
        export = self.admin_site.admin_view(self.export)
        return [
            path("export/<slug:form>", export, name="components_journalentry_export"),
            *super().get_urls(),
        ]

    def export(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """Stream the rows that the list's filters leave, newest first, in batches."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if form not in _FORMATS:
            raise Http404
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            raise Http404 from None
        content_type, head, write = _FORMATS[form]
        return StreamingHttpResponse(
            _stream_rows(rows.order_by("-id"), head, write),
            content_type=content_type,
            headers={"Content-Disposition": f'attachment; filename="journal.{form}"'},
        )


async def _stream_rows(
    rows: QuerySet[JournalEntry], head: str, write: Callable[[JournalEntry], str]
) -> AsyncIterator[str]:
    yield head
    batch = await sync_to_async(_next_batch)(rows)
    while batch:
        yield "".join(map(write, batch))
        batch = await sync_to_async(_next_batch)(rows.filter(id__lt=batch[-1].pk))


def _next_batch(rows: QuerySet[JournalEntry]) -> list[JournalEntry]:
    return list(rows[:BATCH])


def _values(entry: JournalEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in COLUMNS} | {"at": entry.at.isoformat()}


def json_line(entry: JournalEntry) -> str:
    """Return the entry as one line of JSON."""
    return json.dumps(_values(entry), ensure_ascii=False) + "\n"


def csv_line(entry: JournalEntry) -> str:
    """Return the entry as a line whose cells no spreadsheet takes for a formula (S3)."""
    values = _values(entry) | {"data": json.dumps(entry.data, ensure_ascii=False)}
    return inert_csv.line(values.values())


_FORMATS: dict[str, tuple[str, str, Callable[[JournalEntry], str]]] = {
    "csv": ("text/csv; charset=utf-8", inert_csv.line(COLUMNS), csv_line),
    "jsonl": ("application/jsonl; charset=utf-8", "", json_line),
}
