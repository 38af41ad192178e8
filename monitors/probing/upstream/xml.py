"""A reader of feeds' XML that takes nothing a feed has no need of: no document type, no entities.

It is expat with bounds of depth, entries and text; nothing is built that is not asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from monitors.probing.upstream.base import UnreadableError

MAX_DEPTH = 50
MAX_ENTRIES = 200
MAX_TEXT_CHARACTERS = 20_000
_ENTRIES = frozenset({"item", "entry"})
_ROOTS = frozenset({"rss", "feed", "RDF"})


class _EnoughError(Exception):
    """There are as many entries as are looked at."""


@dataclass(slots=True)
class Entry:
    """One entry: the text of its fields, by their names without a namespace."""

    fields: dict[str, str] = field(default_factory=dict)

    def text(self, *names: str) -> str:
        """Return the first of these fields that is there; '' if none is."""
        return next((self.fields[name] for name in names if self.fields.get(name)), "")


class _Collector:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._path: list[str] = []
        self._entry_depth = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = name.rpartition(":")[2]
        if not self._path and name not in _ROOTS:
            raise UnreadableError("the answer is not a feed")
        if len(self._path) >= MAX_DEPTH:
            raise UnreadableError("the feed is nested too deeply")
        self._path.append(name)
        if name in _ENTRIES and not self._entry_depth:
            if len(self.entries) >= MAX_ENTRIES:
                raise _EnoughError
            self._entry_depth = len(self._path)
            self.entries.append(Entry())
        elif self._is_link(name, attributes):
            self.entries[-1].fields.setdefault("link", attributes.get("href", ""))

    def _is_link(self, name: str, attributes: Mapping[str, str]) -> bool:
        is_main = attributes.get("rel", "alternate") == "alternate"
        return self._in_field and name == "link" and is_main

    def end(self, _name: str) -> None:
        if len(self._path) == self._entry_depth:
            self._entry_depth = 0
        self._path.pop()

    def data(self, text: str) -> None:
        if not self._in_field:
            return
        # What is nested in a field, such as XHTML, belongs to it.
        name = self._path[self._entry_depth]
        known = self.entries[-1].fields.get(name, "")
        if len(known) < MAX_TEXT_CHARACTERS:
            self.entries[-1].fields[name] = known + text[: MAX_TEXT_CHARACTERS - len(known)]

    @property
    def _in_field(self) -> bool:
        return bool(self._entry_depth) and len(self._path) > self._entry_depth


def _refuse_type(*_arguments: object) -> None:
    raise UnreadableError("the feed has a document type, which is not read")


def entries(document: bytes) -> list[Entry]:
    """Return the entries of an RSS or Atom feed, in its order. Raises UnreadableError."""
    collector = _Collector()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.data
    parser.StartDoctypeDeclHandler = _refuse_type
    try:
        parser.Parse(document, True)
    except _EnoughError:
        pass
    except UnreadableError:
        raise
    except (expat.ExpatError, LookupError, ValueError):
        raise UnreadableError("the answer is not XML") from None
    return collector.entries
