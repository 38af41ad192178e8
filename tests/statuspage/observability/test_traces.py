"""Traces: what is a span, what it says and never says, and where it goes (F-O11)."""

import json
import logging
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from components.values import spans
from monitors.probing.base import CheckResult, Outcome, ProbeStatus
from monitors.worker.check_spans import add_spans
from monitors.worker.result_writer import CompletedCheck
from statuspage.config import tracing
from statuspage.config.env import SettingError, Settings
from statuspage.edge.request_identity import identified
from statuspage.observability import traces
from statuspage.observability.log_format import LineFormatter
from statuspage.publishing import snapshot
from statuspage.runtime.outside import self_checks
from subscribers.channels.base import Message, Recipient, SendStatus
from subscribers.channels.base import Outcome as Sent
from subscribers.delivery.send_tracing import send_traced
from subscribers.models import Delivery
from tests.waiting import until

GIVEN = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.test:4318/"}
PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def kept() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    made = traces.provider(SimpleSpanProcessor(exporter), service="", machine="m1", role="web")
    spans.provide(lambda: traces.OtlpTracer(made))
    yield exporter
    spans.provide(None)


def read(folder: Path, **given: str) -> Settings:
    return Settings({"STATUSPAGE_DATA_DIR": str(folder), **given})


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def ask(
    path: str, *, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    async def send(message: Any) -> None:
        pass

    scope = {"type": "http", "method": "GET", "path": path, "headers": list(headers)}
    with identified(cast("Any", scope), send) as send_identified:
        await send_identified({"type": "http.response.start", "status": status, "headers": []})


async def test_fo11_a_request_is_a_span_with_its_route_and_the_callers_trace(
    kept: InMemorySpanExporter,
) -> None:
    await ask(
        "/admin/incidents/incident/7/change/", status=503, headers=((b"traceparent", PARENT),)
    )

    (span,) = kept.get_finished_spans()
    known = attributes(span)
    assert span.name == f"GET {known['http.route']}"
    assert known["http.route"] == "/admin/incidents/incident/<path:object_id>/change/"
    assert (known["http.response.status_code"], known["error.type"]) == (503, "503")
    assert known["statuspage.request.id"]
    assert span.kind is SpanKind.SERVER
    assert span.parent is not None
    assert f"{span.context.trace_id:032x}" == PARENT[3:35].decode()
    assert span.resource.attributes["service.name"] == "statuspage"


@pytest.mark.parametrize(
    "path", ["/status/confirm/s3cret-token", "/ping/s3cret-token", "/no/such/s3cret-token"]
)
async def test_a_span_never_has_a_path_that_may_hold_a_secret(
    kept: InMemorySpanExporter, path: str
) -> None:
    await ask(path)

    (span,) = kept.get_finished_spans()
    assert "s3cret" not in span.to_json()


async def test_an_invented_method_makes_no_name_of_its_own(kept: InMemorySpanExporter) -> None:
    scope = {"type": "http", "method": "BREW", "path": "/admin/", "headers": []}

    async def send(message: Any) -> None:
        pass

    with identified(cast("Any", scope), send):
        pass

    assert kept.get_finished_spans()[0].name == "_OTHER /admin/"


def test_an_error_fails_its_span_and_is_not_quoted(kept: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="hunter2"), spans.span("x", {}):
        raise ValueError("hunter2")

    (span,) = kept.get_finished_spans()
    assert attributes(span)["error.type"] == "ValueError"
    assert "hunter2" not in span.to_json()


def test_a_check_is_a_trace_of_its_own_with_the_time_of_the_check(
    kept: InMemorySpanExporter,
) -> None:
    monitor = SimpleNamespace(pk=7, kind="http")
    result = CheckResult(
        cast("Any", SimpleNamespace(due=99.5)), 100.0, 100.25,
        Outcome(ProbeStatus.DOWN, "https://user:hunter2@example.com refused", code=500),
    )  # fmt: skip
    target = SimpleNamespace(monitor=monitor, region="eu")

    with spans.span("around", {}):
        add_spans([CompletedCheck(cast("Any", None), cast("Any", target), result)])

    span = kept.get_finished_spans()[0]
    assert span.name == "check http"
    assert span.parent is None
    assert (span.start_time, span.end_time) == (100_000_000_000, 100_250_000_000)
    assert attributes(span) == {
        "statuspage.monitor.id": 7, "statuspage.monitor.kind": "http", "statuspage.region": "eu",
        "statuspage.check.outcome": "down", "statuspage.check.late_ms": 500,
        "statuspage.check.code": 500, "error.type": "down",
    }  # fmt: skip


def test_a_delivery_is_a_span_without_its_address(kept: InMemorySpanExporter) -> None:
    class Sender:
        def send(self, message: Message, recipient: Recipient, *, deadline: float) -> Sent:
            return Sent(SendStatus.TEMPORARY, 421, "ada@example.com: later")

        def close(self) -> None:
            pass

    row = Delivery(pk=3, channel="email", attempts=2)
    send_traced(Sender(), cast("Any", None), Recipient("ada@example.com"), row, seconds=1.0)

    (span,) = kept.get_finished_spans()
    assert (span.name, span.kind) == ("send email", SpanKind.CLIENT)
    assert attributes(span)["statuspage.delivery.outcome"] == "temporary"
    assert attributes(span)["statuspage.delivery.code"] == 421
    assert "ada@" not in span.to_json()


@pytest.mark.django_db
def test_a_publication_is_a_span(kept: InMemorySpanExporter) -> None:
    published = snapshot.publish()

    (span,) = kept.get_finished_spans()
    assert span.name == "publish"
    assert attributes(span)["statuspage.page.version"] == published.version


def test_lines_of_json_name_the_trace_and_those_outside_name_none(
    kept: InMemorySpanExporter,
) -> None:
    def line() -> dict[str, str]:
        record = logging.LogRecord("statuspage.x", logging.WARNING, "x.py", 1, "x", (), None)
        found: dict[str, str] = json.loads(LineFormatter(style="json", machine="m").format(record))
        return found

    with spans.span("x", {}):
        inside = line()
    outside = line()

    context = kept.get_finished_spans()[0].context
    assert inside["trace_id"] == f"{context.trace_id:032x}"
    assert inside["span_id"] == f"{context.span_id:016x}"
    assert not {"trace_id", "span_id"} & outside.keys()


def test_without_an_address_there_are_no_spans_and_a_tracer_that_cannot_be_made_is_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    spans.provide(None)
    assert not spans.is_on()
    with spans.span("x", {}) as note:
        note({"a": 1}, failed="never mind")
    assert spans.ids() == ("", "")

    def broken() -> spans.Tracer:
        raise OSError("no such certificate")

    spans.provide(broken)
    spans.begin()
    with spans.span("x", {}):
        pass
    assert not spans.is_on()
    assert "no traces are sent: no such certificate" in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ""),
        (GIVEN, "http://collector.test:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://c.test/x", **GIVEN}, "https://c.test/x"),
        ({"OTEL_SDK_DISABLED": "true", **GIVEN}, ""),
    ],
    ids=["none", "base", "whole", "disabled"],
)
def test_the_address_is_made_as_opentelemetry_has_it(
    tmp_path: Path, given: Mapping[str, str], expected: str
) -> None:
    settings = read(tmp_path, STATUSPAGE_ROLE="web", **given)

    assert tracing.endpoint(settings) == expected
    assert (tracing.destination(settings) is not None) == bool(expected)
    assert tracing.destination(read(tmp_path, **given)) is None, "a command sends none"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:4318x/"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2%0d%0ax"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api key=hunter2"),
    ],
)
def test_a_malformed_setting_refuses_to_start(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name) as refused:
        read(tmp_path, **{name: value})

    assert "hunter2" not in str(refused.value)


