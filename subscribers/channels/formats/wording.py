"""The text of a message that all formats share, before each escapes it for its receiver."""

import re
from datetime import datetime

from components.dialect_words import STATUSES
from components.languages.names import NAMES
from components.languages.vocabulary import LOWER_SEVERITIES
from components.languages.words import ENGLISH, Words, msg
from components.markup.characters import ISOLATES, clean, cut, isolated
from components.markup.parser import literal, parse
from components.markup.plain import write_plain
from components.markup.shortening import shortened
from components.markup.tree import Message
from components.status import Status
from subscribers.channels.formats.alert import actions, alert_details, is_alert
from subscribers.channels.markup.base import MAX_TEXT
from subscribers.message import Change, Facts, status_headline

_EVENT_TITLES = {
    "incident.created": msg("New incident"),
    "incident.updated": msg("Incident update"),
    "incident.resolved": msg("Incident resolved"),
    "incident.withdrawn": msg("Incident withdrawn"),
    "incident.deleted": msg("Incident withdrawn"),
    "incident.reopened": msg("Incident reopened"),
    "postmortem.published": msg("Post-mortem"),
    "maintenance.scheduled": msg("Maintenance scheduled"),
    "maintenance.reminder": msg("Maintenance begins soon"),
    "maintenance.rescheduled": msg("Maintenance moved"),
    "maintenance.started": msg("Maintenance started"),
    "maintenance.updated": msg("Maintenance update"),
    "maintenance.ended": msg("Maintenance completed"),
    "maintenance.cancelled": msg("Maintenance cancelled"),
    "maintenance.deleted": msg("Maintenance cancelled"),
    "component.status_changed": msg("Status change"),
    "component.retired": msg("Component retired"),
    "report.frozen": msg("Monthly report"),
    "overall.status_changed": msg("Status change"),
    "subscriber.suspended": msg("Subscription suspended"),
    "subscriber.test": msg("Test message"),
}
_GREEN, _AMBER, _ORANGE, _RED, _BLUE = 0x1A7F37, 0x9A6700, 0xBC4C00, 0xCF222E, 0x0969DA
_BY_SEVERITY = {"none": _BLUE, "minor": _AMBER, "major": _ORANGE, "critical": _RED}
_ARE_BLOCKED = msg("requests are answered with 503 meanwhile")
_WERE_BLOCKED = msg("requests were answered with 503 meanwhile")
_IN_THE_ORIGINAL = msg("In the original language: {language}")
_LINE = msg("{name}: {value}")
_END_EVENTS = ("resolved", "ended", "cancelled", "withdrawn")


def title(facts: Facts, words: Words = ENGLISH) -> str:
    """Return the title: `New incident: API slow`."""
    event_title = _EVENT_TITLES.get(facts.event, "")
    if event_title == facts.headline:
        return words(event_title)
    told = headline(facts, words)
    return words(_LINE, name=words(event_title), value=told) if event_title else told


def headline(facts: Facts, words: Words = ENGLISH) -> str:
    """Return the headline, as it may stand after other words."""
    # These are sentences of ours already, in which the names are isolated.
    if is_alert(facts) or facts.event.endswith(".status_changed"):
        return clean(headline_source(facts, words), keep=ISOLATES)
    return isolated(headline_source(facts, words))


def headline_source(facts: Facts, words: Words) -> str:
    """Return the headline as it was stored, or in another language where the words are ours."""
    if facts.event.endswith(".status_changed") and facts.changes and not words.is_english:
        return status_headline(facts.changes, words)
    return facts.our_text("headline", words)


def details(facts: Facts, words: Words = ENGLISH) -> list[tuple[str, str]]:
    """Return name and value of everything known besides the title and the message."""
    if is_alert(facts):
        return [
            (name, cut(clean(value, keep=ISOLATES), MAX_TEXT))
            for name, value in alert_details(facts)
        ]
    changes = words.comma.join(_change(change, words) for change in facts.changes)
    starts, ends = (format_instant(each, words) for each in (facts.starts_at, facts.ends_at))
    open_incidents = "; ".join(
        f"{isolated(incident.title)} ({_severity(incident.severity, words)})"
        for incident in facts.other_incidents
    )
    known = [
        (words("State"), _state(facts.state, words)),
        (words("Severity"), _severity(facts.severity, words)),
        (words("Affected"), words.comma.join(isolated(name) for name in facts.components)),
        (words("Changes"), changes),
        (words("When"), words("{start} to {end}", start=starts, end=ends) if starts else ""),
        *work(facts, words),
        (words("Replaces"), stands_for(facts, words)),
        (words("Overall status"), _overall(facts, words)),
        (words("Other open incidents"), open_incidents),
        (words("Original language"), NAMES.get(facts.original_language(words), "")),
    ]
    return [(name, cut(clean(value, keep=ISOLATES), MAX_TEXT)) for name, value in known if value]


def _change(change: Change, words: Words) -> str:
    name, now = isolated(change.name), _lower_label(change.status, words)
    if not change.old_status:
        return words(_LINE, name=name, value=now)
    before = _lower_label(change.old_status, words)
    return words("{name}: {status} (was {before})", name=name, status=now, before=before)


def _lower_label(stored: str, words: Words) -> str:
    """Return a status as it stands within a line; other languages have rules for capitals."""
    label = status_label(stored)
    return label.lower() if words.is_english else words(label)


def _state(state: str, words: Words) -> str:
    text = state.replace("_", " ")
    return text if words.is_english else words(text.capitalize())


def _severity(severity: str, words: Words) -> str:
    if words.is_english or severity not in LOWER_SEVERITIES:
        return severity
    return words(LOWER_SEVERITIES[severity])


def _overall(facts: Facts, words: Words) -> str:
    if words.is_english:
        return facts.overall_message or status_label(facts.overall)
    return words(status_label(facts.overall)) if facts.overall else ""


def plain(facts: Facts, words: Words = ENGLISH) -> str:
    """Return the whole message as lines of plain text."""
    lines = [title(facts, words)]
    if facts.message:
        lines.append(write_plain(shortened(message(facts, words), MAX_TEXT)))
    lines += [words(_LINE, name=name, value=value) for name, value in details(facts, words)]
    links = [facts.url] if len(actions(facts)) < 2 else [
        f"{label}: {url}" for label, url in actions(facts)
    ]  # fmt: skip
    return "\n".join([*lines, *filter(None, links)])


def message(facts: Facts, words: Words = ENGLISH) -> Message:
    """Return the message parsed; the monitors' words in an alert are no Markdown."""
    text = facts.our_text("message", words)
    return literal(text) if is_alert(facts) else parse(text)


def original_note(facts: Facts, words: Words) -> str:
    """Return the line that says that a reader gets the original; '' for a translation."""
    tag = facts.original_language(words)
    return words(_IN_THE_ORIGINAL, language=NAMES[tag]) if tag in NAMES else ""


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


def format_instant(iso: str, words: Words = ENGLISH) -> str:
    """Return an instant as text: `2026-11-22 06:00 UTC`."""
    if iso and not words.is_english:
        at = datetime.fromisoformat(iso)
        return words("{day}, {time}", day=words.full_date(at.date()), time=words.clock(at))
    match = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)", iso)
    return f"{match[1]} {match[2]} UTC" if match else iso
