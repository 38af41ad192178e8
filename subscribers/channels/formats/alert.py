"""What an operators' alert says, for every format: its facts by name, and where to go from it.

Other messages have none of these facts; for them there is one link, to read on.
"""

import re
from typing import Any

from components.languages.words import ENGLISH, Words
from subscribers.message import Facts

TIMES = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)")


def is_alert(facts: Facts) -> bool:
    """Return whether a message is an alert for operators, or a test of one."""
    return facts.event.startswith("alert.")


def alert_details(facts: Facts) -> list[tuple[str, str]]:
    """Return name and value of what is known of an alert, besides its headline and its reason."""
    known: dict[str, Any] = facts.more.get("details", {})
    since, until = moment(known.get("since", "")), moment(known.get("until", ""))
    good, last = ", ".join(known.get("good_from", ())), known.get("last_good") or {}
    incident = known.get("incident", "")
    public = known.get("public_status", "")
    if public:
        public += f"; incident “{incident}” is open" if incident else "; no incident is open for it"
    texts = [
        ("Down" if until else "Since", f"{since} to {until}" if until else since),
        ("Why", known.get("was", "")),
        ("Now", known.get("now", "")),
        ("Seen from", ", ".join(known.get("seen_from", ()))),
        ("Still good from", good),
        ("Last good", ", ".join(filter(None, [moment(last.get("at", "")), last.get("text", "")]))),
        ("Public status", public),
        ("Acknowledged", known.get("acknowledged", "")),
        ("If nobody acknowledges", escalation(facts)),
        ("Sent by", sender(facts)),
    ]
    return [(name, str(text)) for name, text in texts if text]


def escalation(facts: Facts) -> str:
    """Return what happens next if nobody acknowledges; '' for nothing."""
    following = facts.more.get("copy", {}).get("next")
    if not following:
        return ""
    return f"at {moment(following['at'])} this goes on to {following['channel']}"


def sender(facts: Facts) -> str:
    """Return which route, step and channel this copy was sent by; '' where there is none."""
    copy = facts.more.get("copy", {})
    if not copy.get("route"):
        return f"channel {copy['channel']}" if copy.get("channel") else ""
    step = f" (step {copy['step']} of {copy['steps']})" if copy.get("steps", 0) > 1 else ""
    return f"alert route {copy['route']}{step}, channel {copy.get('channel', '')}"


def actions(facts: Facts, words: Words = ENGLISH) -> list[tuple[str, str]]:
    """Return label and address of where a message leads, the most pressing first."""
    links = [(each["label"], each["url"]) for each in facts.more.get("links", ())]
    if links:
        return links
    return [(words("Open"), facts.url)] if facts.url else []


def ways(facts: Facts, unsubscribe_url: str, words: Words) -> list[tuple[str, str]]:
    """Return the same, and the way out where there is one."""
    out = [(words("Unsubscribe"), unsubscribe_url)] if unsubscribe_url else []
    return [*actions(facts, words), *out]


def moment(iso: str) -> str:
    """Return an instant as text: `2026-11-22 06:00:09 UTC`."""
    match = TIMES.match(iso)
    return f"{match[1]} {match[2]} UTC" if match else iso
