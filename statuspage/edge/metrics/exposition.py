"""The text of `/metrics`, in parts: what the database says is asked for on a thread of its own.

A scrape never waits for the database longer than `PATIENCE`: while it is away each part says what
it last knew, with its age. A part is looked at anew after `FRESH`, or more rarely if it is dear:
looking costs a fiftieth of the time at most.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from django.db import DatabaseError, connection
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from statuspage.edge.metrics.catalogue import catalogue_metrics
from statuspage.edge.metrics.families import Family, Series, gauge
from statuspage.edge.metrics.kuma import kuma_metrics
from statuspage.edge.metrics.process import process_metrics
from statuspage.edge.metrics.sending import ledger_metrics, waiting_metrics
from statuspage.edge.metrics.work import work_metrics
from statuspage.edge.pages import PublicPages

log = logging.getLogger(__name__)

OWN_NAMES = ""
PATIENCE = 1.5
FRESH = 3.0
SPARING = 50.0
"""How many times as long as it took a part is kept."""


@dataclass(slots=True)
class Part:
    """Metrics that are gathered together; `text` is what they last were."""

    name: str
    gather: Callable[[float], Iterable[Family]]
    text: bytes = b""
    at: float | None = None
    """When that was, by the wall clock."""
    due: float = 0.0
    """When to look again, by the monotonic clock."""


class _Given(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def exposition_of(families: Iterable[Family]) -> bytes:
    """Return metrics as text; a family without samples is left out."""
    registry = CollectorRegistry(auto_describe=False)
    given = list(families)
    metrics = [each for each in given if not isinstance(each, Series)]
    registry.register(_Given(metric for metric in metrics if metric.samples))
    series = [each.text().encode() for each in given if isinstance(each, Series)]
    return b"".join([generate_latest(registry), *series])


def store_parts() -> list[Part]:
    """Return the parts that need the database."""
    return [
        Part("work", work_metrics),
        Part("sending", waiting_metrics),
        Part("catalogue", lambda now: catalogue_metrics()),
        Part("ledger", lambda now: ledger_metrics()),
    ]


NAMES: dict[str, Callable[[], list[Part]]] = {
    OWN_NAMES: store_parts,
    "kuma": lambda: [Part("kuma", kuma_metrics)],
}
"""The parts for each value of `?names=`."""


class Exposition:
    """The metrics of one web process, under one set of names."""

    def __init__(
        self,
        pages: PublicPages,
        *,
        streams: Callable[[], int],
        names: str = OWN_NAMES,
        parts: list[Part] | None = None,
    ) -> None:
        self._pages, self._streams = pages, streams
        self._is_own = names == OWN_NAMES
        self._parts = NAMES[names]() if parts is None else parts
        self._lock = threading.Lock()
        self._looked = threading.Event()
        self._looking = False
        self._answers = True
        self._reported: set[str] = set()

    def text(self) -> bytes:
        """Return the whole text; the database is waited for for a moment only."""
        self._look()
        self._looked.wait(PATIENCE)
        own = process_metrics(self._pages, streams=self._streams()) if self._is_own else ()
        return b"".join([exposition_of(own), *(part.text for part in self._parts), self._ages()])

    def _look(self) -> None:
        """Have a thread look at what is due, unless one is at it."""
        with self._lock:
            now = time.monotonic()
            if self._looking or not any(part.due <= now for part in self._parts):
                return
            self._looking = True
            self._looked.clear()
        threading.Thread(target=self._gather, name="metrics", daemon=True).start()

    def _gather(self) -> None:
        answers = True
        try:
            for part in self._parts:
                if part.due > time.monotonic():
                    continue
                try:
                    self._gather_part(part)
                except DatabaseError as error:
                    answers = False
                    self._report(part, error)
                    break  # the others would only wait for the same
                # The edge of the thread: what was known of this part stays, with its age.
                except Exception as error:  # noqa: BLE001
                    self._report(part, error)
        finally:
            with suppress(Exception):
                connection.close()
            self._answers = answers
            self._looking = False
            self._looked.set()

    def _gather_part(self, part: Part) -> None:
        began, now = time.monotonic(), time.time()
        part.due = began + FRESH
        part.text = exposition_of(part.gather(now))
        ended = time.monotonic()
        part.at, part.due = now, ended + max(FRESH, SPARING * (ended - began))
        self._reported.discard(part.name)

    def _report(self, part: Part, error: Exception) -> None:
        """Log an error once, until the part can be gathered again."""
        if part.name not in self._reported:
            self._reported.add(part.name)
            reason = " ".join(str(error).split()) or type(error).__name__
            log.warning("the metrics of %s are as they last were: %s", part.name, reason)

    def _ages(self) -> bytes:
        now = time.time()
        hangs = self._looking and not self._looked.is_set()
        ages = [((part.name,), max(0.0, now - part.at)) for part in self._parts if part.at]
        return exposition_of(
            [
                gauge(
                    "statuspage_metrics_age_seconds",
                    "Age of what the database said, by part of these metrics.", ("part",), ages,
                ),
                gauge(
                    "statuspage_database_up",
                    "Whether the database answered when these metrics were last gathered (1).", (),
                    [((), int(self._answers and not hangs))],
                ),
            ]
        )  # fmt: skip
