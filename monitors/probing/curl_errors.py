"""What libcurl's errors mean: whose fault they are, and how to tell them to people.

The table is complete on purpose. An error that is not in it, from a newer libcurl perhaps, says
nothing certain about the target and is therefore inconclusive.
"""

import errno
import os
import re
from collections.abc import Callable
from enum import Enum, auto

from monitors.probing.base import ProbeStatus, one_line

Phrase = Callable[[str], str]
"""libcurl's message -> words for people."""


class Reached(Enum):
    """How far a transfer had got."""

    NOTHING = auto()
    NAME = auto()
    CONNECTION = auto()
    REQUEST = auto()
    STATUS = auto()


_OUT_OF_SOCKETS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_OURS = _OUT_OF_SOCKETS | {
    errno.EADDRNOTAVAIL,  # no local port left
    errno.EACCES,  # our own firewall
    errno.EPERM,
    errno.ENETDOWN,
    errno.ENETUNREACH,  # this machine has no way there: its own network, not the target
    errno.EAFNOSUPPORT,
}
"""What the kernel says of a failed connect when the reason lies on this machine."""


def _fixed(text: str) -> Phrase:
    return lambda _message: text


def _told(text: str) -> Phrase:
    return lambda message: f"{text}: {message}" if message else text


def _protocol(message: str) -> str:
    if "HTTP/0.9" in message:
        return "the answer is not HTTP"
    return f"redirected to where a probe does not go: {message}"


def _certificate(message: str) -> str:
    reason = re.sub(r"^SSL( certificate)?( problem| OpenSSL verify result)?: ", "", message)
    return "certificate is not valid: " + re.sub(r" \(\d+\)$", "", reason)


UNCONNECTED, TIMED_OUT = 7, 28  # told by `unconnected` and `_LATE`
_LATE = {
    Reached.NOTHING: "the name did not resolve",
    Reached.NAME: "no connection",
    Reached.CONNECTION: "no TLS handshake",
    Reached.REQUEST: "no answer",
    Reached.STATUS: "no complete answer",
}
# libcurl's numbers: pycurl names most of them, not all.
_TARGETS_FAULT: dict[int, Phrase] = {
    1: _protocol,  # unsupported protocol: a redirect to it, or an answer in HTTP/0.9
    3: _fixed("redirected to an address that cannot be read"),
    6: _fixed("name does not resolve"),
    8: _fixed("the answer is not HTTP"),
    16: _told("HTTP/2 went wrong"),
    18: _fixed("the answer broke off before its end"),
    35: _told("TLS handshake failed"),
    47: _fixed("too many redirects"),
    51: _certificate,
    52: _fixed("the connection was closed without an answer"),
    55: _told("the connection broke while sending"),
    56: _told("the connection broke while reading"),
    60: _certificate,
    61: _told("the answer's encoding cannot be read"),
    63: _fixed("the answer is too large"),
    64: _told("TLS is needed"),
    83: _certificate,
    90: _certificate,
    91: _certificate,
    92: _told("HTTP/2 went wrong"),
    95: _told("HTTP/3 went wrong"),
    96: _told("QUIC went wrong"),
    98: _fixed("it asks for a client certificate"),
    100: _fixed("the answer has too many headers, or too large ones"),
}
_OUR_TROUBLE: dict[int, str] = {
    2: "libcurl could not be set up",
    4: "this libcurl cannot do that",
    5: "a proxy was looked up",  # none is ever used
    23: "the answer could not be taken in",
    26: "the request's body could not be read",
    27: "out of memory",
    41: "this libcurl cannot do that",
    42: "the probe was given up",
    43: "libcurl was called wrongly",
    45: "the network interface cannot be used",
    48: "this libcurl cannot do that",
    53: "TLS could not be set up",
    54: "TLS could not be set up",
    58: "our own certificate cannot be used",
    59: "TLS could not be set up",
    66: "TLS could not be set up",
    77: "the file of trusted authorities cannot be read",
    80: "TLS could not be shut down",
    81: "the socket was not ready",
    82: "the revocation list cannot be read",
    89: "no connection was to be had",
    93: "libcurl was called wrongly",
    99: "waiting for the network failed",
}


def explain(
    *, code: int, message: str, reached: Reached, os_errno: int, timeout: float
) -> tuple[ProbeStatus, str]:
    """Whose fault an error is, `DOWN` or `INCONCLUSIVE`, and what to tell people.

    `os_errno` is the kernel's word on the last connect, `timeout` the deadline in seconds.
    """
    message = one_line(message)
    if code == UNCONNECTED:
        return unconnected(os_errno)
    if code == TIMED_OUT:
        return ProbeStatus.DOWN, f"{_LATE[reached]} within {timeout:g} s"
    if code in _TARGETS_FAULT:
        return ProbeStatus.DOWN, one_line(_TARGETS_FAULT[code](message))
    ours = _OUR_TROUBLE.get(code, f"libcurl error {code}")
    return ProbeStatus.INCONCLUSIVE, one_line(f"{ours}: {message}" if message else ours)


def unconnected(os_errno: int) -> tuple[ProbeStatus, str]:
    """What a failed connect says, by the kernel's own word."""
    if not os_errno:
        # The kernel was never asked: pycurl duplicates each socket, and there was no room for it.
        return ProbeStatus.INCONCLUSIVE, "no socket could be opened"
    reason = os.strerror(os_errno).lower()
    if os_errno in _OURS:
        return ProbeStatus.INCONCLUSIVE, f"cannot connect from here: {reason}"
    return ProbeStatus.DOWN, reason
