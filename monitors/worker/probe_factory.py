"""The prober of a stored monitor: that of its kind, or a stand-in when that cannot be."""

from monitors.config.parsing import UnreadableError, parse_config
from monitors.models import Monitor
from monitors.probers import registry
from monitors.probing.base import Config, Prober
from monitors.probing.unavailable import UnavailableProber, or_unavailable

UNREADABLE_MESSAGE = "its secret cannot be read: enter it again"


def prober_and_config(monitor: Monitor) -> tuple[Prober, Config]:
    """Return its prober and settings. Raises ValidationError when the settings are invalid."""
    try:
        config = parse_config(monitor.kind, monitor.config)
    except UnreadableError:
        return UnavailableProber(UNREADABLE_MESSAGE), Config()
    return or_unavailable(registry.prober(monitor.kind)), config
