"""Reads the faces of all pages: in three queries, however many there are, and in one without any
besides `main`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from django.db.models import Q

from components.database.prepared_rows import PreparedRows
from components.languages.names import offered_languages
from components.models.translations import by_language
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
    return main, [each for each in rows if each.slug != MAIN]


def faces_of(
    pages: Iterable[Page],
    components: Collection[ComponentRow],
    announced: Mapping[str, tuple[AnnouncementView, ...]] = MappingProxyType({}),
) -> tuple[Face, ...]:
    """Return the faces of pages, given all components that may be named, and what each page
    announces, by its slug."""
    pages = list(pages)
    if not pages:
        return ()
    chosen, catalogue = _chosen(pages), _Catalogue(components)
    return tuple(
        _face(page, chosen[page.slug], catalogue, announced.get(page.slug, ())) for page in pages
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
                row.created_at, row.changed_at, by_language(row.messages),
            ),
        )  # fmt: skip
    return dict(by_page)


def face_of(page: Page, components: Collection[ComponentRow]) -> Face:
    """Return one page's face, in two queries."""
    return _face(page, _chosen([page])[page.slug], _Catalogue(components))


@dataclass(slots=True)
class _Chosen:
    """The ids of what a page names."""

    groups: set[int] = field(default_factory=set)
    components: set[int] = field(default_factory=set)


def _chosen(pages: Collection[Page]) -> dict[str, _Chosen]:
    """Return what pages name, by their slugs.

    Read without the rows that are named: fifty pages of a hundred components name five thousand.
    """
    slugs = [page.slug for page in pages]
    chosen: dict[str, _Chosen] = {slug: _Chosen() for slug in slugs}
    for slug, pk in _chosen_groups():
        if slug in chosen:
            chosen[slug].groups.add(pk)
    for slug, pk in _chosen_components():
        if slug in chosen:
            chosen[slug].components.add(pk)
    return chosen


_chosen_groups = PreparedRows(
    lambda: Page.groups.through.objects.values_list("page_id", "group_id")
)
_chosen_components = PreparedRows(
    lambda: Page.components.through.objects.values_list("page_id", "component_id")
)


class _Catalogue:
    """The ids of all components that may be named, and of those in each group and with each tag."""

    def __init__(self, components: Iterable[ComponentRow]) -> None:
        self._ids: set[int] = set()
        self._by_group: dict[int | None, set[int]] = defaultdict(set)
        self._by_tag: dict[str, set[int]] = defaultdict(set)
        for each in components:
            self._ids.add(each.pk)
            self._by_group[each.group_id].add(each.pk)
            self._by_group[each.parent_group_id].add(each.pk)
            for word in each.tags.split(","):
                self._by_tag[word.strip()].add(each.pk)

    def selected(self, chosen: _Chosen, tags: Iterable[str]) -> tuple[int, ...]:
        """Return the components that a page shows which names these, by their order of ids."""
        found = chosen.components & self._ids
        for group in chosen.groups:
            found |= self._by_group.get(group, set())
        for tag in tags:
            found |= self._by_tag.get(tag, set())
        return tuple(sorted(found))


def _face(
    page: Page,
    chosen: _Chosen,
    catalogue: _Catalogue,
    announced: tuple[AnnouncementView, ...] = (),
) -> Face:
    look = look_of(page)
    return Face(
        slug=page.slug,
        name=look.name if look and look.name else page.name,
        hosts=tuple(page.hosts),
        parent=page.parent_id or "",
        component_ids=None if page.everything else catalogue.selected(chosen, page.tags),
        door=_door(page) if page.private else None,
        identity=str(page.identity),
        appearance=look,
        announcements=announced,
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
