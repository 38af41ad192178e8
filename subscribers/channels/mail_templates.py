"""Rendering of a message as a mail: subject, plain text, and HTML with its style inlined.

Rendered once per notice; what differs between recipients are links only, which stand in it as
marks until it is sent. What people wrote is a value of the templates, never one of them.
"""

import html as markup
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.utils.safestring import SafeString

from components.languages import template_tags
from components.languages.vocabulary import LOWER_SEVERITIES
from components.languages.words import ENGLISH, Words, msg
from components.markup.characters import ISOLATES, clean, cut, isolated
from components.markup.html import write_html
from components.markup.parser import parse
from components.markup.plain import write_plain
from components.status import Status
from components.text import collapse_blank_lines
from subscribers.channels.formats.alert import (
    actions,
    alert_details,
    escalation,
    is_alert,
    sender,
)
from subscribers.channels.formats.wording import headline as headline_of
from subscribers.channels.formats.wording import headline_source, original_note, stands_for, work
from subscribers.channels.formats.wording import message as message_of
from subscribers.channels.mime import LOGO
from subscribers.message import Facts, PastUpdate
from subscribers.pages import PLAIN, Brand, SubscribedPage

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
_ENGINE = Engine(dirs=[str(_TEMPLATES)], autoescape=True, builtins=template_tags.BUILTINS)
_MAX_SUBJECT = 200
_MAX_PREVIEW = 120
_MAX_UPDATES, _MAX_EARLIER = 5, 500
"""How many earlier updates a mail repeats, and how many characters of each."""
_LINK_MARK = "https://link.invalid/{}"
_STATES_MARK = "[[states]]"
"""Where the states of what a recipient follows are put in; people's words have no such mark."""
_ROW = (
    '<tr><td class="now" align="left" style="padding:9px 14px;border:1px solid #e1e5ea;'
    'border-width:1px 0 0 0;text-align:left"><bdi>{}</bdi></td><td class="now" align="right" '
    'style="padding:9px 14px;border:1px solid #e1e5ea;border-width:1px 0 0 0;text-align:right;'
    'white-space:nowrap"><b class="{}" style="color:{}">{}</b></td></tr>'
)
_TEXT_COLOURS = {
    "operational": "#15743a", "degraded": "#8a5a00", "partial": "#b8400a", "major": "#b9121f",
    "maintenance": "#1f55bd", "unknown": "#5d6875",
}  # fmt: skip
_MIRRORED = {"left": "right", "right": "left"}
_LINKS = ("manage", "unsubscribe", "confirm")
_IN_THE_FOOT = ("If nobody acknowledges", "Sent by")
EVENTS = {
    "incident.created": msg("New incident"),
    "incident.updated": msg("Update"),
    "incident.resolved": msg("Resolved"),
    "incident.withdrawn": msg("Withdrawn"),
    "incident.deleted": msg("Withdrawn"),
    "postmortem.published": msg("Post-mortem"),
    "maintenance.scheduled": msg("Maintenance planned"),
    "maintenance.reminder": msg("Maintenance begins soon"),
    "maintenance.started": msg("Maintenance has begun"),
    "maintenance.updated": msg("Maintenance updated"),
    "maintenance.rescheduled": msg("Maintenance moved"),
    "maintenance.ended": msg("Maintenance is over"),
    "maintenance.cancelled": msg("Maintenance cancelled"),
    "maintenance.deleted": msg("Maintenance cancelled"),
    "component.status_changed": msg("Status changed"),
    "component.retired": msg("Retired"),
    "report.frozen": msg("Monthly report"),
    "overall.status_changed": msg("Status changed"),
    "subscriber.suspended": msg("Suspended"),
    "subscriber.test": msg("Test"),
    "mail.test": msg("Test"),
}
"""What a message is called, by its event."""
_COLOURS = {
    Status.OPERATIONAL: "operational",
    Status.MAINTENANCE: "maintenance",
    Status.DEGRADED: "degraded",
    Status.UNKNOWN: "unknown",
    Status.PARTIAL_OUTAGE: "partial",
    Status.MAJOR_OUTAGE: "major",
}


States = Sequence[tuple[str, str]]
"""Names of components, and the status of each."""


@dataclass(frozen=True, slots=True)
class MailText:
    subject: str
    plain: str
    html: str
    words: Words = ENGLISH
    logo: bytes = b""
    """The PNG that its HTML names as `LOGO`; b"" for none."""

    def plain_for(self, urls: Mapping[str, str], states: States = ()) -> str:
        lines = "".join(
            f"{isolated(name)}: {_state_label(word, self.words)}\n" for name, word in states
        )
        text = self.plain.replace(f"{_STATES_MARK}\n\n", f"{lines}\n" if lines else "")
        return _with_links(text, urls)

    def html_for(self, urls: Mapping[str, str], states: States = ()) -> str:
        html = self.html.replace(_STATES_MARK, _states_table(states, self.words))
        return _with_links(html, {name: markup.escape(url) for name, url in urls.items()})


