"""One channel's copy of an operators' alert: its route, and its link to acknowledge."""

from dataclasses import replace
from typing import Any

from subscribers.message import Facts
from subscribers.models import Delivery
from subscribers.tokens import acknowledge_link

_ASKING = ("alert.raised", "alert.reminder")


def alert_copy(row: Delivery, facts: Facts) -> Facts:
    """Return the facts of an alert as one channel is sent them; others as they are."""
    if row.alert_channel is None:
        return facts
    links: list[dict[str, Any]] = list(facts.more.get("links", ()))
    alert_id = facts.more.get("alert_id")
    if alert_id and facts.event in _ASKING:
        url = acknowledge_link(alert_id, row.alert_channel, at=row.created_at)
        links.insert(0, {"label": "Acknowledge", "url": url})
    copy = {**(row.context or {}), "channel": row.alert_channel.name}
    return replace(facts, more={**facts.more, "links": links, "copy": copy})
