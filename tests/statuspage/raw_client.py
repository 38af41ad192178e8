"""Speaks HTTP by the byte over one connection, as no well-behaved client would."""

import re
import socket
import time
from typing import Self

from tests.waiting import PATIENCE

PAGE = b"GET /status HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n"
_END = b"\r\n\r\n"
_DATE = re.compile(rb"(?i)date: [^\r]+\r\n")


class Client:
    """A connection, kept open over many requests."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.socket.close()

    def send(self, *pieces: bytes) -> None:
        """Each piece in a packet of its own."""
        for number, piece in enumerate(pieces):
            if number:
                time.sleep(0.01)
            self.socket.sendall(piece)

    def answer(self, *, headless: bool = False) -> bytes:
        """The next whole answer, without its date; nothing when the connection was closed."""
        head = b""
        while not head.endswith(_END) and (line := self._file.readline()):
            head += line
        length = re.search(rb"(?i)content-length: (\d+)", head)
        body = b""
        if b"transfer-encoding: chunked" in head.lower():
            while not body.endswith(b"0\r\n\r\n"):
                body += self._file.readline()
        elif length is not None and not headless:
            body = self._file.read(int(length[1]))
        return _DATE.sub(b"", head) + body
