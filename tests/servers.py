"""Real HTTP targets on 127.0.0.1 for tests: one that behaves in every way, and one that is mute.

    with Target() as target:
        target.url("/status/503")

What a path does is written at `Target`. With `tls=make_certificate(folder)` it speaks HTTPS.
"""

import datetime as dt
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.certificates import LOCAL, Certificate, make_certificate

__all__ = ["LOCAL", "Certificate", "Greeter", "Listener", "Mute", "Request", "Target",
           "make_certificate", "tls_server"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """What a target was asked. Header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=lambda: dt.datetime.now(dt.UTC).timestamp())


class Listener:
    """Accepts connections, each in a thread of its own, until it is stopped."""

    scheme = "http"
    address = LOCAL

    def __init__(self, *, port: int = 0) -> None:
        self.port = port
        self.accepted = 0
        """Connections so far."""
        self._stopping = threading.Event()
        self._socket: socket.socket | None = None
        self._accepting: threading.Thread | None = None
        self._connections: set[socket.socket] = set()

    def start(self) -> None:
        """Listen, after a `stop` on the same port as before."""
        self._stopping.clear()
        self._socket = socket.create_server((self.address, self.port), backlog=512)
        self.port = self._socket.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, args=(self._socket,), daemon=True)
        self._accepting.start()

    def stop(self) -> None:
        """Refuse connections from now on and break off those that are open."""
        self._stopping.set()
        if self._socket is None or self._accepting is None:
            return
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes `accept`, which `close` does not
        self._accepting.join()
        self._socket.close()
        self._socket = None
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def url(self, path: str = "/", *, host: str = LOCAL) -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.accepted += 1
            self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            # A target's own troubles (the prober hung up) are no concern of the test.
            with suppress(OSError, ssl.SSLError):
                self._talk(connection)
        finally:
            self._connections.discard(connection)
            connection.close()

    def _talk(self, connection: socket.socket) -> None:
        raise NotImplementedError


class Greeter(Listener):
    """Says `greeting` to whoever connects, then answers what it hears by `answers`, else hangs up.

    With `seconds` it says one byte in so many seconds.
    """

    def __init__(
        self,
        greeting: bytes = b"",
        *,
        answers: dict[bytes, bytes] | None = None,
        seconds: float = 0.0,
        tls: Certificate | None = None,
    ) -> None:
        super().__init__()
        self.heard: list[bytes] = []
        self._greeting, self._answers, self._seconds = greeting, answers or {}, seconds
        self._tls = None if tls is None else tls_server(tls)

    def _talk(self, connection: socket.socket) -> None:
        if self._tls is None:
            self._converse(connection)
            return
        with self._tls.wrap_socket(connection, server_side=True) as secured:
            self._converse(secured)

    def _converse(self, connection: socket.socket) -> None:
        self._say(connection, self._greeting)
        while heard := connection.recv(65_536):
            self.heard.append(heard)
            if heard not in self._answers:
                return
            self._say(connection, self._answers[heard])

    def _say(self, connection: socket.socket, text: bytes) -> None:
        step = 1 if self._seconds else max(1, len(text))
        for start in range(0, len(text), step):
            connection.sendall(text[start : start + step])
            if self._stopping.wait(self._seconds):
                return


def tls_server(certificate: Certificate) -> ssl.SSLContext:
    """The settings of a server that presents this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.path, certificate.key_path)
    return context


class Mute(Listener):
    """Accepts connections and never says a word, not even in a TLS handshake."""

    def _talk(self, connection: socket.socket) -> None:
        self._stopping.wait()


