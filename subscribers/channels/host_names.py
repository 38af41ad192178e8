"""Names of hosts in addresses, in the one form that the name system knows (RFC 5891, UTS 46).

`bücher.example`, `BÜCHER.example` and `xn--bcher-kva.example` are one host, and so one mailbox.
"""


def ascii_host(host: str) -> str:
    """Return a host's name in lower case and in ASCII; addresses of IP stay as they are. Raises
    ValueError."""
    if host.isascii() and "xn--" not in host.lower():
        return host.lower()
    import idna  # noqa: PLC0415  (its tables are large)

    try:
        return idna.encode(host, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError(f"{host!r} is no name of a host: {error}") from None
