"""The picture that chats and social networks show beside a link: the status as colour and shape.

They take no SVG, so there is a PNG for each status, which `make shots` draws from the tab's icon.
It never changes: its address does, so that no cached preview shows an old status. A page with an
appearance of its own shows that above the status.
"""

from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path

from components.status import Status
from statuspage.pages.face import MAIN
from statuspage.renderers.html.icons import TAB_COLOURS
from statuspage.renderers.scope import link
from statuspage.state.page_state import PageState
from statuspage.state.social_picture import with_status

PNG = "image/png"
SIZE = 240
"""Pixels each way: more than the 200 that the largest networks ask for."""
FOLDER = Path(__file__).with_name("previews")


def preview_path(status: Status) -> str:
    """Return the address of a status's picture."""
    return f"/status/preview-{status}.png"


@cache
def preview(status: Status) -> bytes:
    """Return the PNG of a status."""
    return (FOLDER / f"{status}.png").read_bytes()


def preview_address(state: PageState, status: Status) -> str:
    """Return the absolute address of the picture of a page that has a status now.

    With an appearance's picture it names which one that is: networks keep pictures by addresses.
    """
    address, social = link(state, preview_path(status)), _social(state)
    return f"{address}?v={_digest(social)}" if social else address


def page_preview(state: PageState, status: Status) -> bytes:
    """Return the PNG of a status, beneath what the page's appearance has drawn if there is that."""
    social = _social(state)
    return _composed(social, status) if social else preview(status)


def has_social_picture(state: PageState) -> bool:
    """Whether the picture is a wide one: with the page's name, logo and colours."""
    return bool(_social(state))


def _social(state: PageState) -> str:
    look = state.appearance
    # A picture that shows a name is of the page that is called so: others may share its look.
    is_own = look.social_name in ("", state.site_name) and _is_own(state)
    return look.social if is_own else ""


def _is_own(state: PageState) -> bool:
    return state.face.slug == MAIN or state.face.appearance is not None


@lru_cache(maxsize=64)
def _composed(social: str, status: Status) -> bytes:
    return with_status(social, preview(status), TAB_COLOURS[status])


@lru_cache(maxsize=64)
def _digest(social: str) -> str:
    return blake2b(social.encode(), digest_size=4).hexdigest()
