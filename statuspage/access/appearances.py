"""Services of appearances: a page is given a look of its own, or wears that of `main` again."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from components.journal import Event, record
from statuspage.event_types import APPEARANCE_CHANGED
from statuspage.models import Appearance, Page


def store_appearance(
    slug: str, values: Mapping[str, Any], *, changed: Iterable[str], actor: str = ""
) -> None:
    """Give a page a look of its own: what differs from the default, read and checked before.

    `changed` names the fields that moved, for the journal.
    """
    data = {"page": slug, "fields": sorted(changed)}
    with transaction.atomic():
        Page.objects.get_or_create(slug=slug)
        Appearance.objects.update_or_create(page_id=slug, defaults={"values": dict(values)})
        record(Event(APPEARANCE_CHANGED, data, actor=actor))


def drop_appearance(slug: str, *, fields: Iterable[str], actor: str = "") -> None:
    """Let a page look like `main` again, and `main` as it does by default."""
    with transaction.atomic():
        if Appearance.objects.filter(page_id=slug).delete()[0]:
            data = {"page": slug, "fields": sorted(fields)}
            record(Event(APPEARANCE_CHANGED, data, actor=actor))
