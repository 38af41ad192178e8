"""What a machine that was blind does before it takes a slot: it looks whether it sees again."""

import time
from collections.abc import Callable

from monitors import vantage_points
from monitors.probing.connectivity import ConnectivityGuard
from monitors.probing.engine import Engine
from monitors.readers import self_report
from monitors.worker import pulse

LOOK_SECONDS = 9.0
"""How long it looks: longer than its name servers have to answer until they are trusted."""
SIGN_SECONDS = 1.0


def stays_blind(
    region: str, engine: Engine, connectivity: ConnectivityGuard, *, stopping: Callable[[], bool]
) -> bool:
    """Take over what this machine knew of its network; return whether to leave a slot to another.

    That is so while this machine is still blind and another one of the region sees. Where none
    does, one goes on probing: it will notice first that the network is back.
    """
    blind = vantage_points.blind_prober(region=region)
    if blind is None or blind.blind_since is None:
        return False
    connectivity.resume(blind_since=blind.blind_since, names_only=blind.names_only)
    if not vantage_points.sees_elsewhere(region=region):
        return False
    vantage_points.report(region=region, blind_since=blind.blind_since, names_only=blind.names_only)
    return not _sees_again(engine, connectivity, stopping)


def _sees_again(
    engine: Engine, connectivity: ConnectivityGuard, stopping: Callable[[], bool]
) -> bool:
    until, sign_at = time.monotonic() + LOOK_SECONDS, 0.0
    while time.monotonic() < until and not stopping():
        if time.monotonic() >= sign_at:
            pulse.beat()
            self_report.report("probes", now=time.time())
            sign_at = time.monotonic() + SIGN_SECONDS
        for probe in connectivity.due_probes():
            engine.add(probe)
        for result in engine.step(max_wait=0.1):
            connectivity.filter(result)
        if connectivity.is_connected:
            return True
    return False
