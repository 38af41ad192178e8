"""Questions to this machine's name servers, sent without its own resolver."""

import random
import selectors
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver

RESOLV_CONF = Path("/etc/resolv.conf")
RESEND_SECONDS = 0.3
"""After this time without an answer a question is sent once more: datagrams get lost."""
# What the system's own resolver does unless it is told otherwise (resolv.conf(5)).
_MAX_SERVERS, _PATIENCE, _DOTS = 3, 5.0, 1
_CONCLUSIVE = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
_BYTES = 65_535

Question = tuple[dns.name.Name, dns.rdatatype.RdataType]
ROOT: Question = (dns.name.root, dns.rdatatype.NS)


@dataclass(frozen=True, slots=True)
class NameServers:
    """The name servers of this machine, as its own resolver uses them."""

    addresses: tuple[str, ...] = ("127.0.0.1",)
    """In the order in which they are asked."""
    port: int = 53
    patience: float = _PATIENCE
    """Seconds that the system's resolver waits for one before it asks the next."""
    search: tuple[dns.name.Name, ...] = ()
    dots: int = _DOTS
    """A name with fewer dots is looked up below the names in `search` as well."""

    def questions(self, host: str) -> list[Question]:
        """Return what is asked when this name is looked up; none if it is not a name."""
        try:
            name = dns.name.from_text(host, None)
            if name.is_absolute():
                found = [name]
            else:
                short = host.count(".") < self.dots
                suffixes = (*self.search, dns.name.root) if short else (dns.name.root,)
                found = [name.derelativize(suffix) for suffix in suffixes]
        except dns.exception.DNSException:
            return []
        return [(each, dns.rdatatype.A) for each in found]


def system_name_servers() -> NameServers:
    """Return those of /etc/resolv.conf as it is now. Raises OSError when it cannot be read."""
    try:
        # By ourselves: dnspython takes a file that cannot be opened for one that is not there.
        with RESOLV_CONF.open(encoding="utf-8", errors="replace") as file:
            system = dns.resolver.Resolver(configure=False)
            system.timeout, system.ndots = _PATIENCE, _DOTS
            system.read_resolv_conf(file)
    except (FileNotFoundError, PermissionError, dns.resolver.NoResolverConfiguration):
        return NameServers()  # what the system's resolver takes then, too
    addresses = tuple(str(each) for each in system.nameservers)[:_MAX_SERVERS]
    search = tuple(system.search) or ((system.domain,) if system.domain != dns.name.root else ())
    return NameServers(addresses, system.port, float(system.timeout), search, system.ndots or 0)


def ask(
    servers: NameServers, questions: Iterable[Question], *, seconds: float
) -> dict[Question, float]:
    """Ask all servers at once; return the questions that were answered.

    Each with the seconds that the system's resolver, which waits for one server after the other,
    would have needed. An answer is a record or the word that there is none; a refusal is not.
    Raises OSError for want of a socket.
    """
    asking = _Asking(servers, tuple(dict.fromkeys(questions)))
    try:
        return asking.run(seconds)
    finally:
        asking.close()


@dataclass(slots=True)
class _Server:
    socket: socket.socket
    said: dict[int, tuple[float, bool]] = field(default_factory=dict)
    """For each question what it said: when, and whether that was conclusive."""
    gone: bool = False


class _Asking:
    """Some questions to some servers, under way."""

    def __init__(self, servers: NameServers, questions: Sequence[Question]) -> None:
        self._questions, self._patience = questions, servers.patience
        first = random.randrange(1 << 16)  # noqa: S311  (nothing is believed that is not asked)
        self._packets = {
            (first + place) % (1 << 16): dns.message.make_query(
                name, kind, id=(first + place) % (1 << 16)
            ).to_wire()
            for place, (name, kind) in enumerate(questions)
        }
        self._places = {number: place for place, number in enumerate(self._packets)}
        self._servers: list[_Server] = []
        self._selector = selectors.PollSelector()
        try:
            for address in servers.addresses:
                self._open(address, servers.port)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        self._selector.close()
        for server in self._servers:
            server.socket.close()

    def run(self, seconds: float) -> dict[Question, float]:
        began = monotonic()
        resend, until = began + RESEND_SECONDS, began + seconds
        self._send()
        while (now := monotonic()) < until and not self._is_done():
            if now >= resend:
                self._send()
                resend = until
            for key, _ in self._selector.select(min(resend, until) - now):
                self._receive(key.data, began)
        found = {}
        for place, question in enumerate(self._questions):
            if (needed := self._needed(place)) is not None:
                found[question] = needed
        return found

    def _open(self, address: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        server = _Server(socket.socket(family, socket.SOCK_DGRAM))
        self._servers.append(server)
        server.socket.setblocking(False)
        try:
            # Connected, it hears that the port is closed, and no other host's answers.
            server.socket.connect((address, port))
        except OSError:
            server.gone = True
            return
        self._selector.register(server.socket, selectors.EVENT_READ, server)

    def _send(self) -> None:
        for server in self._servers:
            for number, packet in self._packets.items():
                if server.gone or self._places[number] in server.said:
                    continue
                try:
                    server.socket.send(packet)
                except OSError:
                    self._lose(server)

    def _receive(self, server: _Server, began: float) -> None:
        try:
            packet = server.socket.recv(_BYTES)
        except BlockingIOError:
            return
        except OSError:  # nobody listens there
            self._lose(server)
            return
        place = self._places.get(int.from_bytes(packet[:2], "big"))
        if place is None or len(packet) < 12 or not packet[2] & 0x80:
            return
        # The head tells all that is to be known, of a cut answer too.
        server.said[place] = monotonic() - began, (packet[3] & 0x0F) in _CONCLUSIVE

    def _lose(self, server: _Server) -> None:
        if not server.gone:
            server.gone = True
            self._selector.unregister(server.socket)

    def _is_done(self) -> bool:
        """Return whether no further answer can change anything."""
        for place in range(len(self._questions)):
            for server in self._servers:
                said = server.said.get(place)
                if said is not None and said[1]:
                    break
                if said is None and not server.gone:
                    return False
        return True

    def _needed(self, place: int) -> float | None:
        silent = 0
        for server in self._servers:
            said = server.said.get(place)
            if said is None:
                silent += not server.gone
            elif said[1]:
                return silent * self._patience + said[0]
        return None
