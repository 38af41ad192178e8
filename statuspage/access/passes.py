"""Passes to private pages: who has one is let in without a look at the database.

A pass is its expiry and an HMAC over page, version of the page's key, purpose and expiry, made with
the signing key. So it can neither be forged nor moved to another page; raising the version of a
page's key makes all of its passes worthless at once. A link is a pass of another purpose: it is
exchanged for one, and is none itself.
"""

import re
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from statuspage.pages.face import Face, path_of, site_of

COOKIE = "statuspage_pass_"
"""The name of the cookie that holds a pass, before the page's slug."""
PASS_SECONDS = 30 * 86_400
GROUP_SECONDS = 86_400
"""Of who came through a sign-in provider: groups are asked for again after a day."""
MAIL_SECONDS = 900
HANDOVER_SECONDS = 60
"""How long the way from the sign-in provider back to the page may take."""
MAX_LINK_SECONDS = 366 * 86_400
_FORM = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})")


def make_pass(face: Face, *, until: int) -> str:
    """Return the pass to a page, valid before the instant `until` in seconds since the epoch."""
    return _signed(face, "pass", until)


def make_link_key(face: Face, *, until: int) -> str:
    """Return what the address of a link ends with, by which a pass is given."""
    return _signed(face, "link", until)


def link_address(face: Face, *, until: int) -> str:
    """Return the absolute address of a signed link, valid before the instant `until`."""
    site = site_of(settings.STATUSPAGE.site_url, face).rstrip("/")
    return f"{site}{path_of(face.root, '/status/door/')}{make_link_key(face, until=until)}"


def group_address(face: Face, *, now: float) -> str:
    """Return the address that gives who has one of a page's groups a pass, for a minute."""
    key = _signed(face, "group", int(now) + HANDOVER_SECONDS)
    site = site_of(settings.STATUSPAGE.site_url, face).rstrip("/")
    return f"{site}{path_of(face.root, '/status/door/')}{key}"


def is_group_key(face: Face, text: str, *, now: float) -> bool:
    """Whether the provider's answer, as handed over to a page, is valid."""
    return _until(face, "group", text, now=now) is not None


def is_pass(face: Face, text: str, *, now: float) -> bool:
    """Whether a pass opens a page at `now`."""
    return _until(face, "pass", text, now=now) is not None


def link_until(face: Face, text: str, *, now: float) -> int | None:
    """Return until when a link's key is valid; None for one that is not."""
    return _until(face, "link", text, now=now)


def pass_until(face: Face, text: str, *, now: float) -> int | None:
    """Return until when a pass is valid; None for one that is not."""
    return _until(face, "pass", text, now=now)


def is_near(face: Face, address: str) -> bool:
    """Whether a visitor's address is in one of the ranges whose visitors need no pass."""
    if face.door is None or not face.door.networks:
        return False
    try:
        # An IPv4 client of a socket for both is written as ::ffff:192.0.2.1.
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in ip_network(network) for network in face.door.networks)


def pass_in(cookies: str, face: Face) -> str:
    """Return the pass to a page in a `Cookie` header; '' when there is none."""
    name = f"{COOKIE}{face.slug}"
    for part in cookies.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


def _until(face: Face, purpose: str, text: str, *, now: float) -> int | None:
    match = _FORM.fullmatch(text)
    if match is None or face.door is None:
        return None
    until = int(match[1])
    if until <= now or not constant_time_compare(text, _signed(face, purpose, until)):
        return None
    return until


def _signed(face: Face, purpose: str, until: int) -> str:
    version = face.door.key_version if face.door else 0
    message = f"{face.slug}:{face.identity}:{version}:{until}"
    mac = salted_hmac(f"statuspage.page.{purpose}", message, algorithm="sha256").hexdigest()
    return f"{until}.{mac}"
