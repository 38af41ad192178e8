"""`{text, status, timestamp, incidents}`: for receivers that only want something to show."""

from typing import Any

from components.dialect_words import SEVERITIES
from components.languages.words import ENGLISH, Words
from subscribers.channels.formats.wording import plain, status_word
from subscribers.message import Facts


def body(facts: Facts, *, unsubscribe_url: str, words: Words = ENGLISH) -> dict[str, Any]:
    return {
        "text": plain(facts, words),
        "status": status_word(facts.overall or facts.state),
        "timestamp": facts.at,
        "incidents": [
            {
                "title": each.title,
                "severity": SEVERITIES[each.severity].admin,
                "status": each.status,
                "url": each.url,
            }
            for each in facts.incidents
        ],
    }
