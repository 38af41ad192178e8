"""The pages besides `main` as subscribers' messages need them, read from the database."""

from collections.abc import Mapping

from django.conf import settings

from components.languages.words import ENGLISH
from components.rollup import Member, overall_status
from components.status import Status
from statuspage.pages.appearance import USUAL, Appearance
from statuspage.pages.face import HOME, Face, path_of, site_of
from statuspage.state.colours import text_on
from statuspage.state.component_row import ComponentRow, nameable_rows
from statuspage.state.drawings import png_bytes, png_size
from statuspage.state.faces import faces_of, look_of, main_look, read_pages
from statuspage.state.languages import words_in
from subscribers.pages import Brand, SubscribedPage

MAIL_LOGO_HEIGHT = 44
"""In CSS pixels, with the white around it; the picture has twice as many, for screens that have
them."""


def read_subscribed_pages() -> Mapping[str, SubscribedPage]:
    """Return them by their slugs: in one query where there are none, in four however many."""
    main, others = read_pages()
    if not others:
        return {}
    rows = nameable_rows()
    of_main = look_of(main) or USUAL
    return {
        face.slug: _page(face, rows, brand_of(face.appearance or of_main))
        for face in faces_of(others, rows)
    }


def read_main_brand() -> Brand:
    """Return the brand of `main`, in one query."""
    return brand_of(main_look())


def brand_of(look: Appearance) -> Brand:
    """Return what mails wear of a page's appearance."""
    light, dark = look.accent, look.accent_dark or look.accent
    logo = png_bytes(look.mail_logo)
    words = words_in(ENGLISH, look)
    return Brand(
        name=look.name,
        logo=logo,
        logo_height=min(MAIL_LOGO_HEIGHT, png_size(logo)[1]) if logo else 0,
        button=light,
        on_button=text_on(light) if light else "",
        button_dark=dark,
        on_button_dark=text_on(dark) if dark else "",
        links=tuple((each.label, each.address) for each in look.footer_links),
        zone=words.zone,
        twelve_hours=words.twelve_hours,
        first_weekday=words.first_weekday,
    )


def _page(face: Face, rows: list[ComponentRow], brand: Brand) -> SubscribedPage:
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
        language=face.languages[0] if face.languages else "",
        names=frozenset(row.name for row in shown),
        brand=brand,
        overall=str(overall_status(members, window_in_progress=False).status),
    )
