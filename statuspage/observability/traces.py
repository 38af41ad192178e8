"""Traces: spans by OpenTelemetry's library, sent in batches by a thread of its own.

The library is an extra, and loaded by the first span of a process that sends any: each function
imports what it needs. What cannot be sent is lost; that is logged once a minute, and work never
waits for it.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

from components.values import spans
from components.values.spans import CLIENT, SERVER, Attributes, Note

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import Span, SpanKind

log = logging.getLogger(__name__)

NAME = "statuspage"
REMIND_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Destination:
    """The address that takes traces, and who sends them."""

    endpoint: str
    place: str
    """How lines of log call it: host and port."""
    headers: Mapping[str, str]
    service: str
    """'' for the name that the environment has, or ours."""
    machine: str
    role: str
    batch_seconds: float | None
    """How long spans wait for others; None for what the library takes."""


def provide(destination: Destination | None) -> None:
    """Have this process's spans sent there; None: nowhere, which costs nothing."""
    spans.provide(None if destination is None else partial(tracer, destination))


def load() -> None:
    """Load the library if spans are sent: before a process forks those that make them."""
    if spans.is_on():
        import_module("opentelemetry.sdk.trace.export")
        import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")


def tracer(to: Destination) -> "OtlpTracer":
    """Return a tracer that sends to a destination."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    sends = OTLPSpanExporter(to.endpoint, headers=to.headers or None)
    wait = None if to.batch_seconds is None else to.batch_seconds * 1000
    processor = BatchSpanProcessor(
        ReportingExporter(sends, place=to.place),  # type: ignore[arg-type]  # it has its methods
        schedule_delay_millis=wait,
    )
    return OtlpTracer(provider(processor, service=to.service, machine=to.machine, role=to.role))


def provider(
    processor: "SpanProcessor", *, service: str, machine: str, role: str
) -> "TracerProvider":
    """Return what makes tracers. `service` is '' for the name that the environment has, or ours."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    known = Resource.create(
        {"host.name": machine, "service.instance.id": f"{machine}/{role}", "statuspage.role": role}
    )
    given = str(known.attributes.get("service.name", ""))
    named = {"service.name": service or (NAME if given.startswith("unknown_service") else given)}
    with suppress(metadata.PackageNotFoundError):  # it runs from its source
        named["service.version"] = metadata.version(NAME)
    # What has not been sent when a role ends is lost: no end waits for a collector.
    made = TracerProvider(resource=known.merge(Resource(named)), shutdown_on_exit=False)
    made.add_span_processor(processor)
    return made


class OtlpTracer:
    """See `components.values.spans.Tracer`."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
            TraceContextTextMapPropagator,
        )

        self._provider = provider
        self._tracer = provider.get_tracer(NAME)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self, name: str, *, kind: str, attributes: Attributes, parent: Mapping[str, str]
    ) -> Iterator[Note]:
        context: Context | None = self._propagator.extract(parent) if parent else None
        with self._tracer.start_as_current_span(
            name, context, kind=_kind(kind), attributes=dict(attributes), record_exception=False,
            set_status_on_exception=False,
        ) as span:  # fmt: skip

            def note(attributes: Attributes, *, failed: str = "") -> None:
                span.set_attributes(dict(attributes))
                _fail(span, failed)

            try:
                yield note
            except BaseException as error:
                # Its kind alone: what an error says may be a secret.
                _fail(span, type(error).__name__)
                raise

    def add(
        self, name: str, *, kind: str, began: float, ended: float, attributes: Attributes,
        failed: str,
    ) -> None:  # fmt: skip
        from opentelemetry.context import Context  # noqa: PLC0415

        span = self._tracer.start_span(
            name, Context(), kind=_kind(kind), attributes=dict(attributes),
            start_time=_nanoseconds(began),
        )  # fmt: skip
        _fail(span, failed)
        span.end(_nanoseconds(ended))

    def close(self) -> None:
        """Send what waits, if its collector answers, and no more."""
        self._provider.shutdown()

    def ids(self) -> tuple[str, str]:
        from opentelemetry import trace  # noqa: PLC0415

        present = trace.get_current_span().get_span_context()
        if not present.is_valid:
            return "", ""
        return trace.format_trace_id(present.trace_id), trace.format_span_id(present.span_id)


def _kind(kind: str) -> "SpanKind":
    from opentelemetry.trace import SpanKind  # noqa: PLC0415

    return {SERVER: SpanKind.SERVER, CLIENT: SpanKind.CLIENT}.get(kind, SpanKind.INTERNAL)


def _fail(span: "Span", why: str) -> None:
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

    if why:
        span.set_attribute("error.type", why)
        span.set_status(Status(StatusCode.ERROR))


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)


class ReportingExporter:
    """An exporter whose failures are told once a minute at most, and their end if they were."""

    def __init__(self, exporter: Any, *, place: str) -> None:
        self._exporter, self._place = exporter, place
        self._lost = 0
        self._said_at: float | None = None
        self._is_told = False
        """Whether the present failure is."""
        self._reason = _LastMessage()
        library = logging.getLogger("opentelemetry")
        library.handlers, library.propagate = [self._reason], False

    def export(self, spans: Any) -> Any:
        """Send spans, as the exporter does; tell how it went if that is due."""
        result = self._exporter.export(spans)
        now = time.monotonic()
        if result.name == "SUCCESS":
            if self._is_told:
                log.warning("traces reach %s again, %d spans are lost", self._place, self._lost)
            self._is_told, self._lost = False, 0
            return result
        self._lost += len(spans)
        if self._said_at is None or now - self._said_at >= REMIND_SECONDS:
            self._is_told, self._said_at = True, now
            log.warning(
                "traces do not reach %s, %d spans are lost: %s",
                self._place, self._lost, self._reason.text or "no reason was given",
            )  # fmt: skip
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return bool(self._exporter.force_flush(timeout_millis))


class _LastMessage(logging.Handler):
    """Keeps what the library said last: it would else say it anew with every try."""

    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = " ".join(record.getMessage().split())
