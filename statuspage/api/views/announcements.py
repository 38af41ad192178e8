"""Views of `/api/v1/announcements`: what pages say at their top for a time."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypedDict

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers

from components.values.announcement_kind import AnnouncementKind
from components.values.instants import iso
from components.values.json_types import Instant, OneOf
from statuspage.access.announcements import delete_announcement, save_announcement
from statuspage.api.fields import InstantField, TranslationsField
from statuspage.api.strict import StrictSerializer
from statuspage.api.views.base import StatusView
from statuspage.api.views.resource import DetailView, ListView, ResourceView
from statuspage.models import Announcement, Page
from statuspage.pages.announcement import AnnouncementState, state_at
from statuspage.pages.face import MAIN

_ROOT = "api/v1/announcements"


class AnnouncementBody(StrictSerializer):
    """`message` is Markdown, `messages` are it in other languages by their tags; without
    `starts_at` it is shown at once, without `ends_at` until it gets one; `page` is the slug of
    a page, `main` by default."""

    page = serializers.CharField(max_length=40, required=False)
    name = serializers.CharField(max_length=100, allow_blank=True, required=False)
    kind = serializers.ChoiceField([each.value for each in AnnouncementKind], required=False)
    message = serializers.CharField(max_length=2_000, trim_whitespace=False)
    messages = TranslationsField(max_length=2_000)
    starts_at = InstantField(required=False)
    ends_at = InstantField(required=False, allow_null=True)


class AnnouncementJson(TypedDict):
    id: int
    name: str
    """What catalogue files call it; '' for none. Visitors do not see it."""
    page: str
    kind: Annotated[str, OneOf(AnnouncementKind)]
    message: str
    messages: dict[str, str]
    """The message in other languages, by their tags."""
    state: Annotated[str, OneOf(AnnouncementState)]
    starts_at: Instant
    ends_at: Instant | None


class AnnouncementListJson(TypedDict):
    announcements: list[AnnouncementJson]
    total: int


class _Announcements(StatusView, ResourceView[Announcement]):
    noun, root, body = "announcement", _ROOT, AnnouncementBody
    takes_page_tokens = True

    def rows(self) -> QuerySet[Announcement]:
        rows = Announcement.objects.order_by("-starts_at", "-pk")
        return rows.filter(page_id=self.reach.slug) if self.reach.slug else rows

    def represent(self, row: Announcement) -> AnnouncementJson:
        now = datetime.now(UTC)
        return {
            "id": row.pk,
            "name": row.name,
            "page": row.page_id,
            "kind": row.kind,
            "message": row.message,
            "messages": row.messages,
            "state": state_at(now, starts_at=row.starts_at, ends_at=row.ends_at).value,
            "starts_at": iso(row.starts_at),
            "ends_at": iso(row.ends_at) if row.ends_at else None,
        }

    def store(
        self, row: Announcement | None, values: Mapping[str, Any], *, actor: str
    ) -> tuple[Announcement, Mapping[str, str]]:
        now = datetime.now(UTC)
        row = row or Announcement(page_id=self.reach.slug or MAIN, starts_at=now)
        slug = values.get("page", row.page_id)
        self.reach.require_page(slug)
        if slug == MAIN:
            Page.objects.get_or_create(slug=MAIN)
        elif not Page.objects.filter(slug=slug).exists():
            raise ValidationError({"page": f"There is no page “{slug}”."})
        row.page_id = slug
        for name, value in values.items():
            if name != "page":
                setattr(row, name, value)
        return save_announcement(row, now=now, actor=actor), {}

    def remove(self, row: Announcement, *, actor: str) -> None:
        delete_announcement(row, actor=actor)


class AnnouncementList(_Announcements, ListView[Announcement]):
    member = "announcements"


class AnnouncementDetail(_Announcements, DetailView[Announcement]):
    pass


routes = [
    path(_ROOT, AnnouncementList.as_view(), name="announcements"),
    path(f"{_ROOT}/<str:pk>", AnnouncementDetail.as_view(), name="announcement"),
]
