"""The cache of a region's monitors, kept from shift to shift."""

import logging

from monitors.models import Monitor
from monitors.probing.base import Probe
from monitors.probing.unavailable import UnavailableProber
from monitors.worker.leases import LeasedCheck
from monitors.worker.probe_factory import prober_and_config
from monitors.worker.result_writer import Target

log = logging.getLogger(__name__)

MAX_CACHED = 20_000


class TargetCache:
    """A cache of a region's monitors.

    Kept from shift to shift: reading a thousand monitors anew costs more than probing them.
    """

    def __init__(self, *, region: str) -> None:
        self._region = region
        self._cached: dict[int, tuple[Target, Probe]] = {}

    def get(self, monitor_id: int) -> tuple[Target, Probe] | None:
        """Return a monitor and the template of its probes; None if gone or not to be probed."""
        return self._cached.get(monitor_id)

    def refresh(self, leased: list[LeasedCheck]) -> None:
        """Read the monitors that are new or have been edited since."""
        outdated = {item.monitor_id for item in leased if not self._is_current(item)}
        if not outdated:
            return
        if len(self._cached) > MAX_CACHED:
            self._cached.clear()  # some of them were deleted long ago
            outdated = {item.monitor_id for item in leased}
        for monitor in Monitor.objects.filter(pk__in=outdated):
            try:
                prober, config = prober_and_config(monitor)
            # One monitor that cannot be checked does not stop the shift.
            except Exception as error:  # noqa: BLE001
                # One bad row is set aside; its neighbours are probed.
                log.error("monitor %s cannot be probed: %s", monitor.pk, error)
                self._cached.pop(monitor.pk, None)
                continue
            template = Probe(0, prober, config, monitor.timeout, 0.0)
            self._cached[monitor.pk] = (Target.of(monitor, self._region), template)

    def _is_current(self, item: LeasedCheck) -> bool:
        known = self._cached.get(item.monitor_id)
        if known is None or isinstance(known[1].prober, UnavailableProber):
            return False  # what it lacked, a readable secret say, may be there by now
        return known[0].monitor.revision == item.revision
