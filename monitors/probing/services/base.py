"""The base of kinds that hold a short dialogue with a server: connect, TLS if asked for, talk."""

import ssl
from abc import abstractmethod
from contextlib import closing
from typing import Any, ClassVar

from pydantic import Field, SecretStr

from components.network.address_guard import AddressGuard
from components.network.ca_bundle import trusted_authorities
from monitors.probing import pem
from monitors.probing.base import BlockingProber, Config, Outcome, ProbeStatus
from monitors.probing.connections import Deadline, OpenConnection, ProbeAbortedError, dial
from monitors.probing.host_fields import DegradedMs, Host, Port
from monitors.probing.services.dialogue import Dialogue
from monitors.probing.services.starttls import Protocol, start_tls
from monitors.probing.tls import SecuredSocket, secure, tls_context, verification_error
from monitors.probing.trusted_clock import BY_DATES, trusted_clock


class ServiceConfig(Config):
    """Where to connect to, and whether by TLS. Most kinds give the port a default."""

    host: Host = Field(description="Name or address to connect to.")
    port: Port = Field(description="Port to connect to.")
    tls: bool = Field(default=False, description="Whether to speak TLS from the first byte.")
    verify_tls: bool = Field(
        default=True, description="Whether the certificate must be valid, with TLS."
    )
    authorities: pem.Authorities = ""
    degraded_ms: DegradedMs = None


class ServiceProber(BlockingProber):
    """A kind that connects, talks and leaves, once for each check."""

    protocol: ClassVar[str]
    """Its name in messages."""
    begins_with_tls: ClassVar[bool] = True
    """Whether TLS, where it is asked for, comes before any other byte."""

    def __init__(self, *, authorities: str | None = None) -> None:
        """`authorities` is a file of certificates to trust instead of the system's."""
        self._authorities = authorities

    @abstractmethod
    def talk(self, dialogue: Dialogue, config: Any) -> str:
        """Hold the dialogue; return why the service is degraded, '' when it is well.

        Raises ProbeAbortedError when it is down.
        """

    def probe(self, config: Any, *, timeout: float, guard: AddressGuard) -> Outcome:
        deadline = Deadline(timeout)
        try:
            connection = dial(config.host, config.port, deadline=deadline, guard=guard)
            with closing(connection):
                if config.tls and self.begins_with_tls:
                    self.secure(connection, config, deadline)
                dialogue = Dialogue(connection, deadline, self.protocol)
                why = self.talk(dialogue, config)
        except ProbeAbortedError as aborted:
            return aborted.outcome
        total = deadline.elapsed_ms()
        phases = {**connection.phases, "first_byte": dialogue.first_byte_ms, "total": total}
        if not why and config.degraded_ms is not None and total > config.degraded_ms:
            why = f"took {total:.0f} ms, more than {config.degraded_ms:g} ms"
        status = ProbeStatus.DEGRADED if why else ProbeStatus.UP
        return Outcome(status, why, latency_ms=total, phases=phases)

    def switch_to_tls(self, dialogue: Dialogue, config: Any, protocol: Protocol) -> Dialogue:
        """Return the dialogue after STARTTLS and the handshake. Raises ProbeAbortedError."""
        start_tls(dialogue.connection, protocol, deadline=dialogue.deadline)
        self.secure(dialogue.connection, config, dialogue.deadline)
        return Dialogue(dialogue.connection, dialogue.deadline, self.protocol)

    def secure(self, connection: OpenConnection, config: Any, deadline: Deadline) -> SecuredSocket:
        """Make the TLS handshake. Raises ProbeAbortedError."""
        return secured(connection, config, deadline, authorities=self._authorities)


def secured(
    connection: OpenConnection, config: Any, deadline: Deadline, *, authorities: str | None
) -> SecuredSocket:
    """Make the TLS handshake as the settings say; return the socket. Raises ProbeAbortedError.

    `authorities` is a file of certificates to trust instead of the system's.
    """
    context = (
        tls_context(authorities or trusted_authorities(), pem=config.authorities)
        if config.verify_tls
        else tls_context(None)
    )
    try:
        return secure(connection, server_name=config.host, context=context, deadline=deadline)
    except ssl.SSLCertVerificationError as error:
        doubt = trusted_clock.doubt() if error.verify_code in BY_DATES else ""
        raise ProbeAbortedError(
            ProbeStatus.INCONCLUSIVE if doubt else ProbeStatus.DOWN,
            doubt or verification_error(error),
        ) from None


def revealed(secret: SecretStr | None) -> str:
    """Return what a secret setting holds; '' when there is none."""
    return secret.get_secret_value() if secret is not None else ""
