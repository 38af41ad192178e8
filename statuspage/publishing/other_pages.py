"""Publishes the pages besides `main`: each is a rendering of what it shows of the one state.

With every publication only those pages are rendered whose facts moved: two of fifty, as a rule.
The others keep their bytes until their figures are due, with one of the regular publications. Ask
for nothing here: what is stored of all of them is read in one query, and written in one.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspage.models import StoredSnapshot
from statuspage.pages.face import MAIN, Face
from statuspage.publishing.page_facts import FactDigests
from statuspage.publishing.rendered import Snapshot, build, pack_page, unpack_page
from statuspage.state.page_state import PageState
from statuspage.state.selection import facts_of, selected_on, shown_on

log = logging.getLogger(__name__)

FIGURES_AGE = timedelta(seconds=15)
"""How old the figures of a page may become while nothing happens that it shows: they are renewed
with the next publication, of which there is one every 20 s."""


@dataclass(frozen=True, slots=True)
class StoredPage:
    """What is known of the stored rendering of a page."""

    version: int
    built_at: datetime
    facts: str


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page that was rendered, with its stored form."""

    snapshot: Snapshot
    facts: str
    blob: bytes

    @property
    def slug(self) -> str:
        return self.snapshot.state.face.slug


def stored_pages() -> dict[str, StoredPage]:
    """Return what is stored of every page besides `main`, without its bytes."""
    rows = StoredSnapshot.objects.exclude(page=MAIN)
    return {
        slug: StoredPage(version, built_at, facts)
        for slug, version, built_at, facts in rows.values_list(
            "page", "version", "built_at", "facts"
        )
    }


def render_moved(state: PageState, stored: Mapping[str, StoredPage]) -> list[RenderedPage]:
    """Render every page whose facts are not the stored ones, or whose figures are due."""
    facts = facts_of(state)
    rendered, digests = [], FactDigests()
    for face in state.faces:
        digest = digests.digest(selected_on(facts, face))
        known = stored.get(face.slug)
        if known and known.facts == digest and state.built_at - known.built_at < FIGURES_AGE:
            continue
        snapshot = build(shown_on(state, face))
        rendered.append(RenderedPage(snapshot, digest, pack_page(snapshot)))
    return rendered


def store(pages: Iterable[RenderedPage], *, gone: Collection[str] = ()) -> None:
    """Store renderings in one statement; delete those of pages that are `gone`."""
    StoredSnapshot.objects.bulk_create(
        [
            StoredSnapshot(
                page=each.slug,
                version=each.snapshot.version,
                built_at=each.snapshot.built_at,
                facts=each.facts,
                blob=each.blob,
            )
            for each in pages
        ],
        update_conflicts=True,
        unique_fields=["page"],
        update_fields=["version", "built_at", "facts", "blob"],
    )
    if gone:
        StoredSnapshot.objects.filter(page__in=gone).delete()


def load(state: PageState, known: Mapping[str, datetime]) -> tuple[Snapshot, ...]:
    """Return the stored pages of `state`, the published one of `main`, that are not `known`.

    `known` is when those were built that the caller has.
    """
    if not state.faces:
        return ()
    built = dict(StoredSnapshot.objects.exclude(page=MAIN).values_list("page", "built_at"))
    wanted = [slug for slug, at in built.items() if known.get(slug) != at]
    rows = StoredSnapshot.objects.filter(page__in=wanted)
    blobs = dict(rows.values_list("page", "blob")) if wanted else {}
    return tuple(
        unpacked(state, {slug: bytes(blob) for slug, blob in blobs.items()}, skip=known.keys())
    )


def unpacked(
    state: PageState, blobs: Mapping[str, bytes], *, skip: Collection[str] = ()
) -> Iterator[Snapshot]:
    """Yield the pages of `state` from their stored forms; what cannot be used is rendered anew."""
    for face in state.faces:
        blob = blobs.get(face.slug)
        if blob is None and face.slug in skip:
            continue
        yield _page(state, face, blob)


def _page(state: PageState, face: Face, blob: bytes | None) -> Snapshot:
    shown = shown_on(state, face)
    if blob is not None:
        try:
            return unpack_page(blob, shown)
        except ValueError as error:
            log.warning("the stored page %s cannot be used (%s)", face.slug, error)
    return build(shown)
