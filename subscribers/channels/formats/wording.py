"""What every format says of a message, in the same words, before it is escaped for its readers."""

import re

from components.dialect_words import STATUSES
from components.status import Status
from subscribers.message import Facts

LONGEST = 2000
"""Characters of a person's text that are passed on; the rest is a click away."""
_OCCASIONS = {
    "incident.created": "New incident",
    "incident.updated": "Incident update",
    "incident.resolved": "Incident resolved",
    "incident.reopened": "Incident reopened",
    "postmortem.published": "Post-mortem",
    "maintenance.scheduled": "Maintenance scheduled",
    "maintenance.reminder": "Maintenance begins soon",
    "maintenance.rescheduled": "Maintenance moved",
    "maintenance.started": "Maintenance started",
    "maintenance.updated": "Maintenance update",
    "maintenance.ended": "Maintenance completed",
    "maintenance.cancelled": "Maintenance cancelled",
    "component.status_changed": "Status change",
    "overall.status_changed": "Status change",
    "alert.raised": "Alert",
    "alert.reminder": "Alert, still unresolved",
    "alert.resolved": "Alert resolved",
    "subscriber.confirm": "Confirm this subscription",
    "subscriber.suspended": "Subscription suspended",
    "subscriber.test": "Test message",
}
_GREEN, _AMBER, _ORANGE, _RED, _BLUE = 0x1A7F37, 0x9A6700, 0xBC4C00, 0xCF222E, 0x0969DA
_BY_SEVERITY = {"none": _BLUE, "minor": _AMBER, "major": _ORANGE, "critical": _RED}
_ENDS = ("resolved", "ended", "cancelled")


def title(facts: Facts) -> str:
    """`New incident: API slow`."""
    occasion = _OCCASIONS.get(facts.event, "")
    return f"{occasion}: {facts.headline}" if occasion else facts.headline


def details(facts: Facts) -> list[tuple[str, str]]:
    """Name and value of everything that is known besides the title and the message."""
    changes = ", ".join(
        f"{change.name}: {status_label(change.status).lower()}"
        + (f" (was {status_label(change.old_status).lower()})" if change.old_status else "")
        for change in facts.changes
    )
    times = f"{moment(facts.starts_at)} to {moment(facts.ends_at)}" if facts.starts_at else ""
    open_incidents = "; ".join(
        f"{incident.title} ({incident.severity})" for incident in facts.incidents
    )
    known = [
        ("State", facts.state.replace("_", " ")),
        ("Severity", facts.severity),
        ("Affected", ", ".join(facts.components)),
        ("Changes", changes),
        ("When", times),
        ("Overall status", facts.overall_message or status_label(facts.overall)),
        ("Open incidents", open_incidents),
    ]
    return [(name, cut(value)) for name, value in known if value]


def plain(facts: Facts) -> str:
    """The whole message as lines of plain text."""
    lines = [title(facts)]
    if facts.message:
        lines.append(cut(facts.message))
    lines += [f"{name}: {value}" for name, value in details(facts)]
    return "\n".join([*lines, facts.url])


def colour(facts: Facts) -> int:
    """0xRRGGBB: how grave it is, or green when it is over."""
    if facts.event.rpartition(".")[2] in _ENDS or facts.state == "resolved":
        return _GREEN
    if facts.severity:
        return _BY_SEVERITY.get(facts.severity, _BLUE)
    statuses = {
        Status.OPERATIONAL: _GREEN, Status.DEGRADED: _AMBER, Status.PARTIAL_OUTAGE: _ORANGE,
        Status.MAJOR_OUTAGE: _RED,
    }  # fmt: skip
    return next((statuses[known] for known in statuses if known == facts.overall), _BLUE)


def status_word(stored: str) -> str:
    """A stored status as all our own APIs say it; other words stay as they are."""
    return STATUSES[Status(stored)].common if stored in set(Status) else stored


def status_label(stored: str) -> str:
    return str(Status(stored).label) if stored in set(Status) else stored


def moment(iso: str) -> str:
    """`2026-11-22 06:00 UTC`."""
    found = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)", iso)
    return f"{found[1]} {found[2]} UTC" if found else iso


def cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def escaped(text: str) -> str:
    """Text that a chat's Markdown shows as it was written, and that calls nobody (`@here`)."""
    return re.sub(r"([\\`*_{}\[\]()<>#+.!|~-])", r"\\\1", text).replace("@", "@\u200b")
