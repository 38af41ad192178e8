"""A GET of an address of the operator's, of which only the answer's status matters."""

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


def guarded_get(url: str, *, guard: AddressGuard, timeout: float, user_agent: str) -> str:
    """Ask for `url` once and return why that failed; '' if it was answered 2xx.

    `timeout`, in seconds, is for all of it. No redirect is followed. The address is not in what is
    returned. Never raises for the other side.
    """
    opener, handle = GuardedSocketOpener(guard), pycurl.Curl()
    try:
        handle.setopt(pycurl.URL, url.encode("utf-8"))
        handle.setopt(pycurl.PROTOCOLS, _WEB)
        handle.setopt(pycurl.PROXY, "")
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.TIMEOUT_MS, int(timeout * 1000))
        handle.setopt(pycurl.CAINFO, trusted_authorities())
        handle.setopt(pycurl.USERAGENT, user_agent)
        # Its beginning tells nothing; the end of a long one is not waited for.
        handle.setopt(pycurl.WRITEFUNCTION, len)
        handle.setopt(pycurl.MAXFILESIZE, 1_000_000)
        opener.watch(handle)
        handle.perform()
        status = int(handle.getinfo(pycurl.RESPONSE_CODE))
    except (pycurl.error, UnicodeError) as error:
        number = error.args[0] if isinstance(error, pycurl.error) else 0
        return opener.failure or _ERRORS.get(number, f"the request failed (libcurl {number})")
    finally:
        handle.close()
    return "" if 200 <= status < 300 else f"it answered {status}"
