"""Reads the faces of all pages: in three queries, however many there are, and in one without any
besides `main`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from django.db.models import Q, prefetch_related_objects

from components.languages.names import offered_languages
from components.values.announcement_kind import AnnouncementKind
from statuspage.models import Announcement, Page
from statuspage.models import Appearance as Row
from statuspage.pages.announcement import AnnouncementView
from statuspage.pages.appearance import USUAL, Appearance
from statuspage.pages.face import MAIN, Door, Face
from statuspage.state.appearance_input import restored
from statuspage.state.component_row import ComponentRow


def read_pages() -> tuple[Page, list[Page]]:
    """Return `main` and all others, in the order of their names."""
    rows = list(Page.objects.select_related("appearance").order_by("slug"))
    main = next((each for each in rows if each.slug == MAIN), None) or Page(slug=MAIN)
    others = [each for each in rows if each.slug != MAIN]
    if others:
        prefetch_related_objects(others, "groups", "components")
    return main, others


def faces_of(
    pages: Iterable[Page],
    components: Collection[ComponentRow],
    announced: Mapping[str, tuple[AnnouncementView, ...]] = MappingProxyType({}),
) -> tuple[Face, ...]:
    """Return the faces of pages, given all components that may be named, and what each page
    announces, by its slug."""
    return tuple(
        replace(face_of(page, components), announcements=announced.get(page.slug, ()))
        for page in pages
    )


def announced_at(now: datetime) -> dict[str, tuple[AnnouncementView, ...]]:
    """Return what pages announce at `now`, by their slugs, the newest first."""
    rows = Announcement.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now
    ).order_by("-starts_at", "-pk")
    by_page: dict[str, tuple[AnnouncementView, ...]] = defaultdict(tuple)
    for row in rows:
        by_page[row.page_id] += (
            AnnouncementView(
                row.pk, AnnouncementKind(row.kind), row.message, row.starts_at, row.ends_at,
                row.created_at, row.changed_at,
            ),
        )  # fmt: skip
    return dict(by_page)


def face_of(page: Page, components: Collection[ComponentRow]) -> Face:
    """Return one page's face; its groups and components are taken as they were prefetched."""
    look = look_of(page)
    return Face(
        slug=page.slug,
        name=look.name if look and look.name else page.name,
        hosts=tuple(page.hosts),
        parent=page.parent_id or "",
        component_ids=None if page.everything else _selected(page, components),
        door=_door(page) if page.private else None,
        identity=str(page.identity),
        appearance=look,
        languages=offered_languages(page.languages),
    )


def look_of(page: Page) -> Appearance | None:
    """Return a page's own look; None while it has none. Its row is taken as it was joined."""
    row = None if page._state.adding else getattr(page, "appearance", None)
    return restored(row.values) if row else None


def main_look() -> Appearance:
    """Return the look of `main`, as it is stored now."""
    row = Row.objects.filter(page_id=MAIN).first()
    return restored(row.values) if row else USUAL


def languages_of_main() -> tuple[str, ...]:
    """Return the languages that `main` offers, its own first, as they are stored now."""
    chosen = Page.objects.filter(slug=MAIN).values_list("languages", flat=True).first()
    return offered_languages(chosen or "")


def _door(page: Page) -> Door:
    return Door(
        key_version=page.key_version,
        password=page.password,
        networks=tuple(page.networks),
        mail_domains=tuple(page.mail_domains),
        groups=tuple(page.sign_in_groups),
    )


def _selected(page: Page, components: Collection[ComponentRow]) -> tuple[int, ...]:
    groups = {group.pk for group in page.groups.all()}
    chosen = {component.pk for component in page.components.all()}
    tags = set(page.tags)
    return tuple(
        sorted(
            each.pk
            for each in components
            if each.pk in chosen
            or not groups.isdisjoint((each.group_id, each.parent_group_id))
            or not tags.isdisjoint(_tags(each))
        )
    )


def _tags(component: ComponentRow) -> set[str]:
    return {word.strip() for word in component.tags.split(",")}
