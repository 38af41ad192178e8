"""Alerts of Uptime Kuma: its notification “Webhook” with the preset body `application/json`.

Format: server/notification-providers/webhook.js of Uptime Kuma 1.x and 2.x, `{heartbeat, monitor,
msg}`. Tests of the connection, and warnings of certificates, have no heartbeat.
"""

from typing import Any

from monitors.alert_formats.base import (
    AlertFormatError,
    fingerprint_of,
    read_id,
    read_instant,
    read_list,
    read_object,
    read_text,
)
from monitors.rules.incoming_alert import IncomingAlert

_DOWN, _STATES = 0, (0, 1, 2, 3)
"""Down, up, pending and maintenance."""


def parse(body: Any) -> list[IncomingAlert]:
    """Return the alert of one notification. Raises AlertFormatError naming the field."""
    fields = read_object(body, "")
    message = read_text(fields.get("msg"), "msg")
    if "heartbeat" not in fields:
        raise AlertFormatError("heartbeat", "Send the preset body of Uptime Kuma's webhook.")
    if fields["heartbeat"] is None:
        return []
    heartbeat = read_object(fields["heartbeat"], "heartbeat")
    monitor = read_object(fields.get("monitor"), "monitor")
    status = heartbeat.get("status")
    if status not in _STATES or isinstance(status, bool):
        raise AlertFormatError("heartbeat.status", "Send 0 (down), 1 (up), 2 or 3.")
    name = read_text(monitor.get("name"), "monitor.name")
    reason = read_text(heartbeat.get("msg"), "heartbeat.msg")
    tags = [
        read_object(tag, "monitor.tags")
        for tag in read_list(monitor.get("tags", []), "monitor.tags")
    ]
    labels = {
        read_text(tag.get("name"), "monitor.tags.name"): read_text(
            tag.get("value"), "monitor.tags.value"
        )
        for tag in tags
    }
    number = read_id(monitor.get("id", heartbeat.get("monitorID")), "monitor.id")
    at = read_instant(heartbeat.get("time"), "heartbeat.time")
    return [
        IncomingAlert(
            fingerprint=fingerprint_of(f"kuma-{number}", {}),
            name=name,
            firing=status == _DOWN,
            reason=f"{name}: {reason}" if name and reason else message or name,
            labels={**labels, "alertname": name},
            started_at=at if status == _DOWN else None,
            ends_at=at if status != _DOWN else None,
        )
    ]
