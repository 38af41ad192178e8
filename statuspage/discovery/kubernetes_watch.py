"""Watches the annotated objects of a Kubernetes cluster, and brings in what changed.

Each list of objects is followed on a thread of its own: listed once, then watched. Nothing is
brought in before all of them were listed, and what cannot be asked stays as it was seen last, so an
API server that is away takes nothing off the page.
"""

import logging
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, close_old_connections

from statuspage.discovery.clusters import PREFIX, hold_name, named_apart
from statuspage.discovery.kubernetes_api import (
    AnotherClusterError,
    ClusterApi,
    ClusterError,
    Resource,
    VersionGoneError,
)
from statuspage.discovery.kubernetes_objects import Place, read_objects, reduced
from statuspage.discovery.reconcile import Outcome, reconcile

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between two tries while a server does not answer; each is twice the one before."""
_SETTLE_SECONDS = 0.3
"""What changes within it comes in together."""
_LOOK_SECONDS = 1.0
_DATABASE_SECONDS = 5.0


class ObjectList:
    """The annotated objects of one list, as far as the API server has told."""

    def __init__(
        self, api: ClusterApi, resource: Resource, namespace: str, *, changed: threading.Event,
        stopping: threading.Event, cluster: str,
    ) -> None:  # fmt: skip
        self._api, self._resource, self._namespace = api, resource, namespace
        self._changed, self._stopping = changed, stopping
        self._objects: dict[tuple[str, str], dict[str, Any]] | None = None
        self._version = ""
        self._told = ""
        inside = f"namespace {namespace}" if namespace else "all namespaces"
        self._place = f"{cluster}: {resource.plural} of {inside}"

    def listed(self) -> list[tuple[str, Mapping[str, Any]]] | None:
        """Return the objects, each with its kind; None until they were listed once."""
        objects = self._objects
        return None if objects is None else [(self._resource.kind, each) for each in
                                             list(objects.values())]  # fmt: skip

    def list(self) -> None:
        """Read all of them. Raises ClusterError."""
        rows, self._version = self._api.list(self._resource, self._namespace)
        found = {key: each for row in rows if (each := reduced(row)) for key in [_key(each)]}
        if found != self._objects:
            self._objects = found
            self._changed.set()
        self._answers()

    def follow(self) -> None:
        """List and watch, again and again, until it is to stop."""
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                if self._objects is None or not self._version:
                    self.list()
                if self._watch():
                    pause = FIRST_PAUSE
            except VersionGoneError:
                self._version = ""
            except ClusterError as error:
                self._tell(str(error))
                pause = min(pause * 2, LONGEST_PAUSE)
            # The edge of the thread: it is tried again.
            except Exception as error:  # noqa: BLE001
                self._tell(f"{type(error).__name__}: {error}")
                self._version, pause = "", LONGEST_PAUSE
            # Not all at once after a restart of the server.
            self._stopping.wait(pause * random.uniform(0.5, 1))  # noqa: S311

    def _watch(self) -> bool:
        """Take what changes until the server ends the watch; return whether it said anything."""
        heard = False
        for change in self._api.watch(self._resource, self._namespace, self._version):
            heard = True
            self._answers()
            self._version = change.version or self._version
            if change.kind in ("ADDED", "MODIFIED", "DELETED"):
                self._take(change.kind, change.item)
            if self._stopping.is_set():
                break
        self._answers()
        return heard

    def _take(self, kind: str, item: Mapping[str, Any]) -> None:
        objects = dict(self._objects or {})
        each = reduced(item) if kind != "DELETED" else None
        key = _key(item)
        if objects.get(key) == each:
            return
        if each is None:
            objects.pop(key, None)
        else:
            objects[key] = each
        self._objects = objects  # as one: the other thread reads it meanwhile
        self._changed.set()

    def _tell(self, why: str) -> None:
        if self._told != why:
            self._told = why
            log.warning("%s: %s. Nothing is changed because of it.", self._place, why.rstrip("."))

    def _answers(self) -> None:
        if self._told:
            self._told = ""
            log.warning("%s: the API server answers again.", self._place)


def _key(item: Mapping[str, Any]) -> tuple[str, str]:
    meta = item.get("metadata")
    named = meta if isinstance(meta, dict) else {}
    return str(named.get("namespace") or ""), str(named.get("name") or "")


class ClusterWatch:
    """The lists of one cluster together, and what comes of them."""

    def __init__(
        self, api: ClusterApi, *, cluster: str, resources: Sequence[Resource],
        namespaces: Sequence[str], place: Place, replaces: bool = False,
    ) -> None:  # fmt: skip
        self._api, self._cluster, self._replaces = api, cluster, replaces
        self._system, self._place = f"{PREFIX}{cluster}", place
        self._is_known = False
        self._changed, self.stopping = threading.Event(), threading.Event()
        self._lists = [
            ObjectList(
                api, resource, namespace, changed=self._changed, stopping=self.stopping,
                cluster=cluster,
            )
            for namespace in namespaces or ("",) for resource in resources
        ]  # fmt: skip

    def once(self, now: datetime) -> Outcome:
        """List everything and bring it in. Raises ClusterError, and nothing came in."""
        for each in self._lists:
            each.list()
        return self._bring_in(now) or Outcome()

    def run(self, *, on_progress: Callable[[], None] = lambda: None) -> None:
        """Follow the cluster until `stopping` is set. Raises AnotherClusterError."""
        threads = [
            threading.Thread(target=each.follow, name="kubernetes", daemon=True)
            for each in self._lists
        ]
        for thread in threads:
            thread.start()
        while not self.stopping.is_set():
            on_progress()
            if not self._changed.wait(_LOOK_SECONDS):
                continue
            self.stopping.wait(_SETTLE_SECONDS)
            self._changed.clear()
            try:
                close_old_connections()
                self._bring_in(datetime.now(UTC))
            except AnotherClusterError:
                self.stopping.set()
                raise
            except ClusterError as error:
                log.warning("%s: %s. Nothing is changed because of it.", self._system, error)
                self._changed.set()
                self.stopping.wait(FIRST_PAUSE)
            except DatabaseError as error:
                log.warning("%s: the database does not answer: %s", self._system, error)
                self._changed.set()
                self.stopping.wait(_DATABASE_SECONDS)

    def _bring_in(self, now: datetime) -> Outcome | None:
        lists = [each.listed() for each in self._lists]
        found = [row for rows in lists for row in rows or ()]
        if any(rows is None for rows in lists):
            return None  # what was not listed yet would be called gone
        if not self._is_known:
            hold_name(self._cluster, self._api.identity(), replaces=self._replaces)
            self._is_known = True
        description = named_apart(read_objects(found, self._place), cluster=self._cluster)
        outcome = reconcile(description, system=self._system, now=now)
        for line in outcome.lines():
            log.warning("%s: %s", self._system, line)
        return outcome