def test_headers_are_read_as_opentelemetry_writes_them(tmp_path: Path) -> None:
    given = read(tmp_path, OTEL_EXPORTER_OTLP_HEADERS="Api-Key=a%20b=c, x=1,")

    assert given.otlp_headers == (("api-key", "a b=c"), ("x", "1"))


def test_another_protocol_and_a_missing_library_are_said(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = read(tmp_path, OTEL_EXPORTER_OTLP_PROTOCOL="grpc", STATUSPAGE_ROLE="web", **GIVEN)
    assert "grpc" in tracing.warning_at_start(spoken, role="web")
    assert tracing.warning_at_start(spoken, role="migrate") == ""
    assert tracing.destination(spoken) is None

    monkeypatch.setattr(tracing, "_NEEDED", ("opentelemetry_missing.sdk",))
    settings.STATUSPAGE = read(tmp_path, **GIVEN)
    found = self_checks.traces()
    assert found.ok
    assert found.detail.startswith("OTEL_EXPORTER_OTLP_ENDPOINT is set, but no traces are sent")
    assert "pip install 'statuspage[tracing]'" in found.advice
    assert "pip install" in tracing.warning_at_start(settings.STATUSPAGE, role="up")
    settings.STATUSPAGE = read(tmp_path)
    assert self_checks.traces().advice == ""


class Collector(ThreadingHTTPServer):
    """A collector that keeps what it is sent, and may refuse it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.names: list[str] = []
        self.headers: list[dict[str, str]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast("Collector", self.server)
        body = self.rfile.read(int(self.headers["content-length"]))
        if server.status == 200:
            told = ExportTraceServiceRequest.FromString(body)
            server.headers.append({**self.headers, "path": self.path})
            server.names += [
                span.name
                for resource in told.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            ]
        self.send_response(server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_spans_reach_a_collector_and_its_refusal_is_told_once_and_at_its_end(
    tmp_path: Path, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    library = logging.getLogger("opentelemetry")
    before = library.handlers, library.propagate
    base = f"http://127.0.0.1:{collector.server_address[1]}"
    given = read(
        tmp_path, STATUSPAGE_ROLE="web", OTEL_EXPORTER_OTLP_ENDPOINT=base,
        OTEL_EXPORTER_OTLP_HEADERS="api-key=hunter2",
    )  # fmt: skip
    destination = tracing.destination(given)
    assert destination is not None
    sender = traces.tracer(traces.Destination(**{**destination, "batch_seconds": 0.02}))
    spans.provide(lambda: sender)
    try:
        with spans.span("well", {}):
            pass
        until(lambda: collector.names == ["well"], what="a span that is received")
        assert collector.headers[0]["path"] == "/v1/traces"
        assert collector.headers[0]["api-key"] == "hunter2"

        collector.status = 400
        with spans.span("refused", {}):
            pass
        until(lambda: "traces do not reach" in caplog.text, what="a word of the refusal")
        with spans.span("refused again", {}):
            pass
        collector.status = 200
        until(lambda: _sent_again(collector), what="a span after the refusal")
        until(lambda: "again, " in caplog.text, what="a word of its end")
        assert caplog.text.count("traces do not reach") == 1
        assert "hunter2" not in caplog.text
    finally:
        spans.provide(None)
        sender.close()
        library.handlers, library.propagate = before


def _sent_again(collector: Collector) -> bool:
    with spans.span("well again", {}):
        pass
    return "well again" in collector.names
