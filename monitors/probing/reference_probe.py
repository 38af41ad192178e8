"""The probe of a reference target, made by the same engine as the checks.

Nothing is sent, apart from TLS' greeting for https://, so that any port will do.
"""

from urllib.parse import urlsplit

import pycurl

from components.network.ca_bundle import trusted_authorities
from monitors.probing.base import Config, CurlProber, Outcome, ProbeStatus


class ReferenceConfig(Config):
    url: str


class ReferenceProber(CurlProber):
    """A connection to a reference target. Not a kind of monitor: it cannot be chosen."""

    kind = "reference"
    label = "Reference target"
    config_type = ReferenceConfig

    def host(self, config: ReferenceConfig) -> tuple[str, int] | None:
        parts = urlsplit(config.url)
        return str(parts.hostname), int(parts.port or 0)

    def prepare(self, handle: pycurl.Curl, config: ReferenceConfig, timeout: float) -> None:
        handle.setopt(pycurl.URL, config.url)
        handle.setopt(pycurl.CONNECT_ONLY, 1)
        # A portal that answers for everybody has no certificate for the name that was asked for.
        handle.setopt(pycurl.CAINFO, trusted_authorities())

    def interpret(
        self,
        handle: pycurl.Curl,
        config: ReferenceConfig,
        scratch: None,
        error: tuple[int, str] | None,
        *,
        name_ms: float = 0.0,
    ) -> Outcome:
        return Outcome(ProbeStatus.UP) if error is None else Outcome(ProbeStatus.DOWN, error[1])
