"""Looks at all sources of discovery, again and again; only what changed costs anything."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from glob import glob
from pathlib import Path

from django.conf import settings

from monitors.probing.connections import Deadline, ProbeAbortedError
from monitors.probing.container_engine import ContainerEngine
from monitors.worker.target_guard import configured_guard
from statuspage.discovery.labels import ENABLE, read_containers
from statuspage.discovery.reconcile import reconcile
from statuspage.discovery.targets import read_targets
from statuspage.importers.description import Description, SourceFileError

log = logging.getLogger(__name__)

ENGINE_SECONDS = 5.0
"""How long an engine may take to list its containers."""


class Looks:
    """Looks at what settings name. What cannot be read says nothing of what is gone."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}
        self._files = set[str]()

    def look(self, now: datetime) -> None:
        """Bring in what is new since the last look, and mark what is gone."""
        options = settings.STATUSPAGE
        paths, twice = files(options.targets_files)
        for path, other in twice:
            self._tell(f"name:{path}", f"{path}: a file of that name is read already, {other}."
                       " Rename one of them.")  # fmt: skip
        for place in self._files - {str(path) for path in paths}:
            self._tell(place, f"{place} {_why_unlisted(place)} What it named stays; a file with an"
                       " empty list has you asked about it.")  # fmt: skip
            self._seen.pop(place, None)
        self._files |= {str(path) for path in paths}
        for path in paths:
            digest = _digest(path)
            if self._seen.get(str(path)) != digest:
                self._take(str(path), f"targets:{path.name}", partial(read_targets, path), now)
                self._seen[str(path)] = digest
        for socket in options.container_sockets if options.discover_containers else ():
            self._take(socket, f"containers:{socket}", partial(containers, socket), now)

    def _take(
        self, place: str, system: str, read: Callable[[], Description], now: datetime
    ) -> None:
        try:
            description = read()
        except SourceFileError as error:
            self._tell(place, f"{place}: {error} Nothing was changed because of it.")
            return
        if self._seen.pop(f"told:{place}", ""):
            log.warning("%s is read again.", place)
        seen = f"read:{place}"
        digest = hashlib.sha256(repr(description).encode("utf-8", "replace")).hexdigest()
        if self._seen.get(seen) == digest:
            return
        outcome = reconcile(description, system=_short(system), now=now)
        self._seen[seen] = digest
        for line in outcome.lines():
            log.warning("%s: %s", place, line)

    def _tell(self, place: str, text: str) -> None:
        """Write a line once, not at every look."""
        if self._seen.get(f"told:{place}") != text:
            self._seen[f"told:{place}"] = text
            log.warning("%s", text)


def files(patterns: Sequence[str]) -> tuple[list[Path], list[tuple[Path, Path]]]:
    """Return the files that patterns name, in order, one of each name; a plain name also when
    there is none. And those whose name another one has, each with that."""
    found: list[str] = []
    for pattern in patterns:
        found += sorted(glob(pattern)) if set(pattern) & set("*?[") else [pattern]  # noqa: PTH207
    named: dict[str, Path] = {}
    for path in map(Path, dict.fromkeys(found)):
        named.setdefault(path.name, path)
    paths = set(named.values())
    return list(named.values()), [
        (path, named[path.name]) for path in map(Path, found) if path not in paths
    ]


def _why_unlisted(place: str) -> str:
    """Say why a pattern finds a file no more: it is gone, or nobody may look for it."""
    try:
        Path(place).stat()
    except FileNotFoundError:
        return "is not there any more."
    except OSError as error:
        return f"cannot be read: {error.strerror}."
    return "is there, and its folder cannot be listed."


def _short(system: str) -> str:
    """Return a name that fits its column, another one for each."""
    if len(system) <= 60:
        return system
    return f"{system[:47]}~{hashlib.sha256(system.encode('utf-8', 'replace')).hexdigest()[:12]}"


def _digest(path: Path) -> str:
    """Return what changes with a file, or why it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return f"{error.errno}"


def containers(socket: str) -> Description:
    """Return what an engine's containers name by their labels. Raises SourceFileError."""
    try:
        with closing(
            ContainerEngine(socket, deadline=Deadline(ENGINE_SECONDS), guard=configured_guard())
        ) as engine:
            rows = engine.with_label(ENABLE)
    except ProbeAbortedError as aborted:
        raise SourceFileError(f"{aborted.outcome.message}.") from None
    except ImportError:
        raise SourceFileError(
            "The library docker is missing: install statuspage[containers]."
        ) from None
    return read_containers(rows, socket=socket)
