"""The switch to TLS in the middle of a protocol (STARTTLS and its relatives).

What follows the server's consent before the handshake is not read on: a man in the middle could
have put it there (CVE-2011-0411). A server that says more is reported as such.
"""

import re
from collections.abc import Callable
from typing import Literal

from monitors.probing.connections import Deadline, OpenConnection
from monitors.probing.services.dialogue import Dialogue

Protocol = Literal["none", "smtp", "imap", "pop3", "ftp", "ldap"]

# An LDAPMessage with the ExtendedRequest for StartTLS (RFC 4511, 4.14.1), in BER.
_LDAP_REQUEST = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"
_LDAP_SUCCESS = b"\x0a\x01\x00"  # resultCode 0
_CODED_END = re.compile(rb"^\d\d\d(?: [^\r\n]*)?\r?\n", re.MULTILINE)
_LINE_END = re.compile(rb"^[^\r\n]*\r?\n")
_TAGGED_END = re.compile(rb"^a1 [^\r\n]*\r?\n", re.MULTILINE)


def start_tls(connection: OpenConnection, protocol: Protocol, *, deadline: Deadline) -> None:
    """Have the server expect a TLS handshake next. Raises ProbeAbortedError."""
    if protocol == "none":
        return
    dialogue = Dialogue(connection, deadline, protocol.upper())
    _DIALOGUES[protocol](dialogue)
    if not dialogue.is_drained:
        raise dialogue.failed("the server says more before TLS than was asked for")


def _smtp(dialogue: Dialogue) -> None:
    dialogue.expect(dialogue.receive(_CODED_END), b"220", "no greeting")
    dialogue.send(b"EHLO statuspage.invalid\r\n")
    offers = dialogue.receive(_CODED_END)
    dialogue.expect(offers, b"250", "EHLO is refused")
    if b"STARTTLS" not in offers.upper():
        raise dialogue.failed("SMTP: STARTTLS is not offered")
    dialogue.send(b"STARTTLS\r\n")
    dialogue.expect(dialogue.receive(_CODED_END), b"220", "STARTTLS is refused")


def _imap(dialogue: Dialogue) -> None:
    dialogue.expect(dialogue.receive(_LINE_END), b"* OK", "no greeting")
    dialogue.send(b"a1 STARTTLS\r\n")
    reply = dialogue.receive(_TAGGED_END)
    dialogue.expect(reply[reply.rindex(b"a1 ") :], b"a1 OK", "STARTTLS is refused")


def _pop3(dialogue: Dialogue) -> None:
    dialogue.expect(dialogue.receive(_LINE_END), b"+OK", "no greeting")
    dialogue.send(b"STLS\r\n")
    dialogue.expect(dialogue.receive(_LINE_END), b"+OK", "STLS is refused")


def _ftp(dialogue: Dialogue) -> None:
    dialogue.expect(dialogue.receive(_CODED_END), b"220", "no greeting")
    dialogue.send(b"AUTH TLS\r\n")
    dialogue.expect(dialogue.receive(_CODED_END), b"234", "AUTH TLS is refused")


def _ldap(dialogue: Dialogue) -> None:
    dialogue.send(_LDAP_REQUEST)
    reply = dialogue.receive_chunk()
    if not reply.startswith(b"\x30") or b"\x78" not in reply:
        raise dialogue.failed("the answer is not LDAP")
    if _LDAP_SUCCESS not in reply:
        raise dialogue.failed("LDAP: StartTLS is refused")


_DIALOGUES: dict[str, Callable[[Dialogue], None]] = {
    "smtp": _smtp, "imap": _imap, "pop3": _pop3, "ftp": _ftp, "ldap": _ldap,
}  # fmt: skip
