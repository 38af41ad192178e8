"""The connectivity of vantage points: journalled once when it is lost and once when back.

A region is blind when every prober of it that is at work is: one machine that lost its network says
nothing of another's. Who is blind while another sees leaves the checks to that one.
"""

import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from components.journal import Event, record
from monitors import event_types
from monitors.models import ProberConnectivity, Region, Vantage

OVERRULED_SECONDS = 7.0
"""For how long a shift stays blind, though another of its machine said that it is over, before that
is news.

Of two that overlap one sees a little earlier than the other. Longer than any of them takes to be
sure (`RECOVERY_SECONDS` of the name servers, with its last question).
"""
LOOK_SECONDS = 1.0
REPORT_SECONDS = 10.0
"""Seconds after which a prober says again that it is there, though nothing changed."""
PRESENT_SECONDS = 30.0
"""A prober that has not said so for longer does not count. Slots go from one machine to another: a
machine may be without any for the length of a shift."""
FORGOTTEN_SECONDS = 86_400.0


class ConnectivityReporter:
    """What one shift has reported of its machine; call `follow` as often as you like."""

    def __init__(
        self, region: str, *, prober: str = "", monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._region, self._now = region, monotonic
        self._prober = prober or settings.STATUSPAGE.machine
        self._reported: tuple[float | None, bool] | None = None
        self._reported_at = self._looked_at = float("-inf")
        self._overruled: tuple[float, float] | None = None
        """Since when this machine has been said to see although this shift is blind.

        By the monotonic clock, and in seconds since the epoch.
        """
        self.leaves_checks_to_others = False
        """Whether this shift is blind while another prober of the region sees."""

    def follow(self, *, blind_since: float | None, names_only: bool, is_connected: bool) -> None:
        """Report the connectivity that a shift has found, as often as that changes."""
        if blind_since is None:
            self.leaves_checks_to_others = False
            if not is_connected:
                return
        if (blind_since, names_only) != self._reported:
            self._report(blind_since, names_only)
            self._reported, self._overruled = (blind_since, names_only), None
        elif blind_since is not None and self._now() - self._looked_at >= LOOK_SECONDS:
            self._compare(names_only=names_only)
        elif self._now() - self._reported_at >= REPORT_SECONDS:
            self._report(blind_since, names_only)

    def _compare(self, *, names_only: bool) -> None:
        """Report blindness anew that goes on, or began again, after another said it was over."""
        self._looked_at = self._now()
        if blind_prober(region=self._region, prober=self._prober) is not None:
            self._overruled = None
            self._report(self._reported[0] if self._reported else None, names_only)
        elif self._overruled is None:
            self._overruled = self._looked_at, time.time()
        elif self._looked_at - self._overruled[0] >= OVERRULED_SECONDS:
            self._report(self._overruled[1], names_only)
            self._overruled = None

    def _report(self, blind_since: float | None, names_only: bool) -> None:
        report(
            region=self._region,
            prober=self._prober,
            blind_since=blind_since,
            names_only=names_only,
        )
        self._reported_at = self._now()
        self.leaves_checks_to_others = blind_since is not None and sees_elsewhere(
            region=self._region, prober=self._prober
        )


def report(
    *, region: str, blind_since: float | None, names_only: bool = False, prober: str = ""
) -> bool:
    """Record a prober's connectivity; return whether its region's changed with it.

    Any number of its processes may report the same: only the first is journalled. `blind_since` is
    in seconds since the epoch, None when it sees; `names_only` says that its network is there and
    that just its name servers are not. `prober` is this machine if it is not told.
    """
    prober, now = prober or settings.STATUSPAGE.machine, time.time()
    rows = list(ProberConnectivity.objects.filter(region=region))
    vantage = Vantage.objects.filter(pk=region).first()
    own = next((row for row in rows if row.prober == prober), None)
    if own is not None and _says(own, blind_since, names_only, now=now):
        blind = _blindness(rows, own, now=now)
        if (None, False) if vantage is None else (vantage.blind_since, vantage.names_only) == blind:
            return False
    with transaction.atomic():
        return _store(region, prober, blind_since, names_only, now=now)


def _says(
    row: ProberConnectivity, blind_since: float | None, names_only: bool, *, now: float
) -> bool:
    """Return whether a row says the same already, and said so of late."""
    if (row.blind_since is None) != (blind_since is None) or row.names_only != names_only:
        return False
    return abs(now - row.seen) < REPORT_SECONDS


def _store(
    region: str, prober: str, blind_since: float | None, names_only: bool, *, now: float
) -> bool:
    """Store what a prober reports, and what follows for its region: one at a time by its row."""
    Region.objects.get_or_create(code=region, defaults={"name": region})
    Vantage.objects.get_or_create(pk=region)
    vantage = Vantage.objects.select_for_update().get(pk=region)
    own, _ = ProberConnectivity.objects.get_or_create(region=region, prober=prober)
    if blind_since is not None and own.blind_since is not None:
        blind_since = own.blind_since  # since when the first of its shifts said so
    own.blind_since, own.names_only, own.seen = blind_since, names_only, now
    own.save()
    rows = ProberConnectivity.objects.filter(region=region)
    rows.filter(seen__lt=now - FORGOTTEN_SECONDS).delete()
    former = vantage.blind_since
    vantage.blind_since, vantage.names_only = _blindness(list(rows), own, now=now)
    vantage.save(update_fields=["blind_since", "names_only"])
    if (former is None) == (vantage.blind_since is None):
        return False
    record(_event(region, vantage.blind_since, former=former))
    return True


def _blindness(
    rows: Collection[ProberConnectivity], own: ProberConnectivity, *, now: float
) -> tuple[float | None, bool]:
    """Return since when all present probers of a region are blind, and whether but for names."""
    present = [row for row in rows if row.pk == own.pk or _is_present(row, now=now)]
    blind = [row.blind_since for row in present if row.blind_since is not None]
    if len(blind) < len(present):
        return None, False
    return max(blind), all(row.names_only for row in present)


def _is_present(row: ProberConnectivity, *, now: float) -> bool:
    return abs(now - row.seen) <= PRESENT_SECONDS


def sees_elsewhere(*, region: str, prober: str = "") -> bool:
    """Return whether another prober of the region than this one is at work and sees."""
    others = ProberConnectivity.objects.filter(region=region, blind_since=None)
    now = time.time()
    prober = prober or settings.STATUSPAGE.machine
    return any(_is_present(row, now=now) for row in others.exclude(prober=prober))


def _event(region: str, blind_since: float | None, *, former: float | None) -> Event:
    if blind_since is not None:
        return Event(event_types.MONITORING_BLIND, {"region": region, "since": _iso(blind_since)})
    return Event(
        event_types.MONITORING_SEES_AGAIN,
        {"region": region, "since": _iso(former or 0.0), "until": _iso(time.time())},
    )


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def blind_prober(*, region: str, prober: str = "") -> ProberConnectivity | None:
    """Return what this prober reported if it is blind, as was last reported."""
    prober = prober or settings.STATUSPAGE.machine
    return ProberConnectivity.objects.filter(
        region=region, prober=prober, blind_since__isnull=False
    ).first()


def blind_probers() -> QuerySet[ProberConnectivity]:
    """Return the probers that reported of late that they are blind."""
    since = time.time() - PRESENT_SECONDS
    return ProberConnectivity.objects.filter(blind_since__isnull=False, seen__gte=since)


def blind_vantages() -> QuerySet[Vantage]:
    """Return the vantage points that are blind at present, with their regions."""
    return Vantage.objects.filter(blind_since__isnull=False).select_related("region")
