"""TLS for checks in threads: the handshake, what is trusted, and what the server presents."""

import ssl
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from monitors.probing.base import ProbeStatus
from monitors.probing.connections import (
    Deadline,
    OpenConnection,
    ProbeAbortedError,
    connection_error,
)

VERDICT_SECONDS = 1.0
"""How long a server that asks for our certificate has to refuse us for want of it."""
_DER = 2  # ssl's _ssl.ENCODING_DER
_CERTIFICATE_REQUEST, _SERVER_HELLO_DONE = 13, 14  # types of TLS' handshake messages


def secure(
    connection: OpenConnection, *, server_name: str, context: ssl.SSLContext, deadline: Deadline
) -> "SecuredSocket":
    """Make the TLS handshake; the socket of `connection` becomes the secured one.

    Raises ProbeAbortedError (ClientCertificateNeededError is one), or ssl.SSLCertVerificationError
    when `context` does not accept the certificate.
    """
    before = deadline.elapsed_ms()
    secured: SecuredSocket | None = None
    try:
        # One time-out for the whole handshake: Python counts it down itself.
        connection.socket.settimeout(deadline.left("no TLS handshake"))
        secured = context.wrap_socket(  # type: ignore[assignment]  # `sslsocket_class` says so
            connection.socket,
            server_hostname=server_name.rstrip("."),
            do_handshake_on_connect=False,
        )
        connection.socket = secured  # type: ignore[assignment]
        secured.do_handshake()  # type: ignore[union-attr]
    except TimeoutError:
        raise deadline.missed("no TLS handshake") from None
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        if secured is not None and secured.asks_for_certificate and secured.has_proven_its_own:
            connection.phases["tls"] = deadline.elapsed_ms() - before
            raise ClientCertificateNeededError(secured) from None
        raise ProbeAbortedError(
            ProbeStatus.DOWN, f"TLS handshake failed: {connection_error(error)}"
        ) from None
    connection.phases["tls"] = deadline.elapsed_ms() - before
    return secured  # type: ignore[return-value]


class SecuredSocket(ssl.SSLSocket):
    """A secured socket that remembers what the server said in the handshake."""

    asks_for_certificate = False
    """Whether it asks for one of the client's."""
    has_proven_its_own = False
    """Whether it has shown, before TLS 1.3, that it has the key of its own certificate."""


class ClientCertificateNeededError(ProbeAbortedError):
    """The server ended the handshake, after its own part in it, for want of our certificate."""

    def __init__(self, secured: SecuredSocket) -> None:
        super().__init__(ProbeStatus.DOWN, "TLS handshake failed: it asks for a client certificate")
        self.secured = secured


def refuse_missing_certificate(secured: SecuredSocket, *, deadline: Deadline) -> None:
    """Wait for the verdict of a server that asked for a certificate of ours, which it has not got.

    By TLS 1.3 that comes after the handshake, if it comes. Raises ProbeAbortedError for a refusal.
    """
    if not secured.asks_for_certificate or secured.version() != "TLSv1.3":
        return
    secured.settimeout(min(VERDICT_SECONDS, deadline.left("no TLS handshake")))
    try:
        if secured.recv(1):
            return
    except TimeoutError:
        return
    except OSError:
        pass
    raise ClientCertificateNeededError(secured)


def _note_message(
    connection: Any, direction: str, _version: object, _content: object, kind: object, _data: bytes
) -> None:
    if direction != "read":
        return
    if kind == _CERTIFICATE_REQUEST:
        connection.asks_for_certificate = True
    elif kind == _SERVER_HELLO_DONE:  # by then OpenSSL has checked the signature before it
        connection.has_proven_its_own = True


def presented_chain(secured: ssl.SSLSocket) -> list[bytes]:
    """Return the certificates that the server presented (DER), its own first."""
    return _chain(secured, "get_unverified_chain")


def verified_chain(secured: ssl.SSLSocket) -> list[bytes]:
    """Return the certificates (DER) by which its own was verified, that first; [] if it was not."""
    inner: Any = secured
    return _chain(secured, "get_verified_chain") if inner.context.verify_mode else []


def _chain(secured: ssl.SSLSocket, method: str) -> list[bytes]:
    # Methods of the socket only from Python 3.13 on; of what is inside since 3.10.
    inner: Any = getattr(secured, "_sslobj", None)
    ask = getattr(inner, method, None) or getattr(secured, method, None)
    found = ask() if ask is not None else None
    return [each if isinstance(each, bytes) else each.public_bytes(_DER) for each in found or ()]


def verification_error(error: ssl.SSLCertVerificationError) -> str:
    """Return why a certificate was not accepted, in words."""
    return f"certificate is not valid: {error.verify_message.rstrip('.')}"


def tls_context(authorities: str | None, *, pem: str = "") -> ssl.SSLContext:
    """Return a TLS context that trusts the certificates of `pem`, else this file of authorities.

    None: any certificate. A certificate is for the hosts of its subject alternative names alone
    (RFC 9525).
    """
    changed = 0
    if authorities is None:
        pem = ""
    elif not pem:
        changed = Path(authorities).stat().st_mtime_ns
    # One at a time: a hundred threads that all read the authorities at once would stall the engine.
    with _loading:
        return _context(authorities, changed, pem)


_loading = threading.Lock()


@lru_cache(maxsize=32)  # reading the authorities takes longer than the handshake
def _context(authorities: str | None, _changed: int, pem: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = SecuredSocket
    context._msg_callback = _note_message  # type: ignore[attr-defined]  # noqa: SLF001
    if authorities is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    context.hostname_checks_common_name = False
    # As libcurl does: an authority that is trusted need not lead to another one.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if pem:  # ASCII but for comments
        context.load_verify_locations(cadata=pem.encode("ascii", "ignore").decode())
    else:
        context.load_verify_locations(authorities)
    return context


def reset() -> None:
    """Read the authorities again, as a process that begins anew; for tests."""
    _context.cache_clear()
