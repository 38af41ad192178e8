"""The pages besides `main` as subscribers' messages need them, read from the database."""

from collections.abc import Mapping

from django.conf import settings

from components.rollup import Member, overall_status
from components.status import Status
from statuspage.pages.face import HOME, Face, path_of, site_of
from statuspage.state.component_row import ComponentRow, nameable_rows
from statuspage.state.faces import faces_of, read_pages
from subscribers.pages import SubscribedPage


def read_subscribed_pages() -> Mapping[str, SubscribedPage]:
    """Return them by their slugs: in one query where there are none, in four however many."""
    _, others = read_pages()
    if not others:
        return {}
    rows = nameable_rows()
    return {face.slug: _page(face, rows) for face in faces_of(others, rows)}


def _page(face: Face, rows: list[ComponentRow]) -> SubscribedPage:
    site = str(settings.STATUSPAGE.site_url)
    ids = None if face.component_ids is None else frozenset(face.component_ids)
    shown = [row for row in rows if ids is None or row.pk in ids]
    members = [
        Member(row.name, Status(row.status), counts=row.counts_for_overall, critical=row.critical)
        for row in shown
        if row.retired_at is None
    ]
    return SubscribedPage(
        slug=face.slug,
        name=face.name,
        address=f"{site_of(site, face).rstrip('/')}{path_of(face.root, HOME)}",
        main_address=f"{site.rstrip('/')}{HOME}",
        component_ids=ids,
        names=frozenset(row.name for row in shown),
        overall=str(overall_status(members, window_in_progress=False).status),
    )
