"""The admin of announcements: what pages say at their top, from when and until when."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from components.backoffice.base import JournaledAdmin, actor
from components.backoffice.sentences import reasons
from components.backoffice.translations import TranslationsField
from components.backoffice.versioned import OptimisticLockAdmin
from components.journal import Event
from statuspage.access import announcements
from statuspage.models import Announcement, Page
from statuspage.pages.announcement import AnnouncementState, state_at
from statuspage.pages.face import MAIN
from statuspage.renderers.html.markdown import render_markdown
from statuspage.renderers.html.plain_text import plain_text

_STATES = {
    AnnouncementState.SCHEDULED: "Scheduled",
    AnnouncementState.SHOWN: "On the page",
    AnnouncementState.OVER: "Over",
}


def _now() -> datetime:
    return datetime.now(UTC)


class AnnouncementForm(forms.ModelForm[Announcement]):
    messages = TranslationsField(max_length=2_000)


@admin.register(Announcement)
class AnnouncementAdmin(OptimisticLockAdmin[Announcement], JournaledAdmin[Announcement]):
    form = AnnouncementForm
    list_display = ["text", "state", "kind", "page", "starts_at", "ends_at"]
    list_filter = ["kind", "page"]
    list_select_related = ["page"]
    search_fields = ["message"]
    empty_text = "An announcement stands at the top of a page, from one time until another."
    actions = ["end_now"]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            Page.objects.get_or_create(slug=MAIN)
        return super().changeform_view(request, *args, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        first = {"page": MAIN, "starts_at": _now().replace(second=0, microsecond=0)}
        return {**first, **super().get_changeform_initial_data(request)}

    def get_readonly_fields(
        self, request: HttpRequest, obj: Announcement | None = None
    ) -> list[str]:
        return [] if obj is None else ["state", "as_it_reads"]

    def store(self, obj: Announcement, form: ModelForm[Announcement]) -> None:
        announcements.put_announcement(obj, now=_now())

    def events(self, request: HttpRequest, obj: Announcement, *, created: bool) -> Iterable[Event]:
        yield announcements.announcement_event(obj, actor=actor(request))

    def remove(self, obj: Announcement, *, actor: str) -> None:
        announcements.delete_announcement(obj, actor=actor)

    @admin.display(description="announcement")
    def text(self, obj: Announcement) -> str:
        lines = plain_text(obj.message).splitlines()
        return lines[0][:100] if lines else gettext("(without text)")

    @admin.display(description="state")
    def state(self, obj: Announcement) -> str:
        return _STATES[state_at(_now(), starts_at=obj.starts_at, ends_at=obj.ends_at)]

    @admin.display(description="preview")
    def as_it_reads(self, obj: Announcement) -> SafeString:
        return format_html(
            '<div class="told"><b>{}</b>{}</div>',
            obj.get_kind_display(),
            render_markdown(obj.message),
        )

    @admin.action(description="End now", permissions=["change"])
    def end_now(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> None:
        now, ended = _now(), 0
        for each in queryset:
            if each.starts_at >= now or (each.ends_at is not None and each.ends_at <= now):
                continue
            each.ends_at = now
            try:
                announcements.save_announcement(each, now=now, actor=actor(request))
            except ValidationError as error:
                messages.error(request, reasons(error))
                continue
            ended += 1
        messages.success(
            request,
            gettext("{ended} ended. Announcements not on a page were not changed.").format(
                ended=ended
            ),
        )
