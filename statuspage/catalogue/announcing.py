"""Announcements in the catalogue: what pages say at their top, from when and until when."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError

from components.values.instants import iso
from statuspage.access.announcements import delete_announcement, save_announcement
from statuspage.catalogue.fields import REQUIRED, Draft, Field, column, columns, label
from statuspage.catalogue.kind import ObjectKind
from statuspage.models import Announcement, Page
from statuspage.pages.face import MAIN


def _write_page(draft: Draft, slug: str) -> None:
    if slug == MAIN:
        # There is no row of the main page before somebody changes it.
        Page.objects.get_or_create(slug=MAIN)
        draft.row.page_id = MAIN
    else:
        draft.row.page = draft.rows.find("pages", slug)


def _instant(name: str, *, default: Any) -> Field:
    """Return the field of an instant, as `2026-12-01T02:00:00Z`."""

    def read(row: Any) -> str | None:
        value = getattr(row, name)
        return iso(value) if value else None

    def write(draft: Draft, text: str | None) -> None:
        if text is None:
            return setattr(draft.row, name, None)
        if draft.stored is not None and text == read(draft.stored):
            return None  # what is stored may be more precise
        try:
            value = datetime.fromisoformat(text)
            if value.tzinfo is None:
                raise ValueError
            setattr(draft.row, name, value.astimezone(UTC))
        except (ValueError, OverflowError):
            example = "Write a date and time with its offset, as 2026-12-01T02:00:00Z."
            raise ValidationError({name: example}) from None
        return None

    annotation = str if default is REQUIRED else str | None
    return Field(name=name, annotation=annotation, default=default, read=read, write=write)


def _save(draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]:
    save_announcement(draft.row, now=at, actor=actor)
    return {}


def _retire(row: Announcement, *, actor: str, at: datetime) -> None:
    delete_announcement(row, actor=actor)


ANNOUNCEMENTS = ObjectKind(
    section="announcements",
    noun="announcement",
    model=Announcement,
    key=("name",),
    fields=(
        label(Announcement, "name", otherwise="announcement-{}"),
        Field(
            name="page",
            annotation=str,
            default=MAIN,
            read=lambda row: row.page_id,
            write=_write_page,
            refers=True,
        ),
        *columns(Announcement, "kind message"),
        column(Announcement, "messages", annotation=dict[str, str]),
        _instant("starts_at", default=REQUIRED),
        _instant("ends_at", default=None),
    ),
    joined=("page",),
    save=_save,
    retire=_retire,
)