def _with_links(text: str, urls: Mapping[str, str]) -> str:
    for name, url in urls.items():
        text = text.replace(_LINK_MARK.format(name), url)
    return text


def _states_table(states: States, words: Words) -> str:
    """Return the states as a table; its styles stand in it, for it is put in after inlining."""
    rows = (
        _ROW.format(
            markup.escape(clean(name)), colour, _TEXT_COLOURS[colour], _state_label(word, words)
        )
        for name, word in states
        for colour in (_status_class(word),)
    )
    if not states:
        return ""
    style = (
        "width:100%;border:1px solid #e1e5ea;border-top:0;border-radius:8px;border-spacing:0;"
        "margin:0 0 16px;font-size:15px"
    )
    cells = "".join(rows)
    if words.direction == "rtl":
        # What stands first is at the right.
        cells = re.sub("left|right", lambda side: _MIRRORED[side[0]], cells)
    return f'<table class="now" style="{style}" cellpadding="0" cellspacing="0">{cells}</table>'


def _state_label(word: str, words: Words) -> str:
    return words(Status(word).label) if word in set(Status) else _label(word, words)


_NOTES = ("subscriber.test", "subscriber.suspended", "mail.test", "page.link")
_OF_ACCOUNTS = "person."
"""How the events begin that people are written to of about their own accounts."""


def _template(facts: Facts) -> str:
    if is_alert(facts):
        return "alert"
    if facts.event == "subscriber.confirm":
        return "confirm"
    is_note = facts.event in _NOTES or facts.event.startswith(_OF_ACCOUNTS)
    return "note" if is_note else "notice"


def render(
    facts: Facts,
    *,
    links: Collection[str] = (),
    words: Words = ENGLISH,
    page: SubscribedPage | None = None,
    brand: Brand = PLAIN,
) -> MailText:
    """Return the mail of some facts; `links` are the names of those that its recipients have, and
    no other stands in it. `page` is the one that they are subscribers of, `brand` what it wears."""
    # Loaded when the first mail is written: processes that send none need not hold it.
    import css_inline  # noqa: PLC0415  (processes that send no mail need not hold it)

    name = _template(facts)
    if brand.zone is not None or brand.twelve_hours:
        words = words.with_times(
            brand.zone, twelve_hours=brand.twelve_hours, first_weekday=brand.first_weekday
        )
    values = _values(facts, words, page, brand) | {"brand": brand, "logo_address": LOGO}
    values |= {each: _LINK_MARK.format(each) for each in _LINKS if each in links}
    # "replace", because one bad character in a name must not take the mail away.
    html, plain = (
        _ENGINE.get_template(f"mail/{name}.{form}")
        .render(_context(values, escape=form == "html"))
        .encode("utf-8", "replace")
        .decode()
        for form in ("html", "txt")
    )
    inlined = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)
    return MailText(
        _subject(facts, words),
        collapse_blank_lines(plain),
        inlined.inline(html),
        words,
        brand.logo,
    )


def _context(values: Mapping[str, Any], *, escape: bool) -> Context:
    """Plain text is not HTML: escaped, it would show "&amp;"."""
    return Context(dict(values), autoescape=escape, use_l10n=False, use_tz=False)


def _subject(facts: Facts, words: Words) -> str:
    """Return the subject: the state, then the title, which stays the same through an event.

    The sender's name says whose it is; what belongs together is known by `References`.
    """
    # Cut before it is isolated: the end of an isolate must not be lost.
    headline = headline_of(replace(facts, headline=cut(facts.headline, _MAX_SUBJECT - 40)), words)
    # An alert's title is a verdict itself: `DOWN: Web shop`.
    label = "" if is_alert(facts) else _verdict(facts, words)
    return cut(f"{label}: {headline}" if label else headline, _MAX_SUBJECT)


def _verdict(facts: Facts, words: Words) -> str:
    """Return how it stands by this message: `Resolved`, or for a window what became of it."""
    if facts.event in ("incident.created", "incident.updated", "incident.resolved"):
        return _label(facts.state, words) or words(EVENTS[facts.event])
    # A change of status says its state by itself: `Search: Major outage`.
    if facts.event.endswith(".status_changed"):
        return ""
    if facts.event == "subscriber.test":
        # Its headline is what it is.
        return ""
    return words(EVENTS[facts.event]) if facts.event in EVENTS else ""


