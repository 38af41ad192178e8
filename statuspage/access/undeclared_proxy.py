"""Whether a proxy stands in front that `STATUSPAGE_NUM_PROXIES` does not tell of (S17).

Then all visitors look like the proxy, share its limits, and any of them can use these up.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from components import limiting
from components.network.client_networks import parse_address
from statuspage.access.client_address import is_undeclared_proxy

_SEEN = "untold proxy"
_REMEMBERED = timedelta(days=1)
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA")


class Sightings:
    """What this process has seen of such a proxy."""

    def __init__(self) -> None:
        self.seen = False

    def note(self, request: HttpRequest) -> None:
        """Look whether a request came by a proxy that no setting names; remember it for a day."""
        if self.seen or not is_undeclared_proxy(request.META.get("REMOTE_ADDR", "")):
            return
        if any(name in request.META for name in _FORWARDED) or not _is_local(_site_host()):
            self.seen = True
            limiting.allow(_SEEN, 1, _REMEMBERED, datetime.now(UTC))

    def reset(self) -> None:
        """Forget it, as a process that begins anew; for tests."""
        self.seen = False


SIGHTINGS = Sightings()

ADVICE = (
    "Set STATUSPAGE_NUM_PROXIES to the number of your proxies, and have each append to"
    " X-Forwarded-For. Until then all visitors share one limit of sign-ups and log-ins."
)


def evidence() -> str:
    """Return why there must be such a proxy, as far as this process knows without a query; ''."""
    options = settings.STATUSPAGE
    if options.num_proxies:
        return ""
    if urlsplit(options.site_url).scheme == "https":
        return "The page is served by HTTPS, so a proxy stands in front, but no setting names it."
    if SIGHTINGS.seen:
        return "Requests come through a proxy that no setting names."
    return ""


def stored_evidence(*, now: datetime) -> str:
    """Return the same, also from what other processes have seen within a day."""
    if found := evidence():
        return found
    if settings.STATUSPAGE.num_proxies or not limiting.is_used(_SEEN, _REMEMBERED, now):
        return ""
    return "Requests come through a proxy that no setting names."


def _site_host() -> str:
    return urlsplit(settings.STATUSPAGE.site_url).hostname or ""


def _is_local(host: str) -> bool:
    parsed = parse_address(host)
    return host == "localhost" or (parsed is not None and not parsed.is_global)
