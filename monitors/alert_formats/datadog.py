"""Alerts of Datadog: its integration “Webhooks”, with a payload that names the alert.

Datadog sends what the payload says; its own example names no alert. This one is read, by the
variables of docs.datadoghq.com/integrations/webhooks (see docs/integrating.md):
`{"alert_id": "$ALERT_ID", "alert_scope": "$ALERT_SCOPE", "alert_transition": "$ALERT_TRANSITION",
"alert_title": "$ALERT_TITLE", "alert_type": "$ALERT_TYPE", "priority": "$ALERT_PRIORITY",
"tags": "$TAGS", "date": "$DATE"}`. Without `date` it is not known which of two messages was first.
"""

from typing import Any

from monitors.alert_formats.base import (
    AlertFormatError,
    fingerprint_of,
    read_id,
    read_object,
    read_text,
    tags_of,
)
from monitors.rules.incoming_alert import IncomingAlert

_FIRING = ("triggered", "warn", "no data", "renotify")
_OVER = "recovered"
_MAX_DIGITS = 15


def parse(body: Any) -> list[IncomingAlert]:
    """Return the alert of one webhook. Raises AlertFormatError naming the field."""
    fields = read_object(body, "")
    given = read_text(fields.get("alert_transition"), "alert_transition")
    transition = given.lower().removeprefix("re-")
    if transition not in (*_FIRING, _OVER):
        raise AlertFormatError(
            "alert_transition",
            "Send $ALERT_TRANSITION, such as “Triggered” or “Recovered”: give the webhook the"
            " payload of the documentation, for Datadog's own names no alert.",
        )
    monitor = read_id(fields.get("alert_id"), "alert_id")
    scope = read_text(fields.get("alert_scope"), "alert_scope")
    title = read_text(fields.get("alert_title"), "alert_title")
    at = _read_date(fields.get("date"))
    kind = read_text(fields.get("alert_type"), "alert_type").lower()
    tags = read_text(fields.get("tags"), "tags").split(",")
    own = {"priority": read_text(fields.get("priority"), "priority"), "alertname": title}
    labels = {
        **tags_of([*tags, *scope.split(",")]),
        **{name: text for name, text in own.items() if text},
    }
    return [
        IncomingAlert(
            fingerprint=fingerprint_of("", {"alert_id": monitor, "scope": scope}),
            name=title,
            firing=transition != _OVER,
            reason=title,
            severity="warning" if transition == "warn" else kind,
            labels=labels,
            started_at=at if transition != _OVER else None,
            ends_at=at if transition == _OVER else None,
        )
    ]


def _read_date(value: Any) -> float | None:
    """Return milliseconds since 1970, a number or a text, in seconds; None for what is missing."""
    if value is None or value in ("", "$DATE"):
        return None
    text = read_id(value, "date")
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise AlertFormatError("date", "Send $DATE, milliseconds since 1970.")
    return int(text) / 1000
