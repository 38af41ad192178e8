"""A GET of an address that is looked up and judged by the address guard first."""

from collections.abc import Callable

import pycurl

from components.network.address_guard import AddressGuard
from components.network.ca_bundle import trusted_authorities
from components.network.guarded_sockets import GuardedSocketOpener

_WEB = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
# libcurl's numbers: its own messages name hosts and paths, which may be secret.
_ERRORS = {
    6: "the name does not resolve",
    7: "no connection",
    28: "no answer in time",
    35: "the TLS handshake failed",
    60: "the certificate is not valid",
}


class FetchError(Exception):
    """The other side gave no answer of use; the message says why, without the address."""


def guarded_get(url: str, *, guard: AddressGuard, timeout: float, user_agent: str) -> str:
    """Ask for `url` once and return why that failed; '' if it was answered 2xx.

    `timeout`, in seconds, is for all of it. No redirect is followed. The address is not in what is
    returned. Never raises for the other side.
    """
    try:
        # Its beginning tells nothing; the end of a long one is not waited for.
        _transfer(url, guard=guard, timeout=timeout, user_agent=user_agent, write=len)
    except FetchError as error:
        return str(error)
    return ""


def guarded_fetch(
    url: str, *, guard: AddressGuard, timeout: float, user_agent: str, max_bytes: int
) -> bytes:
    """Return the body that `url` answers with 2xx, as `guarded_get` asks. Raises FetchError."""
    body = bytearray()

    def write(part: bytes) -> int:
        body.extend(part)
        return len(part) if len(body) <= max_bytes else 0

    _transfer(url, guard=guard, timeout=timeout, user_agent=user_agent, write=write)
    return bytes(body)


def _transfer(
    url: str,
    *,
    guard: AddressGuard,
    timeout: float,
    user_agent: str,
    write: Callable[[bytes], int],
) -> None:
    opener, handle = GuardedSocketOpener(guard), pycurl.Curl()
    try:
        handle.setopt(pycurl.URL, url.encode("utf-8"))
        handle.setopt(pycurl.PROTOCOLS, _WEB)
        handle.setopt(pycurl.PROXY, "")
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.TIMEOUT_MS, int(timeout * 1000))
        handle.setopt(pycurl.CAINFO, trusted_authorities())
        handle.setopt(pycurl.USERAGENT, user_agent)
        handle.setopt(pycurl.WRITEFUNCTION, write)
        handle.setopt(pycurl.MAXFILESIZE, 1_000_000)
        opener.watch(handle)
        handle.perform()
        status = int(handle.getinfo(pycurl.RESPONSE_CODE))
    except (pycurl.error, UnicodeError) as error:
        number = error.args[0] if isinstance(error, pycurl.error) else 0
        why = opener.failure or _ERRORS.get(number, f"the request failed (libcurl {number})")
        raise FetchError(why) from None
    finally:
        handle.close()
    if not 200 <= status < 300:
        raise FetchError(f"it answered {status}")
