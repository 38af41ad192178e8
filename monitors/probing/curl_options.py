"""Options and timings that every check by libcurl shares: trust, stage reached, phases."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pycurl
from cryptography import x509

from components.network.ca_bundle import trusted_authorities
from monitors.probing import certificates
from monitors.probing.curl_errors import TransferStage

USER_AGENT = "statuspage/0.1 (+probe)"
# The key share for the post-quantum group costs a fifth of a handshake. It is still on offer,
# after the others, for a server that accepts nothing else.
_GROUPS = "X25519:P-256:P-384:X448:P-521:X25519MLKEM768"
_CURLOPT_SSL_EC_CURVES = 10_298  # pycurl has no name for it
NAMES_NO_HOST = "certificate is not valid: it names no host; its common name does not count"
PROTOCOL_NAMES = {
    pycurl.CURL_HTTP_VERSION_1_0: "HTTP/1.0",
    pycurl.CURL_HTTP_VERSION_1_1: "HTTP/1.1",
    pycurl.CURL_HTTP_VERSION_2: "HTTP/2",
    pycurl.CURL_HTTP_VERSION_3: "HTTP/3",
}


def set_trust(handle: pycurl.Curl, *, verify: bool, authorities: str, file: str | None) -> None:
    """Trust these `authorities` (PEM), else those in `file`, else the system's."""
    handle.setopt(_CURLOPT_SSL_EC_CURVES, _GROUPS)
    # A resumed session would not show the certificate again, even if it has expired since.
    handle.setopt(pycurl.SSL_SESSIONID_CACHE, 0)
    if not verify:
        handle.setopt(pycurl.SSL_VERIFYPEER, 0)
        handle.setopt(pycurl.SSL_VERIFYHOST, 0)
        return
    if authorities:
        handle.unsetopt(pycurl.CAINFO)
        handle.setopt(pycurl.CAINFO_BLOB, authorities)
    else:
        handle.setopt(pycurl.CAINFO, file or trusted_authorities())
    # libcurl keeps the parsed file for the next transfer only if there is no folder as well.
    handle.unsetopt(pycurl.CAPATH)
    handle.setopt(pycurl.OPT_CERTINFO, 1)  # for `name_error`


@dataclass(frozen=True, slots=True)
class Leaf:
    """A server's own certificate."""

    names_no_host: bool
    ends: float | None
    """Its last second, since the epoch; None when it cannot be read."""


def presented_leaf(handle: pycurl.Curl) -> Leaf | None:
    """Return the certificate of the last server; None when libcurl has kept none."""
    presented = handle.getinfo(pycurl.INFO_CERTINFO)
    return _leaf(_pem(presented[0])) if presented else None


def name_error(leaf: Leaf | None) -> str:
    """Return why a verified certificate is for no host after all; '' if it is.

    libcurl falls back on the common name when there is no subject alternative name; RFC 9525
    forbids that, and no browser does it.
    """
    return NAMES_NO_HOST if leaf is not None and leaf.names_no_host else ""


def presented_certificates(handle: pycurl.Curl) -> list[x509.Certificate]:
    """Return the certificates of libcurl's CERTINFO, the server's own first, while readable."""
    found: list[x509.Certificate] = []
    for pairs in handle.getinfo(pycurl.INFO_CERTINFO) or ():
        try:
            found.append(x509.load_pem_x509_certificate(_pem(pairs).encode()))
        except ValueError:
            break
    return found


def _pem(pairs: Sequence[tuple[str, str]]) -> str:
    """Return a certificate of libcurl's CERTINFO, which is (name, value) pairs."""
    return next((value for name, value in pairs if name == "Cert"), "")


@lru_cache(maxsize=1024)  # the same servers' again and again
def _leaf(pem: str) -> Leaf:
    try:
        read = x509.load_pem_x509_certificate(pem.encode())
        return Leaf(certificates.names_no_host(read), read.not_valid_after_utc.timestamp())
    except ValueError:
        return Leaf(False, None)  # libcurl has read it and found the name


def stage_reached(handle: pycurl.Curl, *, is_tls: bool) -> TransferStage:
    """Return how far a transfer had got when it failed."""
    if handle.getinfo(pycurl.RESPONSE_CODE):
        return TransferStage.STATUS
    if not handle.getinfo(pycurl.CONNECT_TIME):
        return (
            TransferStage.NAME if handle.getinfo(pycurl.NAMELOOKUP_TIME) else TransferStage.NOTHING
        )
    if is_tls and not handle.getinfo(pycurl.APPCONNECT_TIME):
        return TransferStage.CONNECTION
    return TransferStage.REQUEST


def phase_durations(handle: pycurl.Curl, *, name_ms: float) -> dict[str, float]:
    """Return the milliseconds each phase took, from libcurl's instants.

    `name_ms` is the look-up that it had no part in.
    """
    get: Any = handle.getinfo
    named, connected = get(pycurl.NAMELOOKUP_TIME), get(pycurl.CONNECT_TIME)
    secured, sent = get(pycurl.APPCONNECT_TIME), get(pycurl.PRETRANSFER_TIME)
    took = {
        "name": named * 1000 + name_ms,
        "connect": (connected - named) * 1000,
        "tls": (secured - connected) * 1000 if secured else 0.0,
        "first_byte": (get(pycurl.STARTTRANSFER_TIME) - sent) * 1000,
        "total": get(pycurl.TOTAL_TIME) * 1000 + name_ms,
    }
    return {name: max(0.0, value) for name, value in took.items()}
