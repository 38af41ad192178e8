"""The connectivity of vantage points: journalled once when it is lost and once when back."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import QuerySet

from components.journal import Event, record
from monitors import event_types
from monitors.models import Region, Vantage

OVERRULED_SECONDS = 7.0
"""For how long a prober stays blind, though another said that it is over, before that is news.

Of two that overlap one sees a little earlier than the other. Longer than any of them takes to be
sure (`RECOVERY_SECONDS` of the name servers, with its last question).
"""
LOOK_SECONDS = 1.0


class ConnectivityReporter:
    """What one prober has reported of its vantage point; call `follow` as often as you like."""

    def __init__(self, region: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._region, self._now = region, monotonic
        self._reported: tuple[float | None, bool] | None = None
        self._looked_at = float("-inf")
        self._overruled: tuple[float, float] | None = None
        """Since when the region has been said to see although this prober is blind.

        By the monotonic clock, and in seconds since the epoch.
        """

    def follow(self, *, blind_since: float | None, names_only: bool, is_connected: bool) -> None:
        """Report the connectivity that a prober has found, as often as that changes."""
        if blind_since is None and not is_connected:
            return
        if (blind_since, names_only) != self._reported:
            report(region=self._region, blind_since=blind_since, names_only=names_only)
            self._reported, self._overruled = (blind_since, names_only), None
        elif blind_since is not None and self._now() - self._looked_at >= LOOK_SECONDS:
            self._compare(names_only=names_only)

    def _compare(self, *, names_only: bool) -> None:
        """Report blindness anew that goes on, or began again, after another said it was over."""
        self._looked_at = self._now()
        if blind_vantage(region=self._region) is not None:
            self._overruled = None
        elif self._overruled is None:
            self._overruled = self._looked_at, time.time()
        elif self._looked_at - self._overruled[0] >= OVERRULED_SECONDS:
            report(region=self._region, blind_since=self._overruled[1], names_only=names_only)
            self._overruled = None


def report(*, region: str, blind_since: float | None, names_only: bool = False) -> bool:
    """Record a vantage point's connectivity; return whether it changed.

    Any number of its processes may report the same: only the first is journalled. `blind_since` is
    in seconds since the epoch, None when it sees; `names_only` says that its network is there and
    that just its name servers are not.
    """
    vantage = Vantage.objects.filter(pk=region).first()
    if vantage is None and blind_since is None:
        return False
    if vantage is not None and (vantage.blind_since is None) == (blind_since is None):
        if vantage.names_only != names_only:
            Vantage.objects.filter(pk=region).update(names_only=names_only)
        return False
    with transaction.atomic():
        if vantage is None:
            Region.objects.get_or_create(code=region, defaults={"name": region})
            vantage, _ = Vantage.objects.get_or_create(pk=region)
        changed = Vantage.objects.filter(
            pk=region, blind_since__isnull=blind_since is not None
        ).update(blind_since=blind_since, names_only=names_only)
        if not changed:
            return False
        record(_event(region, blind_since, former=vantage.blind_since))
    return True


def _event(region: str, blind_since: float | None, *, former: float | None) -> Event:
    if blind_since is not None:
        return Event(event_types.MONITORING_BLIND, {"region": region, "since": _iso(blind_since)})
    return Event(
        event_types.MONITORING_SEES_AGAIN,
        {"region": region, "since": _iso(former or 0.0), "until": _iso(time.time())},
    )


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def blind_vantage(*, region: str) -> Vantage | None:
    """Return the vantage point of a region if it is blind, as was last reported."""
    return Vantage.objects.filter(pk=region, blind_since__isnull=False).first()


def blind_vantages() -> QuerySet[Vantage]:
    """Return the vantage points that are blind at present, with their regions."""
    return Vantage.objects.filter(blind_since__isnull=False).select_related("region")
