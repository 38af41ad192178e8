"""Spans: what was done, from when to when, for a collector of traces; nothing while none is set.

Which library makes them is known on top (`statuspage.observability.traces`), and loaded by the
first span of a process that has somewhere to send it.
"""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

log = logging.getLogger(__name__)

Attributes = Mapping[str, str | int | float | bool]
SERVER, CLIENT, INTERNAL = "server", "client", "internal"
"""Kinds of spans: a request that we answer, one that we make, and what is neither."""


class Note(Protocol):
    """Adds to a span what its end shows. `failed` says what went wrong, in a word or two."""

    def __call__(self, attributes: Attributes, *, failed: str = "") -> None: ...


class Tracer(Protocol):
    """What makes spans."""

    def span(
        self, name: str, *, kind: str, attributes: Attributes, parent: Mapping[str, str]
    ) -> AbstractContextManager[Note]:
        """Begin a span for the length of a block; an error that leaves it fails the span."""

    def add(
        self, name: str, *, kind: str, began: float, ended: float, attributes: Attributes,
        failed: str,
    ) -> None:  # fmt: skip
        """Add a span that has ended, as a trace of its own."""

    def ids(self) -> tuple[str, str]:
        """Return the ids of the trace and of the span that this context is in; or two ''."""


def _ignore(attributes: Attributes, *, failed: str = "") -> None:
    """Stand in for the note of a span that nobody wants."""


_NONE: AbstractContextManager[Note] = nullcontext(_ignore)


class _Process:
    """What this process knows of its tracer."""

    def __init__(self) -> None:
        self.make: Callable[[], Tracer | None] | None = None
        self.made: Tracer | None = None
        self.lock = threading.Lock()

    def tracer(self) -> Tracer | None:
        if self.make is None or self.made is not None:
            return self.made
        with self.lock:
            if self.made is None and self.make is not None:
                try:
                    self.made = self.make()
                except Exception as error:  # noqa: BLE001  (work goes on without traces)
                    log.warning("no traces are sent: %s", " ".join(str(error).split()))
                if self.made is None:
                    self.make = None
        return self.made

    def begin_anew(self) -> None:
        """As a child after its fork: threads that send, and a lock, were its parent's."""
        self.made, self.lock = None, threading.Lock()


_process = _Process()


def provide(make: Callable[[], Tracer | None] | None) -> None:
    """Have spans made by what `make` returns, called by the first of them; None: by nothing."""
    _process.made, _process.make = None, make


def is_on() -> bool:
    """Return whether spans go anywhere, for who would take pains for them."""
    return _process.make is not None


def begin() -> None:
    """Load what makes spans now, if anything does: where the first one must not wait for it."""
    if is_on():
        _process.tracer()


def span(
    name: str, attributes: Attributes, *, kind: str = INTERNAL,
    parent: Mapping[str, str] | None = None,
) -> AbstractContextManager[Note]:  # fmt: skip
    """Begin a span for the length of a block; return what yields its note.

    `parent` are headers in which a caller may name its own span (W3C Trace Context).
    """
    if _process.make is None or (tracer := _process.tracer()) is None:
        return _NONE
    return tracer.span(name, kind=kind, attributes=attributes, parent=parent or {})


def add(
    name: str, attributes: Attributes, *, began: float, ended: float, kind: str = INTERNAL,
    failed: str = "",
) -> None:  # fmt: skip
    """Add a span that has ended, in seconds since the epoch, as a trace of its own."""
    if _process.make is not None and (tracer := _process.tracer()) is not None:
        tracer.add(
            name, kind=kind, began=began, ended=ended, attributes=attributes, failed=failed
        )  # fmt: skip


def ids() -> tuple[str, str]:
    """Return the ids of the present trace and span, in hexadecimal; two '' outside of one."""
    return ("", "") if _process.made is None else _process.made.ids()


os.register_at_fork(after_in_child=_process.begin_anew)
