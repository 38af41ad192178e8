"""The kind `smtp`: a mail server that greets, offers TLS, and lets a user in (RFC 5321, 4954)."""

import base64
import re

from pydantic import Field

from monitors.probing.host_fields import Port
from monitors.probing.services.base import ServiceProber, revealed
from monitors.probing.services.dialogue import Dialogue
from monitors.probing.services.mail import MailServiceConfig

_REPLY = re.compile(rb"^\d\d\d(?: [^\r\n]*)?\r?\n", re.MULTILINE)
_NAME = b"statuspage.invalid"


class SmtpConfig(MailServiceConfig):
    """Where the mail server is, and whom to log in as."""

    port: Port = Field(default=25, description="Port to connect to: 25, 587 or 465.")


class SmtpProber(ServiceProber):
    """One connection that sends no mail."""

    kind = "smtp"
    label = "Mail server (SMTP)"
    protocol = "SMTP"
    config_type = SmtpConfig

    def talk(self, dialogue: Dialogue, config: SmtpConfig) -> str:
        if config.starttls:
            dialogue = self.switch_to_tls(dialogue, config, "smtp")
        else:
            dialogue.expect(dialogue.receive(_REPLY), b"220", "no greeting")
        offers = _ask(dialogue, b"EHLO " + _NAME, b"250", "EHLO is refused")
        if config.password is not None:
            if not re.search(rb"^250[ -]AUTH\b.*\bPLAIN\b", offers, re.MULTILINE | re.IGNORECASE):
                raise dialogue.failed("SMTP: it offers no log-in by name and password (AUTH PLAIN)")
            words = f"\0{config.username}\0{revealed(config.password)}".encode()
            login = b"AUTH PLAIN " + base64.b64encode(words)
            _ask(dialogue, login, b"235", "the log-in is refused")
        dialogue.send(b"QUIT\r\n")
        return ""


def _ask(dialogue: Dialogue, command: bytes, good: bytes, what: str) -> bytes:
    dialogue.send(command + b"\r\n")
    reply = dialogue.receive(_REPLY)
    dialogue.expect(reply, good, what)
    return reply
