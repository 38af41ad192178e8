"""A page's mark and logo as files: what feeds name, and other programs show.

A page that nobody has touched has neither, and its feeds stay as they are.
"""

from statuspage.pages.appearance import Appearance
from statuspage.renderers.html.appearance.brand import picture_file
from statuspage.state.drawings import png_bytes

ICON, LOGO = "/status/icon.svg", "/status/logo.png"
"""The mark, or else the logo, as an SVG; and what mails show, as a PNG."""
PATHS = (ICON, LOGO)


def brand_file(path: str, look: Appearance) -> bytes | None:
    """Return the picture at `path`; None where the page has none."""
    if path == ICON and (picture := look.mark or look.logo):
        return picture_file(picture)
    if path == LOGO and look.mail_logo:
        return png_bytes(look.mail_logo)
    return None


def brand_paths(look: Appearance) -> tuple[str, ...]:
    """Return the paths of the pictures that a page has, as `main` would have them."""
    return tuple(path for path in PATHS if brand_file(path, look) is not None)


def feed_icon(look: Appearance) -> str:
    """Return the path of a feed's small square picture; '' for none."""
    return ICON if look.mark else ""


def feed_logo(look: Appearance) -> str:
    """Return the path of a feed's picture, a PNG where there is one; '' for none."""
    if look.mail_logo:
        return LOGO
    return ICON if look.mark or look.logo else ""
