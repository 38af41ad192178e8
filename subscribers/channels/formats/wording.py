"""The text of a message that all formats share, before each escapes it for its receiver."""

import re

from components.dialect_words import STATUSES
from components.languages.words import ENGLISH, Words, msg
from components.markup.characters import ISOLATES, clean, cut, isolated
from components.markup.parser import literal, parse
from components.markup.plain import write_plain
from components.markup.shortening import shortened
from components.markup.tree import Message
from components.status import Status
from subscribers.channels.formats.alert import actions, alert_details, is_alert
from subscribers.channels.markup.base import MAX_TEXT
from subscribers.message import Facts, status_headline

_EVENT_TITLES = {
    "incident.created": "New incident",
    "incident.updated": "Incident update",
    "incident.resolved": "Incident resolved",
    "incident.withdrawn": "Incident withdrawn",
    "incident.deleted": "Incident withdrawn",
    "incident.reopened": "Incident reopened",
    "postmortem.published": "Post-mortem",
    "maintenance.scheduled": "Maintenance scheduled",
    "maintenance.reminder": "Maintenance begins soon",
    "maintenance.rescheduled": "Maintenance moved",
    "maintenance.started": "Maintenance started",
    "maintenance.updated": "Maintenance update",
    "maintenance.ended": "Maintenance completed",
    "maintenance.cancelled": "Maintenance cancelled",
    "maintenance.deleted": "Maintenance cancelled",
    "component.status_changed": "Status change",
    "component.retired": "Component retired",
    "overall.status_changed": "Status change",
    "subscriber.confirm": "Confirm this subscription",
    "subscriber.suspended": "Subscription suspended",
    "subscriber.test": "Test message",
}
_GREEN, _AMBER, _ORANGE, _RED, _BLUE = 0x1A7F37, 0x9A6700, 0xBC4C00, 0xCF222E, 0x0969DA
_BY_SEVERITY = {"none": _BLUE, "minor": _AMBER, "major": _ORANGE, "critical": _RED}
_ARE_BLOCKED = msg("requests are answered with 503 meanwhile")
_WERE_BLOCKED = msg("requests were answered with 503 meanwhile")
_OUR_HEADLINES = ("subscriber.confirm", "subscriber.test")
_END_EVENTS = ("resolved", "ended", "cancelled", "withdrawn")


def title(facts: Facts) -> str:
    """Return the title: `New incident: API slow`."""
    event_title = _EVENT_TITLES.get(facts.event, "")
    return f"{event_title}: {headline(facts)}" if event_title else headline(facts)


def headline(facts: Facts, words: Words = ENGLISH) -> str:
    """Return the headline, as it may stand after other words."""
    # These are sentences of ours already, in which the names are isolated.
    if is_alert(facts) or facts.event.endswith(".status_changed"):
        return clean(headline_source(facts, words), keep=ISOLATES)
    return isolated(headline_source(facts, words))


def headline_source(facts: Facts, words: Words) -> str:
    """Return the headline as it was stored, or in another language where the words are ours."""
    if words.is_english:
        return facts.headline
    if facts.event.endswith(".status_changed") and facts.changes:
        return status_headline(facts.changes, words)
    return words(facts.headline) if facts.event in _OUR_HEADLINES else facts.headline


def details(facts: Facts) -> list[tuple[str, str]]:
    """Return name and value of everything known besides the title and the message."""
    if is_alert(facts):
        return [
            (name, cut(clean(value, keep=ISOLATES), MAX_TEXT))
            for name, value in alert_details(facts)
        ]
    changes = ", ".join(
        f"{isolated(change.name)}: {status_label(change.status).lower()}"
        + (f" (was {status_label(change.old_status).lower()})" if change.old_status else "")
        for change in facts.changes
    )
    times = (
        f"{format_instant(facts.starts_at)} to {format_instant(facts.ends_at)}"
        if facts.starts_at
        else ""
    )
    open_incidents = "; ".join(
        f"{isolated(incident.title)} ({incident.severity})" for incident in facts.other_incidents
    )
    known = [
        ("State", facts.state.replace("_", " ")),
        ("Severity", facts.severity),
        ("Affected", ", ".join(isolated(name) for name in facts.components)),
        ("Changes", changes),
        ("When", times),
        *work(facts),
        ("Replaces", stands_for(facts)),
        ("Overall status", facts.overall_message or status_label(facts.overall)),
        ("Other open incidents", open_incidents),
    ]
    return [(name, cut(clean(value, keep=ISOLATES), MAX_TEXT)) for name, value in known if value]


def plain(facts: Facts) -> str:
    """Return the whole message as lines of plain text."""
    lines = [title(facts)]
    if facts.message:
        lines.append(write_plain(shortened(message(facts), MAX_TEXT)))
    lines += [f"{name}: {value}" for name, value in details(facts)]
    links = [facts.url] if len(actions(facts)) < 2 else [
        f"{label}: {url}" for label, url in actions(facts)
    ]  # fmt: skip
    return "\n".join([*lines, *filter(None, links)])


def message(facts: Facts) -> Message:
    """Return the message parsed; the monitors' words in an alert are no Markdown."""
    return literal(facts.message) if is_alert(facts) else parse(facts.message)


def work(facts: Facts, words: Words = ENGLISH) -> list[tuple[str, str]]:
    """Return name and value of what maintenance does to users; empty for other messages, and for
    what is called off."""
    if facts.event in ("maintenance.cancelled", "maintenance.deleted"):
        return []
    is_over = facts.event == "maintenance.ended"
    impact = str(facts.more.get("impact", ""))
    blocked = ""
    if facts.more.get("blocks_api"):
        blocked = words(_WERE_BLOCKED if is_over else _ARE_BLOCKED)
    named = ((words("Impact"), words(impact) if impact else ""), (words("API"), blocked))
    return [(name, text) for name, text in named if text]


def stands_for(facts: Facts, words: Words = ENGLISH) -> str:
    """Return for how many earlier messages this one stands; '' for none."""
    number = facts.more.get("stands_for", 0)
    if not number:
        return ""
    return words.count(
        number,
        "{n} earlier message that could not be delivered",
        "{n} earlier messages that could not be delivered",
    )


def colour(facts: Facts) -> int:
    """Return 0xRRGGBB by severity, or green when it is over."""
    if facts.event.rpartition(".")[2] in _END_EVENTS or facts.state == "resolved":
        return _GREEN
    if facts.severity:
        return _BY_SEVERITY.get(facts.severity, _BLUE)
    statuses = {
        Status.OPERATIONAL: _GREEN, Status.DEGRADED: _AMBER, Status.PARTIAL_OUTAGE: _ORANGE,
        Status.MAJOR_OUTAGE: _RED,
    }  # fmt: skip
    return next((statuses[known] for known in statuses if known == facts.overall), _BLUE)


def status_word(stored: str) -> str:
    """Return a stored status as our own APIs name it; other words stay as they are."""
    return STATUSES[Status(stored)].common if stored in set(Status) else stored


def status_label(stored: str) -> str:
    return str(Status(stored).label) if stored in set(Status) else stored


def format_instant(iso: str) -> str:
    """Return an instant as text: `2026-11-22 06:00 UTC`."""
    match = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)", iso)
    return f"{match[1]} {match[2]} UTC" if match else iso
