"""The table of the formats of alerts, by the word that stands in their address (contract P01)."""

from collections.abc import Callable, Mapping
from typing import Any

from monitors.alert_formats import (
    alertmanager,
    datadog,
    generic,
    healthchecks,
    kuma,
    opsgenie,
    pagerduty,
    sentry,
    sns,
)
from monitors.rules.incoming_alert import IncomingAlert

GENERIC = "generic"
SNS = "sns"
"""Its messages are verified before they are read: `external_alerts.sns`."""
_PARSERS: dict[str, Callable[[Any], list[IncomingAlert]]] = {
    "alertmanager": alertmanager.parse,
    "datadog": datadog.parse,
    "healthchecks": healthchecks.parse,
    "kuma": kuma.parse,
    "opsgenie": opsgenie.parse,
    "pagerduty": pagerduty.parse,
    "sentry": sentry.parse,
    SNS: sns.parse,
}
FORMATS = (*_PARSERS, GENERIC)


def parse(name: str, body: Any, *, mapping: Mapping[str, str]) -> list[IncomingAlert]:
    """Return the alerts of a body in one of the `FORMATS`; `mapping` is of the generic one.

    None is there when a message is no news about an alert, such as a test of the connection.
    Raises AlertFormatError naming the field.
    """
    if name == GENERIC:
        return generic.parse(body, mapping)
    return _PARSERS[name](body)
