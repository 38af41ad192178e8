"""Our own shape: the event, by the name and with the words of the public stream (contract L03)."""

from typing import Any

from components.dialect_words import SEVERITIES
from components.languages.words import ENGLISH, Words
from components.markup.characters import clean
from components.markup.plain import write_plain
from subscribers.channels.formats.wording import message, status_word
from subscribers.message import Facts

_NAMES = {
    "component.status_changed": "status.component_changed",
    "overall.status_changed": "status.global_changed",
}


def event_name(event: str) -> str:
    """Return the event's name on the stream; what is not streamed keeps its own."""
    if event in _NAMES:
        return _NAMES[event]
    subject, _, what = event.partition(".")
    return f"status.{subject}_{what}" if subject in ("incident", "maintenance") else event


def body(facts: Facts, *, unsubscribe_url: str, words: Words = ENGLISH) -> dict[str, Any]:
    """Return `type`, `timestamp` and `data` (Standard Webhooks), without empty keys."""
    data: dict[str, Any] = {
        "id": facts.subject_id,
        "reference": facts.reference,
        "title": clean(facts.headline),
        "severity": SEVERITIES[facts.severity].admin if facts.severity else "",
        "status": status_word(facts.state),
        # As it was written, in Markdown, and the same for who shows no marks.
        "message": clean(facts.message, keep="\n\t"),
        "message_text": write_plain(message(facts, words)),
        "components": [clean(name) for name in facts.components],
        "component_ids": list(facts.component_ids),
        "changes": [
            {
                "name": change.name,
                "old_status": status_word(change.old_status) or None,
                "status": status_word(change.status),
            }
            for change in facts.changes
        ],
        "starts_at": facts.starts_at,
        "ends_at": facts.ends_at,
        "overall": _overall(facts),
        "incidents": [
            {"title": each.title, "severity": SEVERITIES[each.severity].admin,
             "status": each.status, "url": each.url}
            for each in facts.incidents
        ],
        "url": facts.url,
        "unsubscribe_url": unsubscribe_url,
        **facts.more,
    }  # fmt: skip
    kept = {key: value for key, value in data.items() if value not in ("", 0, [], {}, None)}
    return {"type": event_name(facts.event), "timestamp": facts.at, "data": kept}


def _overall(facts: Facts) -> dict[str, str]:
    if not facts.overall:
        return {}
    return {"status": status_word(facts.overall), "message": facts.overall_message}
