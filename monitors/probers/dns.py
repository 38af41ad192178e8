"""The kind `dns`: one query to name servers, judged by their answer."""

import errno
import socket
from collections.abc import Sequence
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Literal

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.reversename
from pydantic import Field, ValidationInfo, field_validator

from components.network.address_guard import AddressGuard
from monitors.probing.base import BlockingProber, Config, Outcome, ProbeStatus, one_line
from monitors.probing.connections import Deadline, ProbeAbortedError
from monitors.probing.curl_errors import explain_connect
from monitors.probing.host_fields import Milliseconds, Port, ascii_host
from monitors.probing.name_servers.health import health
from monitors.probing.name_servers.queries import NameServers
from monitors.probing.resolver import NO_NAME_SERVER

QUERY_TIMEOUT_SECONDS = 1.0
"""The time-out of one server in the first round; twice as long in each further one."""
_UDP_BYTES = 1232  # what passes everywhere in one piece (DNS flag day 2020)

_WITHOUT_EDNS = (dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS)
"""What a server answers that knows no EDNS, or not ours: it is asked without (RFC 6891, 6.2.2)."""

RecordType = Literal["A", "AAAA", "CNAME", "MX", "TXT", "NS", "SOA", "CAA", "SRV", "PTR"]


class DnsConfig(Config):
    """The query, the name servers, and the expected answer."""

    name: str = Field(
        max_length=255, description="Name to ask about; with PTR an address will do as well."
    )
    record_type: RecordType = Field(default="A", description="Type of record to ask for.")
    expected: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="Values as they stand in a zone, one a line, such as “10 mail.example.org”; "
        "none: any answer is good.",
    )
    match: Literal["all", "any"] = Field(
        default="all",
        description="Whether all expected values must be among the answers, or any of them.",
    )
    resolvers: list[str] = Field(
        default_factory=list,
        max_length=5,
        description="Addresses of the name servers to ask, one a line, in this order; none: the "
        "system's.",
    )
    port: Port = Field(default=53, description="Port of these name servers.")
    require_ad: bool = Field(
        default=False,
        description="Whether the name server must have validated the answer with DNSSEC (the AD "
        "flag).",
    )
    degraded_ms: Milliseconds | None = Field(
        default=None, description="Slower answers, in milliseconds, count as degraded."
    )

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        name = ascii_host(name)
        try:
            dns.name.from_text(name)
        except dns.exception.DNSException as error:
            raise ValueError(f"is not a name: {one_line(str(error), limit=100)}") from None
        if not name.strip(". "):
            raise ValueError("is not a name")
        return name

    @field_validator("expected")
    @classmethod
    def _check_expected(cls, values: list[str], info: ValidationInfo) -> list[str]:
        for value in values:
            # Without a good record type there is nothing to compare with; that has its own message.
            if "record_type" in info.data:
                _key_from_text(info.data["record_type"], value)
        return values

    @field_validator("resolvers")
    @classmethod
    def _check_resolvers(cls, addresses: list[str]) -> list[str]:
        for address in addresses:
            try:
                ip_address(address)
            except ValueError:
                raise ValueError(f"{one_line(address, limit=60)!r} is not an address") from None
        return addresses

    @cached_property
    def question(self) -> dns.name.Name:
        if self.record_type == "PTR":
            try:
                return dns.reversename.from_address(str(ip_address(self.name)))
            except ValueError:
                pass
        return dns.name.from_text(self.name)

    @cached_property
    def expected_values(self) -> dict[bytes, str]:
        """The expected values by the keys they are compared with."""
        return {_key_from_text(self.record_type, value): value for value in self.expected}


def _key_from_text(record_type: str, value: str) -> bytes:
    """Return what the value of a record is compared by. Raises ValueError."""
    if record_type == "TXT":
        # People write the text itself; a zone's quotes are allowed.
        quoted = len(value) > 1 and value[0] == value[-1] == '"'
        return (value[1:-1] if quoted else value).encode()
    value = " ".join(map(ascii_host, value.split(" ")))
    try:
        record = dns.rdata.from_text(
            dns.rdataclass.IN,
            dns.rdatatype.from_text(record_type),
            value,
            origin=dns.name.root,
            relativize=False,
        )
    except (dns.exception.DNSException, ValueError) as error:
        message = one_line(str(error), limit=100) or "it cannot be read"
        raise ValueError(f"{one_line(value, limit=60)!r} is not {record_type}: {message}") from None
    return _key(record)


