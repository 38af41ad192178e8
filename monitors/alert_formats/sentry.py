"""Alerts of Sentry: webhooks of an internal integration, for metric alerts and issues.

Format: docs.sentry.io/integrations/integration-platform/webhooks. An issue alert opens what the
resolution of its issue closes. Other events, such as comments and installations, are no news.
"""

from collections.abc import Mapping
from typing import Any

from monitors.alert_formats.base import (
    fingerprint_of,
    read_id,
    read_instant,
    read_object,
    read_text,
    read_word,
)
from monitors.rules.incoming_alert import IncomingAlert

_METRIC = {"critical": True, "warning": True, "resolved": False}
_ISSUE = {
    "created": True, "unresolved": True, "resolved": False, "archived": False,
    "ignored": False,
}  # fmt: skip
"""Whether an action says that the alert fires; others say nothing of it."""


def parse(body: Any) -> list[IncomingAlert]:
    """Return the alert of one event. Raises AlertFormatError naming the field."""
    fields = read_object(body, "")
    action = read_word(fields.get("action"), "action")
    data = read_object(fields.get("data"), "data")
    if "metric_alert" in data:
        return _metric_alert(data, action) if action in _METRIC else []
    if "event" in data and action == "triggered":
        event = read_object(data["event"], "data.event")
        at = read_instant(event.get("datetime"), "data.event.datetime")
        return [_issue(event, "data.event", name="issue_id", firing=True, at=at)]
    if "issue" in data and action in _ISSUE:
        issue = read_object(data["issue"], "data.issue")
        firing = _ISSUE[action]
        at = read_instant(issue.get("lastSeen"), "data.issue.lastSeen") if firing else None
        return [_issue(issue, "data.issue", name="id", firing=firing, at=at)]
    return []


def _metric_alert(data: Mapping[str, Any], action: str) -> list[IncomingAlert]:
    place = "data.metric_alert"
    alert = read_object(data["metric_alert"], place)
    rule = read_object(alert.get("alert_rule") or {}, f"{place}.alert_rule")
    name = read_text(rule.get("name"), f"{place}.alert_rule.name")
    title = read_text(data.get("description_title"), "data.description_title")
    text = read_text(data.get("description_text"), "data.description_text")
    return [
        IncomingAlert(
            fingerprint=fingerprint_of(f"metric-{read_id(alert.get('id'), f'{place}.id')}", {}),
            name=name or title,
            firing=_METRIC[action],
            reason=": ".join(part for part in (title, text) if part) or name,
            severity=action,
            labels={"alertname": name or title},
            started_at=read_instant(alert.get("date_started"), f"{place}.date_started"),
            ends_at=read_instant(alert.get("date_closed"), f"{place}.date_closed"),
        )
    ]


def _issue(
    fields: Mapping[str, Any], place: str, *, name: str, firing: bool, at: float | None
) -> IncomingAlert:
    title = read_text(fields.get("title"), f"{place}.title")
    level = read_text(fields.get("level"), f"{place}.level")
    return IncomingAlert(
        fingerprint=fingerprint_of(f"issue-{read_id(fields.get(name), f'{place}.{name}')}", {}),
        name=title,
        firing=firing,
        reason=title,
        severity=level.lower(),
        labels={"alertname": title, "level": level},
        started_at=at,
    )
