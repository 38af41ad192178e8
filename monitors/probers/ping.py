"""The kind `ping`: ICMP echo requests, how many are answered and how fast."""

import errno
import time
from dataclasses import dataclass, field

import icmplib
from icmplib.exceptions import ICMPSocketError, SocketPermissionError, TimeoutExceeded
from icmplib.sockets import ICMPSocket
from pydantic import Field

from components.network.address_guard import AddressGuard
from monitors.probing.base import BlockingProber, Config, Outcome, ProbeStatus, one_line
from monitors.probing.connections import Deadline, ProbeAbortedError, allowed_addresses
from monitors.probing.curl_errors import explain_connect
from monitors.probing.host_fields import Host, Milliseconds

INTERVAL_SECONDS = 0.1
"""Between an answer and the next request: many a router takes a burst for an attack."""
_RECEIVE_SECONDS = 0.2
"""icmplib may listen twice as long as asked when foreign packets come in: so it is asked little."""
_ECHO_REPLY = (0, 129)  # ICMP, ICMPv6
# icmplib reads some packets that are no answers, such as our own requests seen on the way out, at
# an offset, and takes what it finds there for an identifier and a number: let it not be ours.
_PAYLOAD = b"\xff" * 56


class PingConfig(Config):
    """The host to ping, and the loss that is tolerated."""

    host: Host = Field(description="Name or address to ping.")
    count: int = Field(default=3, ge=1, le=10, description="How many packets are sent.")
    max_loss: int = Field(
        default=40,
        ge=0,
        le=99,
        description="More loss than this, in percent, counts as degraded; all lost is down.",
    )
    degraded_ms: Milliseconds | None = Field(
        default=None, description="Slower answers, in milliseconds on average, count as degraded."
    )


@dataclass(slots=True)
class Echoes:
    """The echo replies of one check."""

    sent: int = 0
    times: list[float] = field(default_factory=list)
    """Milliseconds of each round trip."""
    reason: str = ""
    """What a router on the way said of a packet that did not arrive."""


class PingProber(BlockingProber):
    """Echo requests by a socket without privileges where the kernel allows it, else a raw one."""

    kind = "ping"
    label = "Ping"
    config_type = PingConfig

    def probe(self, config: PingConfig, *, timeout: float, guard: AddressGuard) -> Outcome:
        deadline = Deadline(timeout)
        try:
            allowed, blocked = allowed_addresses(config.host, deadline=deadline, guard=guard)
            named = deadline.elapsed_ms()
            with _open(allowed[0]) as sending:
                echoes = _send_all(sending, allowed[0], config.count, deadline)
        except ProbeAbortedError as aborted:
            return aborted.outcome
        if blocked and not echoes.times:  # the address that was not tried might have answered
            return Outcome(ProbeStatus.INCONCLUSIVE, one_line(blocked))
        if not echoes.times and not echoes.reason:
            return deadline.missed("no answer").outcome
        status, message = judge(echoes, config, timeout=timeout)
        if not echoes.times:
            return Outcome(status, message)
        average = sum(echoes.times) / len(echoes.times)
        phases = {"name": named, "total": deadline.elapsed_ms()}
        return Outcome(status, message, latency_ms=average, phases=phases)


def judge(echoes: Echoes, config: PingConfig, *, timeout: float) -> tuple[ProbeStatus, str]:
    """Return down if all is lost, degraded if too much is lost or the average too slow."""
    lost = echoes.sent - len(echoes.times)
    if not echoes.times:
        return ProbeStatus.DOWN, one_line(echoes.reason or f"no answer within {timeout:g} s")
    if lost * 100 > config.max_loss * echoes.sent:
        return ProbeStatus.DEGRADED, f"lost {lost} of {echoes.sent} packets"
    average = sum(echoes.times) / len(echoes.times)
    if config.degraded_ms is not None and average > config.degraded_ms:
        return ProbeStatus.DEGRADED, f"took {average:.0f} ms, more than {config.degraded_ms:g} ms"
    return ProbeStatus.UP, ""


def _open(address: str) -> ICMPSocket:
    """Open a socket for pings. Raises ProbeAbortedError, which says nothing of the target."""
    kind = icmplib.ICMPv6Socket if ":" in address else icmplib.ICMPv4Socket
    try:
        try:
            return kind(privileged=False)
        except SocketPermissionError:
            return kind(privileged=True)
    except SocketPermissionError:
        message = "ping is not permitted here: see net.ipv4.ping_group_range, or grant CAP_NET_RAW"
        raise ProbeAbortedError(ProbeStatus.INCONCLUSIVE, message) from None
    except ICMPSocketError as error:
        raise ProbeAbortedError(ProbeStatus.INCONCLUSIVE, f"no socket: {error}") from None


def _send_all(sending: ICMPSocket, address: str, count: int, deadline: Deadline) -> Echoes:
    """Send one after the other; each is waited for as long as leaves the same for the others."""
    echoes = Echoes()
    identifier = icmplib.utils.unique_identifier()
    for number in range(count):
        try:
            left = deadline.left("no answer")
        except ProbeAbortedError:
            break
        request = icmplib.ICMPRequest(address, identifier, number, payload=_PAYLOAD)
        echoes.sent += 1
        began = time.monotonic()
        try:
            took_ms = _echo(sending, request, timeout=left / (count - number))
        except icmplib.ICMPError as error:
            echoes.reason = str(error).rstrip(".").lower()
            took_ms = None
        if took_ms is not None:
            echoes.times.append(took_ms)
        rest = left / (count - number) - (time.monotonic() - began)
        if number < count - 1:
            time.sleep(max(0.0, min(INTERVAL_SECONDS, rest)))
    return echoes


def _echo(sending: ICMPSocket, request: icmplib.ICMPRequest, *, timeout: float) -> float | None:
    """Return the milliseconds until the answer; None when there was none.

    Raises icmplib.ICMPError if a router on the way says that there will be none, and
    ProbeAbortedError if nothing could be sent.
    """
    began = time.monotonic()
    try:
        sending.send(request)
        while (left := began + timeout - time.monotonic()) > 0:
            try:
                reply = sending.receive(request, min(left, _RECEIVE_SECONDS))
            except TimeoutExceeded:
                continue
            took_ms = (time.monotonic() - began) * 1000
            if _is_answer(reply, request):
                return took_ms
    except ICMPSocketError as error:
        # icmplib puts the kernel's number into words; it is still to be had where it came from.
        cause = error.__context__
        code = cause.errno if isinstance(cause, OSError) and cause.errno else errno.ENOBUFS
        raise ProbeAbortedError(*explain_connect(code)) from None
    return None


def _is_answer(reply: icmplib.ICMPReply, request: icmplib.ICMPRequest) -> bool:
    """Return whether it answers `request`. Raises icmplib.ICMPError if none will come."""
    if reply.type in _ECHO_REPLY:
        return bool(reply.source == request.destination)
    try:
        reply.raise_for_status()
    except (icmplib.DestinationUnreachable, icmplib.TimeExceeded):
        raise
    except icmplib.ICMPError:
        pass  # a redirect, say: the answer may still come
    return False
