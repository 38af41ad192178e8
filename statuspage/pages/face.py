"""What a page is apart from what it shows: its names, its addresses, what it selects, its door.

A page is a face over a selection of the one state that there is. `main` shows everything at
`/status`; any other page has hosts of its own, or lies under `/status/p/SLUG`. Inside, paths are
always written as those of `main` (`/status/history`): `path_of` and `canonical_path` are the only
places that know where a page lies.
"""

import re
from dataclasses import dataclass

from statuspage.pages.announcement import AnnouncementView
from statuspage.pages.appearance import Appearance

FACE = "statuspage.face"
"""The key of an ASGI scope under which the edge hands on the page that a request is for."""
MAIN = "main"
HOME = "/status"
BELOW = "/status/p/"
"""Where pages without a host of their own lie."""
_BELOW = re.compile(r"/status/p/(?P<slug>[a-z0-9][a-z0-9-]{0,39})(?P<rest>(?:[./].*)?)", re.DOTALL)
_DIALECT = "/api/v2/"
"""The one dialect that lies beside `/status`."""


@dataclass(frozen=True, slots=True)
class Door:
    """Who may see a private page: whoever comes by any one of its ways.

    What opens it is not here, but the stored hash of its password: this travels with the page's
    bytes, so that a page without its database still knows who may see it.
    """

    key_version: int = 1
    """Every pass is of one version: raising it ends all of them."""
    password: str = ""
    """The hash of the password as Django stores it; '' when none opens it."""
    networks: tuple[str, ...] = ()
    """Address ranges whose visitors need no pass."""
    mail_domains: tuple[str, ...] = ()
    """Who has a mailbox there may ask for a link."""
    groups: tuple[str, ...] = ()
    """Groups of the sign-in provider whose members may enter."""


@dataclass(frozen=True, slots=True)
class Face:
    """One page's name, addresses, selection and door."""

    slug: str = MAIN
    name: str = ""
    """'' for the site's name."""
    hosts: tuple[str, ...] = ()
    """Names of hosts that show this page and no other; the first one is what links are made of."""
    parent: str = ""
    """The slug of the page that lists this one as a row."""
    component_ids: tuple[int, ...] | None = None
    """What it selects, retired ones too; None for everything."""
    door: Door | None = None
    """None for a page that anybody may see."""
    identity: str = "00000000-0000-0000-0000-000000000000"
    """What ids of feeds and calendars are made of."""
    appearance: Appearance | None = None
    """Its own look; None for that of `main`."""
    announcements: tuple[AnnouncementView, ...] = ()
    """What it announces now, the newest first."""
    languages: tuple[str, ...] = ()
    """The tags of the languages that it is offered in, its own first; none for those of `main`."""

    @property
    def root(self) -> str:
        """Where its own paths begin."""
        return HOME if self.slug == MAIN or self.hosts else f"{BELOW}{self.slug}"

    @property
    def is_private(self) -> bool:
        return self.door is not None

    def selects(self, component_ids: tuple[int, ...]) -> bool:
        """Whether it shows what concerns these components; what concerns none is everybody's."""
        if self.component_ids is None or not component_ids:
            return True
        return not set(self.component_ids).isdisjoint(component_ids)


MAIN_FACE = Face()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads: the slug of a page, and its path as `main` would have it."""

    slug: str
    path: str


def path_of(root: str, path: str) -> str:
    """Return where `path`, as `main` would have it, lies on the page whose paths begin at `root`.

    `/status.txt` of `/status/p/shop` is `/status/p/shop.txt`.
    """
    if root == HOME:
        return path
    return root + (path.removeprefix(HOME) if path.startswith(HOME) else path)


def place_below(path: str) -> Place | None:
    """Return what an address under `/status/p/` means; None for any other address."""
    match = _BELOW.fullmatch(path)
    if match is None:
        return None
    rest = match["rest"]
    return Place(match["slug"], rest if rest.startswith(_DIALECT) else HOME + rest)


def site_of(site_url: str, face: Face) -> str:
    """Return scheme and host of a page's addresses; `site_url` is that of `main`."""
    if not face.hosts:
        return site_url
    scheme, _, rest = site_url.partition("://")
    port = re.search(r":\d+$", rest.partition("/")[0].rpartition("]")[2])
    return f"{scheme}://{face.hosts[0]}{port[0] if port else ''}"
