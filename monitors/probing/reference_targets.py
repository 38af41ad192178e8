"""Reference targets: what a vantage point connects to when it doubts its own network."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from monitors.probing.host_fields import ascii_host

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that answers whenever the network is there."""

    host: str
    port: int
    tls: bool = False

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}/"


def parse_reference(text: str) -> Reference:
    """Parse `host:port` or an http(s):// address. Raises ValueError saying what to write."""
    problem = f"{text!r}: write HOST:PORT or https://HOST"
    tls = text.startswith("https://")
    try:
        parts = urlsplit(text if "://" in text else f"tcp://{text}")
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        raise ValueError(problem) from None
    if parts.scheme not in ("tcp", *_DEFAULT_PORTS) or not parts.hostname or not port:
        raise ValueError(problem)
    return Reference(ascii_host(parts.hostname), port, tls)
