"""Alerts of Prometheus' Alertmanager, and of Grafana, which sends the same form.

Format: `webhook_config` of prometheus.io/docs/alerting/latest/configuration, version 4. Grafana's
own webhook numbers the same form "1".
"""

from typing import Any

from monitors.alert_formats.base import (
    AlertFormatError,
    fingerprint_of,
    read_instant,
    read_list,
    read_object,
    read_text,
    read_texts,
)
from monitors.rules.incoming_alert import IncomingAlert

VERSIONS = ("4", "1")


def parse(body: Any) -> list[IncomingAlert]:
    """Return the alerts of one notification. Raises AlertFormatError naming the field."""
    fields = read_object(body, "")
    if fields.get("version") not in VERSIONS:
        raise AlertFormatError(
            "version", "Send Alertmanager's webhook format, version “4”, or Grafana's, “1”."
        )
    alerts = read_list(fields.get("alerts"), "alerts")
    return [_alert(each, f"alerts.{number}") for number, each in enumerate(alerts)]


def _alert(value: Any, path: str) -> IncomingAlert:
    fields = read_object(value, path)
    status = fields.get("status")
    if status not in ("firing", "resolved"):
        raise AlertFormatError(f"{path}.status", "Send “firing” or “resolved”.")
    labels = read_texts(fields.get("labels"), f"{path}.labels")
    notes = read_texts(fields.get("annotations"), f"{path}.annotations")
    given = read_text(fields.get("fingerprint"), f"{path}.fingerprint")
    if not labels and not given:
        raise AlertFormatError(f"{path}.labels", "Send the alert's labels or its fingerprint.")
    name = labels.get("alertname", "")
    return IncomingAlert(
        fingerprint=fingerprint_of(given, labels),
        name=name,
        firing=status == "firing",
        reason=notes.get("summary") or notes.get("description") or name,
        severity=labels.get("severity", "").strip().lower(),
        labels=labels,
        started_at=read_instant(fields.get("startsAt"), f"{path}.startsAt"),
        ends_at=read_instant(fields.get("endsAt"), f"{path}.endsAt"),
    )