def _key(record: Any) -> bytes:
    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings)
    return bytes(record.to_digestable())


class DnsProber(BlockingProber):
    """A query by UDP, and by TCP when the answer does not fit."""

    kind = "dns"
    label = "DNS record"
    config_type = DnsConfig

    def probe(self, config: DnsConfig, *, timeout: float, guard: AddressGuard) -> Outcome:
        deadline = Deadline(timeout)
        try:
            servers = _servers(config, guard)
            if config.resolvers:
                response = _query(config, servers, deadline)
            else:
                response = _query_system(config, servers, deadline)
            took = deadline.elapsed_ms()
            _judge(config, response)
        except ProbeAbortedError as aborted:
            return aborted.outcome
        phases = {"first_byte": took, "total": took}
        if config.degraded_ms is not None and took > config.degraded_ms:
            message = f"took {took:.0f} ms, more than {config.degraded_ms:g} ms"
            return Outcome(ProbeStatus.DEGRADED, message, latency_ms=took, phases=phases)
        return Outcome(ProbeStatus.UP, latency_ms=took, phases=phases)


def _servers(config: DnsConfig, guard: AddressGuard) -> list[tuple[str, int]]:
    """Return the servers to query. The guard judges those that a monitor names alone."""
    if not config.resolvers:
        try:
            system = dns.resolver.Resolver()
        except dns.exception.DNSException:
            raise ProbeAbortedError(
                ProbeStatus.INCONCLUSIVE, "this machine has no name server"
            ) from None
        return [(str(each), system.port) for each in system.nameservers]
    for address in config.resolvers:
        refusal = guard.refusal(address)
        if refusal is not None:
            raise ProbeAbortedError(
                ProbeStatus.INCONCLUSIVE, f"blocked address {address}: {refusal}"
            )
    return [(address, config.port) for address in config.resolvers]


def _query_system(
    config: DnsConfig, servers: Sequence[tuple[str, int]], deadline: Deadline
) -> dns.message.Message:
    """Do as `_query`; a failure counts only while these servers answer other questions."""
    again = False
    while True:
        try:
            return _query(config, servers, deadline)
        except ProbeAbortedError as aborted:
            failure = _confirmed(aborted, config, servers, deadline)
            if failure is not aborted or again or deadline.is_over:
                raise failure from None
        again = True  # they may have been away for that moment only


def _confirmed(
    aborted: ProbeAbortedError,
    config: DnsConfig,
    servers: Sequence[tuple[str, int]],
    deadline: Deadline,
) -> ProbeAbortedError:
    """Return a failure as it is, or that this machine's name servers do not answer at all."""
    name = config.question.to_text(omit_final_dot=True)
    system = NameServers(tuple(address for address, _ in servers), servers[0][1])
    if deadline.is_over:
        question = (config.question, dns.rdatatype.from_text(config.record_type))
        unasked = health.is_late_for_us(
            name, within=deadline.timeout, servers=system, question=question
        )
    else:
        unasked = health.answer(other_than=name, servers=system) is None
    return ProbeAbortedError.of(NO_NAME_SERVER) if unasked else aborted


def _query(
    config: DnsConfig, servers: Sequence[tuple[str, int]], deadline: Deadline
) -> dns.message.Message:
    """Return the first response that settles the query. Raises ProbeAbortedError.

    All servers in turn, and again for as long as one of them has only been silent: a datagram can
    get lost. What a server said in the way of trouble counts if no other does better.
    """
    query, plain = _message(config, edns=True), _message(config, edns=False)
    failure: ProbeAbortedError | None = None
    silent, timeout = True, QUERY_TIMEOUT_SECONDS
    while silent:
        silent = False
        for server in servers:
            try:
                left = deadline.left("no answer")
                response = _exchange(query, server, timeout=min(timeout, left), deadline=deadline)
                if response.rcode() in _WITHOUT_EDNS:
                    left = deadline.left("no answer")
                    response = _exchange(
                        plain, server, timeout=min(timeout, left), deadline=deadline
                    )
            except dns.exception.Timeout:
                silent = True
                continue
            except ProbeAbortedError as aborted:  # the deadline
                raise failure or aborted from None
            except (OSError, EOFError, dns.exception.DNSException, ValueError) as error:
                failure = _error(error)
                continue
            if response.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return response
            answer = dns.rcode.to_text(response.rcode())
            failure = ProbeAbortedError(ProbeStatus.DOWN, f"the name server answers {answer}")
        timeout *= 2
    raise failure or ProbeAbortedError(ProbeStatus.INCONCLUSIVE, "there is no name server to ask")


