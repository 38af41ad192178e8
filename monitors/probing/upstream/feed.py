"""RSS and Atom feeds: what was told, from which follows what is going on, as well as words allow.

A feed has entries and no statuses. The first word of the table in an entry's title, else in its
text, says how far it has got; status pages write the newest update first. An entry that says
nothing of an end is open until it is a week old. A feed without entries is operational.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape

from components.status import Status, worst
from monitors.probing.upstream.base import Format, Question, Reading
from monitors.probing.upstream.xml import Entry, entries

MAX_AGE = 7 * 86_400.0
"""Seconds after which an entry is over, whatever it says."""
WORDS = {
    "resolved": Status.OPERATIONAL,
    "completed": Status.OPERATIONAL,
    "operating normally": Status.OPERATIONAL,
    "cancelled": Status.OPERATIONAL,
    "canceled": Status.OPERATIONAL,
    "scheduled": Status.OPERATIONAL,
    "not started": Status.OPERATIONAL,
    "in progress": Status.MAINTENANCE,
    "verifying": Status.MAINTENANCE,
    "under maintenance": Status.MAINTENANCE,
    "informational message": Status.OPERATIONAL,
    "investigating": Status.DEGRADED,
    "identified": Status.DEGRADED,
    "monitoring": Status.DEGRADED,
    "degraded performance": Status.DEGRADED,
    "performance issues": Status.DEGRADED,
    "partial outage": Status.PARTIAL_OUTAGE,
    "service disruption": Status.PARTIAL_OUTAGE,
    "major outage": Status.MAJOR_OUTAGE,
    "service outage": Status.MAJOR_OUTAGE,
}
"""An entry without any of them is degraded: a feed tells of trouble, and not how bad it is."""
_WORD = re.compile(r"\b(" + "|".join(sorted(map(re.escape, WORDS), key=len, reverse=True)) + r")\b")
_TAG = re.compile(r"<[^<>]{0,500}>")
_DATES = ("updated", "pubDate", "published", "date")
_TEXTS = ("description", "content", "summary", "encoded")


class FeedFormat(Format):
    """A component is a word that an entry's title or text has to have, whatever its case."""

    name = "feed"

    def paths(self, component: str) -> Sequence[str]:
        return ("",)

    def read(self, documents: Sequence[bytes], question: Question) -> Reading:
        said = list(_open(entries(documents[0]), question))
        status = worst(status for status, _ in said)
        entry = next((entry for each, entry in said if each is status), None)
        if entry is None or status is Status.OPERATIONAL:
            return Reading(status)
        return Reading(status, _plain(entry.text("title")), entry.text("link").strip())


def _open(found: Sequence[Entry], question: Question) -> Iterator[tuple[Status, Entry]]:
    wanted = question.component.casefold()
    for entry in found:
        title, text = _plain(entry.text("title")), _plain(entry.text(*_TEXTS))
        at = _instant(entry.text(*_DATES).strip())
        is_old = at is not None and question.now - at > MAX_AGE
        if not is_old and (wanted in title.casefold() or wanted in text.casefold()):
            yield _status(title, text), entry


def _status(title: str, text: str) -> Status:
    match = _WORD.search(title.lower()) or _WORD.search(text.lower())
    return WORDS[match[1]] if match else Status.DEGRADED


def _plain(text: str) -> str:
    """Return HTML as text in one line; it may be escaped once more than XML asks for."""
    return " ".join(unescape(_TAG.sub(" ", unescape(text))).split())


def _instant(text: str) -> float | None:
    """Return an RFC 822 or an RFC 3339 date in seconds since the epoch; None if it is neither."""
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = parse(text)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None
