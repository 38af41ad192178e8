"""Rendering of a message as a mail: subject, plain text, and HTML with its style inlined.

Rendered once per notice; what differs between recipients are links only, which stand in it as
marks until it is sent. What people wrote is a value of the templates, never one of them.
"""

import html as markup
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.utils.safestring import SafeString

from components.markup.characters import clean, cut
from components.markup.html import write_html
from components.markup.parser import parse
from components.markup.plain import write_plain
from components.status import Status
from subscribers.channels.formats.alert import (
    actions,
    alert_details,
    escalation,
    is_alert,
    sender,
)
from subscribers.channels.formats.wording import message as message_of
from subscribers.channels.formats.wording import stands_for, work
from subscribers.message import Facts, PastUpdate

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
_ENGINE = Engine(dirs=[str(_TEMPLATES)], autoescape=True)
_MAX_SUBJECT = 200
_MAX_PREVIEW = 120
_MAX_UPDATES, _MAX_EARLIER = 5, 500
"""How many earlier updates a mail repeats, and how many characters of each."""
_LINK_MARK = "https://link.invalid/{}"
_LINKS = ("manage", "unsubscribe", "confirm")
_IN_THE_FOOT = ("If nobody acknowledges", "Sent by")
_EVENTS = {
    "incident.created": "New incident",
    "incident.updated": "Update",
    "incident.resolved": "Resolved",
    "incident.withdrawn": "Withdrawn",
    "incident.deleted": "Withdrawn",
    "postmortem.published": "Post-mortem",
    "maintenance.scheduled": "Maintenance planned",
    "maintenance.reminder": "Maintenance begins soon",
    "maintenance.started": "Maintenance has begun",
    "maintenance.updated": "Maintenance updated",
    "maintenance.rescheduled": "Maintenance moved",
    "maintenance.ended": "Maintenance is over",
    "maintenance.cancelled": "Maintenance cancelled",
    "maintenance.deleted": "Maintenance cancelled",
    "component.status_changed": "Status changed",
    "component.retired": "Retired",
    "overall.status_changed": "Status changed",
}
_COLOURS = {
    Status.OPERATIONAL: "operational",
    Status.MAINTENANCE: "maintenance",
    Status.DEGRADED: "degraded",
    Status.UNKNOWN: "unknown",
    Status.PARTIAL_OUTAGE: "partial",
    Status.MAJOR_OUTAGE: "major",
}


@dataclass(frozen=True, slots=True)
class MailText:
    subject: str
    plain: str
    html: str

    def plain_for(self, urls: Mapping[str, str]) -> str:
        return _with_links(self.plain, urls)

    def html_for(self, urls: Mapping[str, str]) -> str:
        return _with_links(self.html, {name: markup.escape(url) for name, url in urls.items()})


def _with_links(text: str, urls: Mapping[str, str]) -> str:
    for name, url in urls.items():
        text = text.replace(_LINK_MARK.format(name), url)
    return text


_NOTES = ("subscriber.test", "subscriber.suspended", "mail.test")


def _template(facts: Facts) -> str:
    if is_alert(facts):
        return "alert"
    if facts.event == "subscriber.confirm":
        return "confirm"
    return "note" if facts.event in _NOTES else "notice"


def render(facts: Facts, *, links: Collection[str] = ()) -> MailText:
    """Return the mail of some facts; `links` are the names of those that its recipients have, and
    no other stands in it."""
    # Loaded when the first mail is written: processes that send none need not hold it.
    import css_inline  # noqa: PLC0415  (processes that send no mail need not hold it)

    name = _template(facts)
    values = _values(facts) | {each: _LINK_MARK.format(each) for each in _LINKS if each in links}
    # "replace", because one bad character in a name must not take the mail away.
    html, plain = (
        _ENGINE.get_template(f"mail/{name}.{form}")
        .render(_context(values, escape=form == "html"))
        .encode("utf-8", "replace")
        .decode()
        for form in ("html", "txt")
    )
    inlined = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)
    return MailText(_subject(facts), _collapse_blank_lines(plain), inlined.inline(html))


def _context(values: Mapping[str, Any], *, escape: bool) -> Context:
    """Plain text is not HTML: escaped, it would show "&amp;"."""
    return Context(dict(values), autoescape=escape, use_l10n=False, use_tz=False)


