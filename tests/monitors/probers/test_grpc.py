"""The kind `grpc` against grpcio's server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest

from monitors.probers.grpc import GrpcConfig, GrpcProber
from monitors.probing.base import Outcome, ProbeStatus
from tests.certificates import LOCAL, Certificate, make_certificate
from tests.monitors.checks import make, probe
from tests.monitors.probers.services import hold_slowness
from tests.servers import Target

ANSWERS = {
    b"": b"\x08\x01",
    b"\x0a\x06orders": b"\x08\x02",
    b"\x0a\x05cards": b"",
    b"\x0a\x03odd": b"\x12\x01x",
}
"""HealthCheckRequests and their HealthCheckResponses, as they are on the wire."""


class Health(grpc.GenericRpcHandler):  # type: ignore[misc]
    """`grpc.health.v1.Health`, without generated code."""

    def service(self, call: Any) -> Any:
        if call.method != "/grpc.health.v1.Health/Check":
            return None
        return grpc.unary_unary_rpc_method_handler(self.check)

    def check(self, request: bytes, context: Any) -> bytes:
        if request == b"\x0a\x06locked":
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "nicht für dich")
        if request not in ANSWERS:
            context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return ANSWERS[request]


@dataclass(frozen=True)
class Server:
    port: int
    tls_port: int
    certificate: Certificate


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    certificate = make_certificate(tmp_path_factory.mktemp("grpc"))
    pair = (certificate.key_path.read_bytes(), certificate.path.read_bytes())
    made = grpc.server(ThreadPoolExecutor(2), handlers=[Health()])
    port = made.add_insecure_port(f"{LOCAL}:0")
    tls_port = made.add_secure_port(f"{LOCAL}:0", grpc.ssl_server_credentials([pair]))
    made.start()
    yield Server(port, tls_port, certificate)
    made.stop(None).wait()


def check(*, trusting: Certificate | None = None, **settings: Any) -> Outcome:
    prober = GrpcProber(authorities=str(trusting.path) if trusting else None)
    config = GrpcConfig.model_validate({"host": LOCAL, **settings})
    return make([probe(config, prober=prober, timeout=20.0)])[1].outcome


def test_a_server_that_is_serving_is_up_by_tls_or_without(server: Server) -> None:
    plain = check(port=server.port, tls=False)
    secured = check(port=server.tls_port, trusting=server.certificate)

    assert (plain.status, plain.message) == (ProbeStatus.UP, "")
    assert (secured.status, secured.message) == (ProbeStatus.UP, "")
    assert secured.phases["tls"] > 0


@pytest.mark.parametrize(
    ("service", "message"),
    [
        ("orders", "gRPC: NOT_SERVING"),
        ("cards", "gRPC: UNKNOWN"),
        ("nothing", "gRPC: not found: unknown service"),
        ("locked", "gRPC: permission denied: nicht für dich"),
        ("odd", "gRPC: the answer is not a HealthCheckResponse"),
    ],
)
def test_a_service_that_is_not_serving_is_down(server: Server, service: str, message: str) -> None:
    outcome = check(port=server.port, tls=False, service=service)

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, message)


def test_a_certificate_that_is_not_trusted_is_down(server: Server) -> None:
    assert "certificate is not valid" in check(port=server.tls_port).message
    assert check(port=server.tls_port, verify_tls=False).status is ProbeStatus.UP


def test_a_web_server_is_down() -> None:
    with Target() as target:
        outcome = check(port=target.port, tls=False)

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message


def test_a_slow_answer_is_degraded_and_one_that_does_not_come_is_down(server: Server) -> None:
    hold_slowness("grpc", server.port, tls=False)
