"""A small name server on 127.0.0.1 for tests, by UDP and TCP, that misbehaves where told to.

    with NameServer({"shop.example.": {"A": ["192.0.2.1"]}}) as server:
        server.port

Names that it does not know do not exist.
"""

import socket
import struct
import threading
import time
from contextlib import suppress
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.waiting import PATIENCE

Zone = dict[str, dict[str, list[str]]]
LOCAL = "127.0.0.1"


class NameServer:
    """Answers from its zone.

    `mute` says nothing; `silent` are zones of which it says nothing; `lost` is how many questions
    get no answer before the first that does; `garbage` is sent instead of an answer; `truncate`
    has all answers fetched by TCP; `drip` has those come one byte in so many seconds; `hang_up`
    closes that connection after so many bytes of the answer, and its length before it; without
    `edns` it answers `rcode` to who uses that, and others from its zone; `refuse_root` refuses
    questions for the root; `validated` sets the AD flag for who asks for it.
    """

    def __init__(
        self,
        zone: Zone | None = None,
        *,
        mute: bool = False,
        silent: tuple[str, ...] = (),
        edns: bool = True,
        lost: int = 0,
        garbage: bytes = b"",
        rcode: dns.rcode.Rcode = dns.rcode.NOERROR,
        truncate: bool = False,
        drip: float = 0.0,
        hang_up: int | None = None,
        validated: bool = False,
        seconds: float = 0.0,
    ) -> None:
        self.zone, self.mute, self.lost, self.garbage = zone or {}, mute, lost, garbage
        self.rcode, self.truncate, self.drip = rcode, truncate, drip
        self.silent, self.edns, self.hang_up = silent, edns, hang_up
        self.refuse_root = False
        self.validated, self.seconds = validated, seconds
        self.asked: list[str] = []
        self.port = 0
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        # The same port for both: UDP takes the one that TCP was given.
        self._tcp = socket.create_server((LOCAL, 0))
        self.port = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind((LOCAL, self.port))
        self._udp.settimeout(0.05)
        self._tcp.settimeout(0.05)
        self._threads = [
            threading.Thread(target=serve, daemon=True)
            for serve in (self._serve_udp, self._serve_tcp)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_trouble: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._udp.close()
        self._tcp.close()

    def _serve_udp(self) -> None:
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                question, address = self._udp.recvfrom(4096)
                answer = self._answer(question, by="udp")
                if answer is not None:
                    self._udp.sendto(answer, address)

    def _serve_tcp(self) -> None:
        while not self._stopping.is_set():
            with suppress(TimeoutError, OSError):
                connection, _ = self._tcp.accept()
                with connection:
                    connection.settimeout(PATIENCE)
                    (length,) = struct.unpack("!H", connection.recv(2))
                    answer = self._answer(connection.recv(length), by="tcp") or b""
                    framed = (struct.pack("!H", len(answer)) + answer)[: self.hang_up]
                    step = 1 if self.drip else max(1, len(framed))
                    for start in range(0, len(framed), step):
                        connection.sendall(framed[start : start + step])
                        if self._stopping.wait(self.drip):
                            return

    def _answer(self, wire: bytes, *, by: str) -> bytes | None:
        self.asked.append(by)
        if self.mute or len(self.asked) <= self.lost:
            return None
        if self.garbage:
            return self.garbage
        time.sleep(self.seconds)
        query = dns.message.from_wire(wire)
        if query.question[0].name.to_text(omit_final_dot=True).endswith(self.silent or ("//",)):
            return None
        response = dns.message.make_response(query, recursion_available=True)
        rcode = self.rcode if self.edns or query.edns >= 0 else dns.rcode.NOERROR
        if self.refuse_root and query.question[0].name == dns.name.root:
            rcode = dns.rcode.REFUSED
        if not self.edns:
            response.use_edns(False)
        response.set_rcode(rcode)
        if self.validated and query.flags & dns.flags.AD:
            response.flags |= dns.flags.AD
        if self.truncate and by == "udp":
            response.flags |= dns.flags.TC
        elif rcode == dns.rcode.NOERROR:
            self._fill(response)
        return response.to_wire()

    def _fill(self, response: dns.message.Message) -> None:
        question = response.question[0]
        name, wanted = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
        while True:
            records = self.zone.get(name)
            if records is None:
                response.set_rcode(dns.rcode.NXDOMAIN)
                return
            for kind in (wanted, "CNAME"):
                if kind in records:
                    response.answer.append(
                        dns.rrset.from_text_list(name, 60, "IN", kind, records[kind])
                    )
                    break
            else:
                return
            if kind == wanted:
                return
            name = records["CNAME"][0]
