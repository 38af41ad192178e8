"""Alerts of Healthchecks: its integration “Webhook” with the request body `$JSON`.

Format: the check of its API version 3 (healthchecks.io/docs/api). A body of one's own works as
well: it needs `status`, and one of `uuid`, `unique_key`, `code`, `slug` and `name`. Of two messages
that with the later `last_ping` is the later one.
"""

from typing import Any

from monitors.alert_formats.base import (
    AlertFormatError,
    fingerprint_of,
    read_instant,
    read_object,
    read_text,
    tags_of,
)
from monitors.rules.incoming_alert import IncomingAlert

_STATES = ("down", "up", "new", "grace", "paused", "started")
_IDENTITIES = ("uuid", "unique_key", "code", "slug", "name")


def parse(body: Any) -> list[IncomingAlert]:
    """Return the alert of one check. Raises AlertFormatError naming the field."""
    fields = read_object(body, "")
    status = read_text(fields.get("status"), "status").lower()
    if status not in _STATES:
        raise AlertFormatError("status", f"Send one of {', '.join(_STATES)}.")
    texts = {name: read_text(fields.get(name), name) for name in (*_IDENTITIES, "desc", "tags")}
    identity = next((texts[name] for name in _IDENTITIES if texts[name]), "")
    if not identity:
        raise AlertFormatError("uuid", f"Send one of {', '.join(_IDENTITIES)}.")
    name = texts["name"] or texts["slug"] or identity
    reason = read_text(fields.get("reason"), "reason")
    pinged_at = read_instant(fields.get("last_ping"), "last_ping")
    return [
        IncomingAlert(
            fingerprint=fingerprint_of(identity, {}),
            name=name,
            firing=status == "down",
            reason=f"{name}: {reason}" if reason else f"{name} is down",
            labels={**tags_of(texts["tags"].split()), "alertname": name},
            started_at=pinged_at if status == "down" else None,
            ends_at=pinged_at if status != "down" else None,
        )
    ]
