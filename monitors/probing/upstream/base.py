"""What the formats of status pages have in common: how one is found, read and put into our words.

Formats are pure: bytes in, a `Reading` out. Whatever else they are given, they raise
`UnreadableError`, whose message says what is wrong in one sentence.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from components.status import Status, worst
from monitors.probing.masking import one_line

MAX_OBJECTS = 20_000
"""Of one list: more are not looked at."""
MAX_TITLE_CHARACTERS = 180
MAX_LINK_CHARACTERS = 100


class UnreadableError(ValueError):
    """A document is not what its format says, or does not name the component that is watched."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a status page says of a component, or of itself."""

    status: Status
    title: str = ""
    """Of the incident or the maintenance that is the reason; '' when the page names none."""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the documents: about which component, and at what time.

    `component` is an id or a name, '' for the page as a whole; `now` is in seconds since the epoch.
    """

    component: str
    page: str
    """The address of the first document."""
    now: float

    def is_about(self, *names: str) -> bool:
        """Return whether one of these ids and names is the component's."""
        wanted = self.component.casefold()
        return any(name.casefold() == wanted for name in names if name)


class Format(ABC):
    """A format: the module that defines it has one table, from that format's words to ours."""

    name: ClassVar[str]
    default_url: ClassVar[str] = ""
    """Where everybody finds it; '' where each page has an address of its own."""

    @abstractmethod
    def paths(self, component: str) -> Sequence[str]:
        """Return the paths of the documents below the page's address; '' is the address itself."""

    @abstractmethod
    def read(self, documents: Sequence[bytes], question: Question) -> Reading:
        """Return what the documents say, in the order of `paths`. Raises UnreadableError."""

    def urls(self, url: str, component: str) -> list[str]:
        """Return the addresses to ask; an address of a document stays as it is."""
        url = url or self.default_url
        paths = self.paths(component)
        if paths[0] and url.endswith(paths[0]):
            url = url.removesuffix(paths[0])
        elif urlsplit(url).path.endswith((".json", ".xml", ".rss", ".atom")):
            return [urljoin(url, path.rpartition("/")[2]) if path else url for path in paths]
        return [f"{url.rstrip('/')}/{path}" if path else url for path in paths]


def parse_json(document: bytes) -> Any:
    """Return a document's value, of UTF-8, UTF-16 or UTF-32. Raises UnreadableError."""
    try:
        return json.loads(document)
    except (ValueError, RecursionError):
        raise UnreadableError("the answer is not JSON") from None


def as_object(value: Any, what: str) -> Mapping[str, Any]:
    """Return a value that has to be an object. Raises UnreadableError."""
    if not isinstance(value, dict):
        raise UnreadableError(f"the answer is not {what}")
    return value


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list; none where there is no list."""
    if not isinstance(value, list):
        return []
    return [each for each in value[:MAX_OBJECTS] if isinstance(each, dict)]


def text(value: Mapping[str, Any], *names: str) -> str:
    """Return the first of these fields that has text, or a number, as text; '' if none has."""
    for name in names:
        found = value.get(name)
        if isinstance(found, str) and found:
            return found[:1000]
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found) if abs(found) < 10**18 else ""
    return ""


def nested(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a field that is an object; an empty one where it is none."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def translated(words: Mapping[str, Status], word: str) -> Status:
    """Return our word for one of a format's. Raises UnreadableError for one it does not have."""
    try:
        return words[word]
    except KeyError:
        shown = one_line(word, limit=40)
        raise UnreadableError(f"the status “{shown}” is not known") from None


def of_component(found: Iterable[Status], question: Question) -> Status:
    """Return the worst of what is said of a component. Raises UnreadableError if it is not named.

    Several components of a page may have the same name.
    """
    statuses = list(found)
    if not statuses:
        shown = one_line(question.component, limit=100)
        raise UnreadableError(f"the page has no component “{shown}”")
    return worst(statuses)


def absolute(page: str, link: str) -> str:
    """Return a link that may be relative to the page; '' for what is no address."""
    try:
        return urljoin(page, link) if link else ""
    except ValueError:
        return ""


def reading(status: Status, event: Mapping[str, Any] | None, *, title: str, link: str) -> Reading:
    """Return a reading whose reason is an event, by the names of its fields."""
    if event is None or status is Status.OPERATIONAL:
        return Reading(status)
    return Reading(status, text(event, title), text(event, link))