def _message(config: DnsConfig, *, edns: bool) -> dns.message.QueryMessage:
    query = dns.message.make_query(config.question, config.record_type)
    if edns:
        query.use_edns(0, payload=_UDP_BYTES)
    if config.require_ad:
        query.flags |= dns.flags.AD
    return query


def _exchange(
    query: dns.message.Message, server: tuple[str, int], *, timeout: float, deadline: Deadline
) -> dns.message.Message:
    address, port = server
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.setblocking(False)
        # Connected, it hears that the port is closed, and no other host's answers.
        udp.connect(server)
        try:
            return dns.query.udp(
                query, address, timeout=timeout, port=port, sock=udp, raise_on_truncation=True
            )
        except dns.message.Truncated:
            left = deadline.left("no complete answer")
            return dns.query.tcp(query, address, timeout=left, port=port)


def _error(error: Exception) -> ProbeAbortedError:
    if isinstance(error, EOFError):  # by TCP
        return ProbeAbortedError(ProbeStatus.DOWN, "the connection was closed without an answer")
    if not isinstance(error, OSError):
        return ProbeAbortedError(ProbeStatus.DOWN, "the answer is not DNS")
    return ProbeAbortedError(*explain_connect(error.errno or errno.ECONNREFUSED))


def _judge(config: DnsConfig, response: dns.message.Message) -> None:
    """Check the response. Raises ProbeAbortedError when it is not the expected one."""
    name = one_line(config.question.to_text(omit_final_dot=True), limit=100)
    if response.rcode() == dns.rcode.NXDOMAIN:
        raise ProbeAbortedError(ProbeStatus.DOWN, f"{name} does not exist (NXDOMAIN)")
    found = _records(config, response)
    if not found:
        raise ProbeAbortedError(ProbeStatus.DOWN, f"{name} has no {config.record_type} record")
    if config.require_ad and not response.flags & dns.flags.AD:
        raise ProbeAbortedError(
            ProbeStatus.DOWN, "the answer is not validated by DNSSEC (no AD flag)"
        )
    missing = [value for key, value in config.expected_values.items() if key not in found]
    if config.match == "any" and len(missing) < len(config.expected_values):
        return
    if missing:
        either = "any of " if config.match == "any" and len(missing) > 1 else ""
        answers, wanted = _join_values(list(found.values())), _join_values(missing)
        raise ProbeAbortedError(ProbeStatus.DOWN, f"answer is {answers}, expected {either}{wanted}")


def _records(config: DnsConfig, response: dns.message.Message) -> dict[bytes, str]:
    """Return the answers to the query, at the end of its aliases, with how they are shown."""
    if not isinstance(response, dns.message.QueryMessage):
        raise ProbeAbortedError(ProbeStatus.DOWN, "the answer is not DNS")
    try:
        answer = response.resolve_chaining().answer
    except dns.exception.DNSException as error:
        message = one_line(str(error), limit=100)
        raise ProbeAbortedError(ProbeStatus.DOWN, f"the answer makes no sense: {message}") from None
    # Sorted, for servers rotate them: the same answer is to be shown in the same words.
    shown = {_key(record): one_line(record.to_text(), limit=80) for record in answer or ()}
    return dict(sorted(shown.items()))


def _join_values(values: Sequence[str]) -> str:
    more = f" and {len(values) - 3} more" if len(values) > 3 else ""
    return ", ".join(one_line(value, limit=80) for value in values[:3]) + more
