"""Real servers that go over to TLS in the middle of a protocol, as the standard clients ask."""

import socket
from collections.abc import Callable
from contextlib import suppress

from tests.certificates import Certificate
from tests.servers import Listener, tls_server

Line = Callable[[], bytes]

_LDAP_YES = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
_LDAP_NO = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"


class StartTls(Listener):
    """Speaks imap, pop3, ftp or ldap as far as a client needs to get to TLS and say good-bye."""

    def __init__(
        self,
        protocol: str,
        certificate: Certificate,
        *,
        refusing: bool = False,
    ) -> None:
        super().__init__()
        self._protocol, self._tls = protocol, tls_server(certificate)
        self._refusing = refusing

    def _talk(self, connection: socket.socket) -> None:
        heard = connection.makefile("rb", buffering=0)
        consent = {"imap": self._imap, "pop3": self._pop3, "ftp": self._ftp, "ldap": self._ldap}
        with heard:
            if not consent[self._protocol](connection, heard.readline):
                return
        with self._tls.wrap_socket(connection, server_side=True) as secured, suppress(OSError):
            while said := secured.recv(4096):
                tag = said.partition(b" ")[0]
                imap = b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n"
                secured.sendall(imap if self._protocol == "imap" else b"+OK\r\n")

    def _imap(self, connection: socket.socket, line: Line) -> bool:
        connection.sendall(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n")
        while heard := line():
            tag, _, command = heard.strip().partition(b" ")
            if command == b"CAPABILITY":
                connection.sendall(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + tag + b" OK done\r\n")
                continue
            word = b" NO not now\r\n" if self._refusing else b" OK begin TLS\r\n"
            connection.sendall(b"* OK still here\r\n" + tag + word)
            return not self._refusing
        return False

    def _pop3(self, connection: socket.socket, line: Line) -> bool:
        connection.sendall(b"+OK ready\r\n")
        while heard := line():
            if heard.strip() == b"CAPA":
                connection.sendall(b"+OK list\r\nSTLS\r\n.\r\n")
                continue
            connection.sendall(b"-ERR no\r\n" if self._refusing else b"+OK begin\r\n")
            return not self._refusing
        return False

    def _ftp(self, connection: socket.socket, line: Line) -> bool:
        connection.sendall(b"220-welcome\r\n220-to this\r\n220 server\r\n")
        line()
        connection.sendall(b"502 no\r\n" if self._refusing else b"234 begin\r\n")
        return not self._refusing

    def _ldap(self, connection: socket.socket, line: Line) -> bool:
        connection.recv(4096)
        connection.sendall(_LDAP_NO if self._refusing else _LDAP_YES)
        return not self._refusing
