"""The stored lanes of a monitor; whoever changes them holds the lock of its check."""

from collections.abc import Mapping
from typing import cast

from monitors.config.parsing import parse_config
from monitors.models import AlertLane, Monitor
from monitors.probers.external import ExternalConfig
from monitors.rules.alert_lanes import Lane


def config_of(monitor: Monitor) -> ExternalConfig:
    """Return a monitor's settings. Raises ValidationError."""
    return cast("ExternalConfig", parse_config(monitor.kind, monitor.config))


def load_lanes(monitor_id: int) -> dict[str, Lane]:
    """Return the lanes by their fingerprints."""
    return {row.fingerprint: row.lane for row in AlertLane.objects.filter(monitor=monitor_id)}


def store_lanes(monitor_id: int, *, before: Mapping[str, Lane], after: Mapping[str, Lane]) -> None:
    """Store what has changed of the lanes."""
    gone = before.keys() - after.keys()
    if gone:
        AlertLane.objects.filter(monitor=monitor_id, fingerprint__in=gone).delete()
    changed = [
        AlertLane(monitor_id=monitor_id, fingerprint=fingerprint, **AlertLane.values_of(lane))
        for fingerprint, lane in after.items()
        if before.get(fingerprint) != lane
    ]
    AlertLane.objects.bulk_create(
        changed,
        batch_size=100,
        update_conflicts=True,
        unique_fields=["monitor", "fingerprint"],
        update_fields=[
            "verdict", "reason", "opened_at", "heard_at", "started_at", "ends_at", "cleared_at",
        ],
    )  # fmt: skip