def _values(
    facts: Facts, words: Words, page: SubscribedPage | None, brand: Brand
) -> dict[str, Any]:
    message = message_of(facts, words)
    plain = write_plain(message).replace(_STATES_MARK, "[states]")
    return {
        "words": words,
        "start": "left" if words.direction == "ltr" else "right",
        "severity": words(LOWER_SEVERITIES[facts.severity]) if facts.severity else "",
        "facts": facts,
        "site": site_name(facts, page, brand),
        "what": words(EVENTS[facts.event])
        if facts.event in EVENTS and facts.event != "subscriber.test"
        else "",
        "verdict": _verdict(facts, words) or _state_label(facts.state, words),
        "button": words(_button(facts)),
        "state": _state_label(facts.state, words),
        "colour": _colour(facts),
        "at": _format_instant(facts.at, words),
        "starts": _format_instant(facts.starts_at, words),
        "ends": _format_instant(facts.ends_at, words),
        "overall": _state_label(facts.overall, words),
        "affected_text": words.comma.join(isolated(name) for name in facts.components),
        "changes": [
            {"name": each.name, "name_text": isolated(each.name),
             "old": _state_label(each.old_status, words), "new": _state_label(each.status, words),
             "colour": _status_class(each.status)}
            for each in facts.changes
        ],
        "incidents": [
            {"title": each.title, "title_text": isolated(each.title),
             "severity": words(LOWER_SEVERITIES[each.severity]),
             "state": _label(each.status, words),
             "url": each.url}
            for each in facts.other_incidents
        ],
        "headline": clean(headline_source(facts, words), keep=ISOLATES),
        "headline_text": headline_of(facts, words),
        "earlier": [
            {"state": _label(each.status, words), "at": _format_instant(each.at, words),
             "text": cut(write_plain(parse(facts.in_words(each.message, words))), _MAX_EARLIER)}
            for each in _earlier(facts)[:_MAX_UPDATES]
        ],
        "message_html": SafeString(
            write_html(message, images=settings.STATUSPAGE.allow_remote_images).replace(
                _STATES_MARK, "[states]"
            )
        ),
        "message_text": plain,
        "original": original_note(facts, words),
        "states_mark": _STATES_MARK,
        "preview": cut(" ".join(plain.split()), _MAX_PREVIEW),
        "page": page.address if page else f"{settings.STATUSPAGE.site_url.rstrip('/')}/status",
        "stands_for": stands_for(facts, words),
        "work": work(facts, words),
        # Of operators' alerts.
        "details": [each for each in alert_details(facts) if each[0] not in _IN_THE_FOOT],
        "account": facts.event.startswith(_OF_ACCOUNTS),
        "links": actions(facts),
        "next": escalation(facts),
        "sender": sender(facts),
        "acknowledges": any(label == "Acknowledge" for label, _ in actions(facts)),
    }  # fmt: skip


def site_name(facts: Facts, page: SubscribedPage | None, brand: Brand = PLAIN) -> str:
    """Return the name that a mail wears: the page's, where it is of one."""
    named = facts.more.get("site") or (page.name if page else brand.name)
    return str(named or settings.STATUSPAGE.site_name)


def _earlier(facts: Facts) -> list[PastUpdate]:
    """Return the updates that say something else than the one that this is about."""
    if facts.event.startswith("postmortem."):
        return []
    return [each for each in facts.updates if each.message not in ("", facts.message)]


def _button(facts: Facts) -> str:
    """Return what the link to read on is called."""
    subject = facts.event.partition(".")[0]
    names = {"incident": msg("View incident"), "maintenance": msg("View maintenance"),
             "postmortem": msg("Read the post-mortem")}  # fmt: skip
    # What was withdrawn is not there to be viewed; its address says so, and how everything stands.
    gone = facts.state == "withdrawn"
    return msg("See the status page") if gone else names.get(subject, msg("See the status page"))


def _label(value: str, words: Words) -> str:
    return words(value.replace("_", " ").capitalize()) if value else ""


def _status_class(value: str) -> str:
    return _COLOURS.get(Status(value), "unknown") if value in set(Status) else "unknown"


def _colour(facts: Facts) -> str:
    if facts.event.startswith("maintenance."):
        return "maintenance"
    if facts.event == "alert.resolved":
        return "operational"
    if facts.state in ("resolved", "withdrawn"):
        return "operational" if facts.state == "resolved" else "unknown"
    if facts.event.startswith("incident."):
        return {"critical": "major", "major": "partial"}.get(facts.severity, "degraded")
    return _status_class(facts.state)


def _format_instant(text: str, words: Words) -> str:
    if not text:
        return ""
    at = datetime.fromisoformat(text)
    return words("{day}, {time}", day=words.full_date(words.local(at).date()), time=words.clock(at))
