"""The table of the formats of alerts, by the word that stands in their address (contract P01)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from monitors.alert_formats import alertmanager
from monitors.rules.incoming_alert import IncomingAlert


@dataclass(frozen=True, slots=True)
class AlertFormat:
    """A format: its name for people, and what reads it."""

    label: str
    parse: Callable[[Any], list[IncomingAlert]]
    """Return the alerts of a body. Raises AlertFormatError."""


FORMATS: dict[str, AlertFormat] = {
    "alertmanager": AlertFormat("Alertmanager and Grafana", alertmanager.parse),
}
