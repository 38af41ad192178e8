"""Alerts of Opsgenie: its integration “Webhook” (outgoing).

Format: support.atlassian.com/opsgenie, “Webhook integration”: `{"action", "alert": {alertId, alias,
message, priority, createdAt, …}}`, instants in milliseconds. Actions that do not change whether an
alert is open are no news.
"""

from typing import Any

from monitors.alert_formats.base import (
    AlertFormatError,
    fingerprint_of,
    read_id,
    read_list,
    read_object,
    read_text,
    read_word,
    tags_of,
)
from monitors.rules.incoming_alert import IncomingAlert

_FIRING = ("Create", "Acknowledge", "UnAcknowledge", "Escalate", "UpdatePriority", "UpdateMessage")
_OVER = ("Close", "Delete")


def parse(body: Any) -> list[IncomingAlert]:
    """Return the alert of one action. Raises AlertFormatError naming the field."""
    fields = read_object(body, "")
    action = read_word(fields.get("action"), "action")
    alert = read_object(fields.get("alert"), "alert")
    if action not in (*_FIRING, *_OVER):
        return []
    priority = read_text(alert.get("priority"), "alert.priority")
    message = read_text(alert.get("message"), "alert.message")
    texts = {
        name: read_text(alert.get(name), f"alert.{name}") for name in ("alias", "entity", "team")
    }
    tags = [
        read_text(tag, "alert.tags") for tag in read_list(alert.get("tags") or [], "alert.tags")
    ]
    own = {**texts, "alertname": message, "priority": priority}
    return [
        IncomingAlert(
            fingerprint=fingerprint_of(read_id(alert.get("alertId"), "alert.alertId"), {}),
            name=message,
            firing=action in _FIRING,
            reason=message,
            severity=priority.lower(),
            labels={**tags_of(tags), **{name: text for name, text in own.items() if text}},
            started_at=_seconds(alert.get("createdAt"), "alert.createdAt"),
        )
    ]


def _seconds(value: Any, path: str) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise AlertFormatError(path, "Send milliseconds since 1970.")
    return value / 1000
