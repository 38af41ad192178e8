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

    def look(self, now: datetime) -> None:
        """Bring in what is new since the last look, and mark what is gone."""
        options = settings.STATUSPAGE
        for path in files(options.targets_files):
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
        seen = f"read:{place}"
        digest = hashlib.sha256(repr(description).encode("utf-8", "replace")).hexdigest()
        if self._seen.get(seen) == digest:
            return
        outcome = reconcile(description, system=system[:60], now=now)
        self._seen[seen] = digest
        self._seen.pop(f"told:{place}", None)
        for line in outcome.lines():
            log.warning("%s: %s", place, line)

    def _tell(self, place: str, text: str) -> None:
        """Write a line once, not at every look."""
        if self._seen.get(f"told:{place}") != text:
            self._seen[f"told:{place}"] = text
            log.warning("%s", text)


def files(patterns: Sequence[str]) -> list[Path]:
    """Return the files that patterns name, in order, one of each name; a plain name also when
    there is none."""
    found: list[str] = []
    for pattern in patterns:
        found += sorted(glob(pattern)) if set(pattern) & set("*?[") else [pattern]  # noqa: PTH207
    named: dict[str, Path] = {}
    for path in map(Path, found):
        named.setdefault(path.name, path)
    return list(named.values())


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