class Target(Listener):
    """A web server whose paths behave:

    | path | answer |
    |---|---|
    | `/ok` and any other | 200 and `ok` |
    | `/status/503` | that status |
    | `/slow?seconds=0.3` | 200 after that time |
    | `/stall` | nothing, the connection stays open |
    | `/half` | headers and half of the body, then nothing |
    | `/drip` | a body of one byte a second |
    | `/drip-headers` | headers of one byte a second |
    | `/endless` | a body without end |
    | `/bomb` | 1 GiB of zeros as a gzip body of 1 MiB |
    | `/transfer-bomb` | the same as a transfer encoding that nobody asked for |
    | `/headers?count=5000` | so many headers |
    | `/endless-headers` | headers without end |
    | `/garbage` | bytes that are not HTTP |
    | `/http09` | a body without status line or headers |
    | `/redirect?to=URL&status=302` | a redirect to there |
    | `/loop` | 302 to itself |
    | `/close` | the connection closes without an answer |
    | `/short` | the connection closes before the body has all been sent |
    | `/echo` | 200 and the request line and headers |

    `requests` is what it has been asked so far.
    """

    def __init__(self, *, port: int = 0, tls: Certificate | None = None) -> None:
        super().__init__(port=port)
        self.requests: list[Request] = []
        self._tls = None if tls is None else tls_server(tls)
        if tls is not None:
            self.scheme = "https"

    def _talk(self, connection: socket.socket) -> None:
        if self._tls is None:
            self._answer(connection)
            return
        with self._tls.wrap_socket(connection, server_side=True) as secured:
            # The wrapped socket has taken the descriptor over.
            self._connections.add(secured)
            try:
                self._answer(secured)
            finally:
                self._connections.discard(secured)

    def _answer(self, connection: socket.socket) -> None:
        request = _read_request(connection)
        if request is None:
            return
        self.requests.append(request)
        for piece in self._pieces(request):
            connection.sendall(piece)
            if self._stopping.is_set():
                return

    def _pieces(self, request: Request) -> Iterator[bytes]:
        name, _, rest = request.path.lstrip("/").partition("/")
        behaviour = getattr(self, f"_do_{name.replace('-', '_')}", None)
        if name == "status":
            yield _response(rest, body=b"" if rest in ("204", "304") else rest.encode())
        elif behaviour is not None:
            yield from behaviour(request)
        else:
            yield _response("200 OK", body=b"ok")

    def _do_slow(self, request: Request) -> Iterator[bytes]:
        self._stopping.wait(float(request.query["seconds"]))
        yield _response("200 OK", body=b"ok")

    def _do_stall(self, request: Request) -> Iterator[bytes]:
        self._stopping.wait()
        yield b""

    def _do_half(self, request: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf."
        self._stopping.wait()

    def _do_drip(self, request: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
        while not self._stopping.wait(1):
            yield b"."

    def _do_drip_headers(self, request: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nX-Drip: "
        while not self._stopping.wait(1):
            yield b"."

    def _do_endless(self, request: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        while True:
            yield b"." * 65_536

    def _do_bomb(self, request: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
        yield from _bomb()

    def _do_transfer_bomb(self, request: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n"
        yield from _bomb()

    def _do_headers(self, request: Request) -> Iterator[bytes]:
        count = int(request.query.get("count", "5000"))
        flood = b"".join(b"X-Flood-%d: %d\r\n" % (number, number) for number in range(count))
        yield b"HTTP/1.1 200 OK\r\n" + flood + b"Content-Length: 2\r\n\r\nok"

    def _do_endless_headers(self, request: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        while True:
            yield b"X-Flood: 0123456789\r\n" * 1000

    def _do_garbage(self, request: Request) -> Iterator[bytes]:
        yield bytes(range(256)) * 4

    def _do_http09(self, request: Request) -> Iterator[bytes]:
        yield b"just a body\n"

    def _do_redirect(self, request: Request) -> Iterator[bytes]:
        status = request.query.get("status", "302")
        yield _response(f"{status} Elsewhere", f"Location: {request.query['to']}")

    def _do_loop(self, request: Request) -> Iterator[bytes]:
        yield _response("302 Found", f"Location: {request.path}")

    def _do_close(self, request: Request) -> Iterator[bytes]:
        yield from ()

    def _do_short(self, request: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"

    def _do_echo(self, request: Request) -> Iterator[bytes]:
        lines = [f"{request.method} {request.path}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        yield _response("200 OK", body="\n".join(lines).encode())


def _response(status: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _bomb() -> Iterator[bytes]:
    """1 GiB of zeros in gzip. After a full flush a block means the same wherever it stands."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield packer.compress(b"\0" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"\0" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    yield block * 1023


def _read_request(connection: socket.socket) -> Request | None:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65_536)
        if not chunk:
            return None
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    request_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    missing = int(headers.get("content-length", "0")) - len(body)
    while missing > 0:
        chunk = connection.recv(missing)
        if not chunk:
            return None
        body, missing = body + chunk, missing - len(chunk)
    method, target, _ = request_line.split(" ", 2)
    parts = urlsplit(target)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return Request(method, unquote(parts.path), query, headers, body)
