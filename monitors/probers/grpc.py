"""The kind `grpc`: asks a gRPC server for its health.

Source of the protocol: https://github.com/grpc/grpc/blob/master/doc/health-checking.md, and
doc/PROTOCOL-HTTP2.md there. One HTTP/2 request by libcurl: no library of gRPC is needed.
"""

import struct
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

import pycurl
from pydantic import Field

from monitors.probing.base import (
    CertificateValidity,
    CurlProber,
    Outcome,
    ProbeStatus,
    one_line,
)
from monitors.probing.curl_errors import CERTIFICATE_FAULTS, explain
from monitors.probing.curl_options import (
    USER_AGENT,
    name_error,
    phase_durations,
    presented_leaf,
    set_trust,
    stage_reached,
)
from monitors.probing.host_fields import Port, is_address
from monitors.probing.services.base import ServiceConfig

MAX_ANSWER_BYTES = 65_536
_PATH = "/grpc.health.v1.Health/Check"
_NOT_TAKEN = 23
_SERVING = 1
_HEALTH = {0: "UNKNOWN", 1: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}
_CODES = {
    1: "cancelled", 2: "unknown", 3: "invalid argument", 4: "deadline exceeded", 5: "not found",
    7: "permission denied", 8: "resource exhausted", 12: "unimplemented", 13: "internal error",
    14: "unavailable", 16: "unauthenticated",
}  # fmt: skip
"""Names of gRPC's status codes, https://grpc.io/docs/guides/status-codes/."""


class GrpcConfig(ServiceConfig):
    """Where the server is, and which of its services to ask about."""

    port: Port = Field(default=443, description="Port to connect to.")
    tls: bool = Field(default=True, description="Whether the server speaks TLS.")
    service: str = Field(
        default="",
        max_length=300,
        description="Name of the service to ask about, such as “shop.v1.Orders”; empty: the "
        "server as a whole.",
    )


@dataclass(slots=True)
class _Answer:
    """What has been received; trailers are among the headers."""

    timeout: float
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    def take_header(self, line: bytes) -> None:
        name, separator, value = line.decode("latin-1").partition(":")
        if separator:
            self.headers[name.strip().lower()] = value.strip()

    def take_body(self, chunk: bytes) -> int:
        if len(self.body) + len(chunk) > MAX_ANSWER_BYTES:
            return 0
        self.body += chunk
        return len(chunk)


class GrpcProber(CurlProber):
    """One call of `grpc.health.v1.Health/Check` on a fresh connection."""

    kind = "grpc"
    label = "gRPC health"
    config_type = GrpcConfig

    def __init__(self, *, authorities: str | None = None) -> None:
        """`authorities` is a file of certificates to trust instead of the system's."""
        self._authorities = authorities

    def host(self, config: GrpcConfig) -> tuple[str, int] | None:
        is_known = is_address(config.host) or config.host.lower() == "localhost"
        return None if is_known else (config.host, config.port)

    def prepare(self, handle: pycurl.Curl, config: GrpcConfig, timeout: float) -> _Answer:
        answer = _Answer(timeout)
        host = f"[{config.host}]" if ":" in config.host else config.host
        scheme = "https" if config.tls else "http"
        handle.setopt(pycurl.URL, f"{scheme}://{host}:{config.port}{_PATH}")
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.USERAGENT, USER_AGENT)
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
        handle.setopt(
            pycurl.HTTPHEADER,
            ["Content-Type: application/grpc", "TE: trailers", "Accept:", "Expect:"],
        )
        handle.setopt(pycurl.POSTFIELDS, _request(config.service))
        handle.setopt(pycurl.HEADERFUNCTION, answer.take_header)
        handle.setopt(pycurl.WRITEFUNCTION, answer.take_body)
        set_trust(
            handle,
            verify=config.verify_tls,
            authorities=config.authorities,
            file=self._authorities,
        )
        return answer

    def interpret(
        self,
        handle: pycurl.Curl,
        config: GrpcConfig,
        scratch: _Answer,
        error: tuple[int, str] | None,
        *,
        name_ms: float = 0.0,
    ) -> Outcome:
        if error is not None and error[0] == _NOT_TAKEN:
            return Outcome(ProbeStatus.DOWN, "gRPC: the answer is too long")
        if error is not None:
            status, message = explain(
                code=error[0],
                message=error[1],
                stage=stage_reached(handle, is_tls=config.tls),
                os_errno=handle.getinfo(pycurl.OS_ERRNO),
                timeout=scratch.timeout,
            )
            refused = (
                CertificateValidity(is_valid=False) if error[0] in CERTIFICATE_FAULTS else None
            )
            return Outcome(status, message, certificate=refused)
        leaf = presented_leaf(handle) if config.tls and config.verify_tls else None
        if wrong_name := name_error(leaf):
            seen = CertificateValidity(leaf.ends if leaf else None, is_valid=False)
            return Outcome(ProbeStatus.DOWN, wrong_name, certificate=seen)
        outcome = _judge(config, scratch, handle, name_ms=name_ms)
        if leaf is None:
            return outcome
        return replace(outcome, certificate=CertificateValidity(leaf.ends, is_valid=True))


def _judge(config: GrpcConfig, scratch: _Answer, handle: pycurl.Curl, *, name_ms: float) -> Outcome:
    """Return the outcome of an answer that came over a connection with which nothing is wrong."""
    took = phase_durations(handle, name_ms=name_ms)
    why = _trouble(scratch, handle.getinfo(pycurl.RESPONSE_CODE))
    if why:
        return Outcome(ProbeStatus.DOWN, one_line(f"gRPC: {why}"), phases=took)
    total = took["total"]
    if config.degraded_ms is not None and total > config.degraded_ms:
        message = f"took {total:.0f} ms, more than {config.degraded_ms:g} ms"
        return Outcome(ProbeStatus.DEGRADED, message, latency_ms=total, phases=took)
    return Outcome(ProbeStatus.UP, latency_ms=total, phases=took)


def _request(service: str) -> bytes:
    """Return a HealthCheckRequest in a frame: field 1 is the service's name."""
    name = service.encode()
    message = b"\x0a" + _varint(len(name)) + name if name else b""
    return b"\0" + struct.pack(">I", len(message)) + message


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        encoded.append(low | (0x80 if number else 0))
        if not number:
            return bytes(encoded)


def _trouble(answer: _Answer, http_status: int) -> str:
    """Return what is wrong with an answer; '' when the service is serving."""
    if http_status != 200:
        return f"the server answers with HTTP status {http_status}"
    if not answer.headers.get("content-type", "").startswith("application/grpc"):
        return "the answer is not gRPC"
    code = answer.headers.get("grpc-status", "")
    if code != "0":
        said = unquote(answer.headers.get("grpc-message", ""))
        named = _CODES.get(int(code), f"code {code}") if code.isdecimal() else "no status"
        return f"{named}: {said}" if said else named
    health = _health(bytes(answer.body))
    if health is None:
        return "the answer is not a HealthCheckResponse"
    return "" if health == _SERVING else _HEALTH.get(health, f"health {health}")


def _health(body: bytes) -> int | None:
    """Return the status in a framed HealthCheckResponse; None when it is not one.

    Its field 1 is a number below 128; one that is left out is 0.
    """
    if len(body) < 5 or body[0] != 0:
        return None
    (length,) = struct.unpack(">I", body[1:5])
    message: Any = body[5:]
    if length != len(message):
        return None
    if not message:
        return 0
    return message[1] if length == 2 and message[0] == 0x08 and message[1] < 0x80 else None
