"""The kind `imap`: a mail store that greets, and lets a user in and open a mailbox (RFC 9051)."""

import base64
import re
from typing import Self

from pydantic import Field, field_validator, model_validator

from monitors.probing.host_fields import Port
from monitors.probing.services.base import ServiceProber, revealed
from monitors.probing.services.dialogue import Dialogue, shown
from monitors.probing.services.mail import MailServiceConfig

_LINE = re.compile(rb"\r?\n")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")


class ImapConfig(MailServiceConfig):
    """Where the server is, whom to log in as, and what to open."""

    port: Port = Field(default=143, description="Port to connect to: 143, or 993 with TLS.")
    mailbox: str = Field(
        default="",
        max_length=200,
        description="Mailbox to open without changing it, such as “INBOX”; needs a user.",
    )

    @field_validator("mailbox")
    @classmethod
    def _check_mailbox(cls, name: str) -> str:
        if not _PRINTABLE.fullmatch(name):
            raise ValueError("write letters beyond ASCII as the server does (modified UTF-7)")
        return name

    @model_validator(mode="after")
    def _check_user(self) -> Self:
        if self.mailbox and not self.username:
            raise ValueError("mailbox: to open one, give a user and a password")
        return self


class ImapProber(ServiceProber):
    """One connection that reads no mail."""

    kind = "imap"
    label = "Mailboxes (IMAP)"
    protocol = "IMAP"
    config_type = ImapConfig

    def talk(self, dialogue: Dialogue, config: ImapConfig) -> str:
        if config.starttls:
            dialogue = self.switch_to_tls(dialogue, config, "imap")
        else:
            dialogue.expect(dialogue.receive(_LINE), b"* OK", "no greeting")
        if config.password is not None:
            _login(dialogue, config.username, revealed(config.password))
            if config.mailbox:
                command = b"EXAMINE " + _quoted(config.mailbox)
                _ask(dialogue, b"a3", command, "the mailbox does not open")
        _ask(dialogue, b"a4", b"NOOP", "NOOP is refused")
        dialogue.send(b"a5 LOGOUT\r\n")
        return ""


def _login(dialogue: Dialogue, user: str, password: str) -> None:
    refused = "the log-in is refused"
    if _PRINTABLE.fullmatch(user + password):
        _ask(dialogue, b"a2", b"LOGIN " + _quoted(user) + b" " + _quoted(password), refused)
        return
    dialogue.send(b"a2 AUTHENTICATE PLAIN\r\n")
    dialogue.expect(dialogue.receive(_LINE), b"+", refused)
    dialogue.send(base64.b64encode(f"\0{user}\0{password}".encode()) + b"\r\n")
    _complete(dialogue, b"a2", refused)


def _ask(dialogue: Dialogue, tag: bytes, command: bytes, what: str) -> None:
    dialogue.send(tag + b" " + command + b"\r\n")
    _complete(dialogue, tag, what)


def _complete(dialogue: Dialogue, tag: bytes, what: str) -> None:
    """Read on to the reply of the command with this tag. Raises ProbeAbortedError."""
    while True:
        line = dialogue.receive(_LINE)
        if line.startswith(b"* BYE"):
            raise dialogue.failed(f"IMAP: the server ends the connection: “{shown(line)}”")
        if not line.startswith((b"* ", b"+")):
            dialogue.expect(line, tag + b" OK", what)
            return


def _quoted(text: str) -> bytes:
    return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'
