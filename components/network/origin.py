"""Origins of addresses: the scheme, the host and the port, which together are one place (RFC 6454).

A secret that was written for one origin is not meant for any other.
"""

import pycurl

_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str:
    """Return the origin of an http(s) address, such as "https://example.org:443".

    Whatever way it is spelled, it is the same text. Raises ValueError for what is no address.
    """
    try:
        parts = pycurl.CurlUrl(url)
    except (pycurl.error, UnicodeError) as error:
        raise ValueError(f"{url!r} is no address") from error
    scheme, host = str(parts.scheme).lower(), str(parts.host).lower().removesuffix(".")
    return f"{scheme}://{host}:{int(parts.port or _PORTS.get(scheme, 0))}"


def is_same_or_safer(url: str, target: str) -> bool:
    """Return whether `target` is of the origin of `url`, or its host's https instead of its http.

    The host's owner answers at both, and on the way to the second one nobody can read along.
    """
    try:
        before, after = origin_of(url), origin_of(target)
    except ValueError:
        return False
    host = before.removeprefix("http://").removesuffix(":80")
    return before == after or (before == f"http://{host}:80" and after == f"https://{host}:443")