def _subject(facts: Facts) -> str:
    """Return the subject: the state, then the title, which stays the same through an event.

    The sender's name says whose it is; what belongs together is known by `References`.
    """
    headline = clean(facts.headline)
    # An alert's title is a verdict itself: `DOWN: Web shop`.
    label = "" if is_alert(facts) else _verdict(facts)
    return cut(f"{label}: {headline}" if label else headline, _MAX_SUBJECT)


def _verdict(facts: Facts) -> str:
    """Return how it stands by this message: `Resolved`, or for a window what became of it."""
    if facts.event in ("incident.created", "incident.updated", "incident.resolved"):
        return _label(facts.state) or _EVENTS[facts.event]
    # A change of status says its state by itself: `Search: Major outage`.
    return "" if facts.event.endswith(".status_changed") else _EVENTS.get(facts.event, "")


def _values(facts: Facts) -> dict[str, Any]:
    message = message_of(facts)
    plain = write_plain(message)
    return {
        "facts": facts,
        "site": settings.STATUSPAGE.site_name,
        "what": _EVENTS.get(facts.event, ""),
        "verdict": _verdict(facts) or _label(facts.state),
        "button": _button(facts),
        "state": _label(facts.state),
        "colour": _colour(facts),
        "at": _format_instant(facts.at),
        "starts": _format_instant(facts.starts_at),
        "ends": _format_instant(facts.ends_at),
        "overall": _label(facts.overall),
        "changes": [
            {"name": each.name, "old": _label(each.old_status), "new": _label(each.status),
             "colour": _status_class(each.status)}
            for each in facts.changes
        ],
        "incidents": [
            {"title": each.title, "severity": each.severity, "state": _label(each.status),
             "url": each.url}
            for each in facts.other_incidents
        ],
        "headline": clean(facts.headline),
        "earlier": [
            {"state": _label(each.status), "at": _format_instant(each.at),
             "text": cut(write_plain(parse(each.message)), _MAX_EARLIER)}
            for each in _earlier(facts)[:_MAX_UPDATES]
        ],
        "message_html": SafeString(
            write_html(message, images=settings.STATUSPAGE.allow_remote_images)
        ),
        "message_text": plain,
        "preview": cut(" ".join(plain.split()), _MAX_PREVIEW),
        "page": f"{settings.STATUSPAGE.site_url.rstrip('/')}/status",
        "stands_for": stands_for(facts),
        "work": work(facts),
        # Of operators' alerts.
        "details": [each for each in alert_details(facts) if each[0] not in _IN_THE_FOOT],
        "links": actions(facts),
        "next": escalation(facts),
        "sender": sender(facts),
        "acknowledges": any(label == "Acknowledge" for label, _ in actions(facts)),
    }  # fmt: skip


def _earlier(facts: Facts) -> list[PastUpdate]:
    """Return the updates that say something else than the one that this is about."""
    if facts.event.startswith("postmortem."):
        return []
    return [each for each in facts.updates if each.message not in ("", facts.message)]


def _button(facts: Facts) -> str:
    """Return what the link to read on is called."""
    subject = facts.event.partition(".")[0]
    names = {"incident": "View incident", "maintenance": "View maintenance",
             "postmortem": "Read the post-mortem"}  # fmt: skip
    return names.get(subject, "See the status page")


def _label(value: str) -> str:
    return value.replace("_", " ").capitalize()


def _status_class(value: str) -> str:
    return _COLOURS.get(Status(value), "unknown") if value in set(Status) else "unknown"


def _colour(facts: Facts) -> str:
    if facts.event.startswith("maintenance."):
        return "maintenance"
    if facts.event == "alert.resolved":
        return "operational"
    if facts.state in ("resolved", "withdrawn"):
        return "operational"
    if facts.event.startswith("incident."):
        return {"critical": "major", "major": "partial"}.get(facts.severity, "degraded")
    return _status_class(facts.state)


def _format_instant(text: str) -> str:
    return f"{datetime.fromisoformat(text):%-d %B %Y, %H:%M} UTC" if text else ""


def _collapse_blank_lines(text: str) -> str:
    """Return the text with at most one empty line in a row, which empty blocks leave."""
    lines: list[str] = []
    for line in (each.rstrip() for each in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"
