"""The meaning of libcurl's errors: whose fault they are, and in which words to report them.

The table is complete on purpose. An error that is not in it, from a newer libcurl perhaps, says
nothing certain about the target and is therefore inconclusive.
"""

import errno
import os
import re
from collections.abc import Callable
from enum import Enum, auto

from monitors.probing.base import ProbeStatus, one_line
from monitors.probing.trusted_clock import trusted_clock

Phrase = Callable[[str], str]
"""libcurl's message -> words for people."""


class TransferStage(Enum):
    """The stage that a transfer had reached."""

    NOTHING = auto()
    NAME = auto()
    CONNECTION = auto()
    REQUEST = auto()
    STATUS = auto()


_OUT_OF_SOCKETS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_LOCAL_ERRNOS = _OUT_OF_SOCKETS | {
    errno.EADDRNOTAVAIL,  # no local port left
    errno.EAGAIN,  # the same, by another word of the kernel
    errno.EACCES,  # our own firewall
    errno.EPERM,
    errno.ENETDOWN,
    errno.ENETUNREACH,  # this machine has no way there: its own network, not the target
    errno.EAFNOSUPPORT,
}
"""Error numbers of a failed connect whose reason lies on this machine."""


def _fixed(text: str) -> Phrase:
    return lambda _message: text


def _with_message(text: str) -> Phrase:
    return lambda message: f"{text}: {message}" if message else text


def _protocol(message: str) -> str:
    if "HTTP/0.9" in message:
        return "the answer is not HTTP"
    if "HTTP version" in message:
        return "the answer is in a version of HTTP that is not known here"
    return f"redirected to where a probe does not go: {message}"


def _certificate(message: str) -> str:
    reason = re.sub(r"^SSL( certificate)?( problem| OpenSSL verify result)?: ", "", message)
    return "certificate is not valid: " + re.sub(r" \(\d+\)$", "", reason)


COULDNT_CONNECT, OPERATION_TIMEDOUT = 7, 28  # explained by `explain_connect` and `_TIMEOUT_TEXT`
_TIMEOUT_TEXT = {
    TransferStage.NOTHING: "the name did not resolve",
    TransferStage.NAME: "no connection",
    TransferStage.CONNECTION: "no TLS handshake",
    TransferStage.REQUEST: "no answer",
    TransferStage.STATUS: "no complete answer",
}
# libcurl's numbers: pycurl names most of them, not all.
_TARGET_FAULTS: dict[int, Phrase] = {
    1: _protocol,  # unsupported protocol: a redirect to it, or an answer in HTTP/0.9
    3: _fixed("redirected to an address that cannot be read"),
    6: _fixed("name does not resolve"),
    8: _fixed("the answer is not HTTP"),
    16: _with_message("HTTP/2 went wrong"),
    18: _fixed("the answer broke off before its end"),
    35: _with_message("TLS handshake failed"),
    47: _fixed("too many redirects"),
    51: _certificate,
    52: _fixed("the connection was closed without an answer"),
    55: _with_message("the connection broke while sending"),
    56: _with_message("the connection broke while reading"),
    60: _certificate,
    61: _with_message("the answer's encoding cannot be read"),
    63: _fixed("the answer is too large"),
    64: _with_message("TLS is needed"),
    83: _certificate,
    90: _certificate,
    91: _certificate,
    92: _with_message("HTTP/2 went wrong"),
    95: _with_message("HTTP/3 went wrong"),
    96: _with_message("QUIC went wrong"),
    98: _fixed("it asks for a client certificate"),
    100: _fixed("the answer has too many headers, or too large ones"),
}
CERTIFICATE_FAULTS = frozenset(code for code, say in _TARGET_FAULTS.items() if say is _certificate)
_BY_DATES = re.compile(r"certificate has expired|certificate is not yet valid")
"""OpenSSL's words for certificates outside their dates."""
_LOCAL_FAULTS: dict[int, str] = {
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
    *, code: int, message: str, stage: TransferStage, os_errno: int, timeout: float
) -> tuple[ProbeStatus, str]:
    """Return whose fault an error is, `DOWN` or `INCONCLUSIVE`, and the message for people.

    `os_errno` is the kernel's number for the last connect, `timeout` the deadline in seconds.
    """
    message = one_line(message)
    if code == COULDNT_CONNECT:
        return explain_connect(os_errno)
    if code == OPERATION_TIMEDOUT:
        return ProbeStatus.DOWN, f"{_TIMEOUT_TEXT[stage]} within {timeout:g} s"
    if code in CERTIFICATE_FAULTS and _BY_DATES.search(message):
        doubt = trusted_clock.doubt()
        if doubt:
            return ProbeStatus.INCONCLUSIVE, doubt
    if code in _TARGET_FAULTS:
        return ProbeStatus.DOWN, one_line(_TARGET_FAULTS[code](message))
    ours = _LOCAL_FAULTS.get(code, f"libcurl error {code}")
    return ProbeStatus.INCONCLUSIVE, one_line(f"{ours}: {message}" if message else ours)


def explain_connect(os_errno: int) -> tuple[ProbeStatus, str]:
    """Return the status and the message of a failed connect, by the kernel's number."""
    if not os_errno:
        # The kernel was never asked: pycurl duplicates each socket, and there was no room for it.
        return ProbeStatus.INCONCLUSIVE, "no socket could be opened"
    reason = os.strerror(os_errno).lower()
    if os_errno in _LOCAL_ERRNOS:
        return ProbeStatus.INCONCLUSIVE, f"cannot connect from here: {reason}"
    return ProbeStatus.DOWN, reason
