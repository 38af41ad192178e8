"""A real SMTP server on loopback whose answers are scripted: accept, refuse, stall, drop."""

import asyncio
import email
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.ports import free_ports

STALL = "stall"
DROP = "drop"
OK = "250 accepted"


@dataclass(slots=True)
class Mail:
    """One message that the server said 250 to."""

    at: float
    sender: str
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass
class Script:
    """What to answer: `at_recipient` and `at_data` take the address and give a reply line, or
    STALL, or DROP."""

    at_recipient: Callable[[str], str] = lambda address: OK
    at_data: Callable[[str], str] = lambda address: OK
    stall_seconds: float = 30.0
    mails: list[Mail] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.sessions.add(id(session))
        answer = await self._play(server, self.at_recipient(address))
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = await self._play(server, self.at_data(envelope.rcpt_tos[0]))
        if answer == OK:
            self.mails.append(
                Mail(time.time(), envelope.mail_from, list(envelope.rcpt_tos), envelope.content)
            )
        return answer

    async def _play(self, server: Any, answer: str) -> str:
        if answer == STALL:
            await asyncio.sleep(self.stall_seconds)
            return "451 too late"
        if answer == DROP:
            server.transport.abort()
        return answer


@contextmanager
def mail_server(script: Script, port: int = 0) -> Iterator[tuple[str, int]]:
    """Run the server in a thread; the answer is where it listens."""
    controller = Controller(script, hostname="127.0.0.1", port=port or free_ports(1)[0])
    controller.start()
    try:
        yield "127.0.0.1", controller.port
    finally:
        controller.stop()
