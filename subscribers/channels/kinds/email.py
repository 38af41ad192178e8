"""Mail: one recipient per message, one connection for many, the server's codes decide.

What the server says of the recipient decides about this message. What it says before (we cannot
connect, log in or name our sender), or not answering at all, says nothing of the recipient: it is
trouble of the lane, and temporary whatever the code, because operators mend it.
"""

import smtplib
import time
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime, formataddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email

from components.languages.registry import words_of
from components.languages.words import msg
from subscribers.channels.base import (
    EMAIL,
    MAIL_LANE,
    MAX_RESPONSE_CHARS,
    TOKEN_HEADER,
    AddressError,
    Channel,
    Message,
    Outcome,
    Recipient,
    Sender,
    SendStatus,
)
from subscribers.channels.host_names import ascii_host
from subscribers.channels.mail_templates import MailText, render, site_name
from subscribers.channels.mime import Mail
from subscribers.pages import Brand

PROVIDER_TOKEN = "delivery"  # noqa: S105  (a name)
"""The name of a mail's token in what a provider keeps with it (Anymail's metadata)."""
_WRITE_ADDRESS = msg("Write an e-mail address, such as you@example.org.")
PRODUCT_HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def mail_is_set() -> bool:
    """Return whether there is anything that mail can be sent by."""
    dummy = settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")
    return bool(settings.STATUSPAGE.email_url) or not dummy


class EmailChannel(Channel):
    name = EMAIL
    label = "E-mail"
    position = 10
    is_endpoint = False

    def normalise(self, address: str) -> str:
        """Keep the case of the part before the @ for sending: its server may distinguish
        them; see `lookup_key`, which does not. The domain is written as the name system has it."""
        if len(address) > 254:
            raise AddressError(msg("An e-mail address has 254 characters at most."))
        try:
            validate_email(address)
        except ValidationError:
            raise AddressError(_WRITE_ADDRESS) from None
        local, _, domain = address.rpartition("@")
        try:
            return f"{local}@{ascii_host(domain)}"
        except ValueError:
            raise AddressError(_WRITE_ADDRESS) from None

    def lookup_key(self, address: str) -> str:
        return address.lower()

    def lane(self, address: str) -> str:
        """Return the lane of the mail server."""
        return MAIL_LANE

    def masked(self, address: str) -> str:
        local, _, domain = address.rpartition("@")
        return f"{local[:1]}…@{domain}"

    def unavailable(self) -> str:
        return "" if mail_is_set() else msg("This page cannot send mail at present.")

    def sender(self, *, staff: bool) -> Sender:
        return EmailSender()


class EmailSender:
    """Sends by SMTP or a provider; keeps its connection until `close`."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend | None = None
        self._texts: dict[tuple[str, str, Brand, tuple[str, ...]], MailText] = {}

    def send(  # noqa: PLR0911  (one for each that may have a say)
        self, message: Message, recipient: Recipient, *, deadline: float
    ) -> Outcome:
        if not mail_is_set():
            return Outcome(
                SendStatus.TEMPORARY, text="no mail server is set (EMAIL_URL)", lane_down=True
            )
        mail = compose(message, recipient, self._text(message, recipient))
        try:
            self._connection(deadline).send_messages([mail])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            return _from_response(code, text, recipient)
        except smtplib.SMTPDataError as error:
            return _from_response(error.smtp_code, error.smtp_error, recipient)
        except smtplib.SMTPResponseException as error:
            # Said at the connection, the log-in or the sender's name.
            self.close()
            outcome = _from_response(error.smtp_code, error.smtp_error, recipient)
            return Outcome(SendStatus.TEMPORARY, outcome.code, outcome.text, lane_down=True)
        except Exception as error:
            if (refused := _from_provider_error(error)) is not None:
                return refused
            if not isinstance(error, smtplib.SMTPException | OSError):
                raise
            self.close()
            return Outcome(
                SendStatus.TEMPORARY, text=_without_address(str(error), recipient), lane_down=True
            )
        return Outcome(SendStatus.SENT, 250, "accepted")

    def close(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            with suppress(smtplib.SMTPException, OSError):
                backend.close()

    def _connection(self, deadline: float) -> BaseEmailBackend:
        if self._backend is None:
            self._backend = get_connection(timeout=max(0.1, deadline - time.monotonic()))
            self._backend.open()
        return self._backend

    def _text(self, message: Message, recipient: Recipient) -> MailText:
        page = recipient.page
        links = tuple(sorted(recipient.links))
        key = (message.notice, recipient.language, recipient.brand, links)
        if key not in self._texts:
            if len(self._texts) > 20:
                self._texts.clear()
            self._texts[key] = render(
                message.facts,
                links=recipient.links,
                words=words_of(recipient.language),
                page=page,
                brand=recipient.brand,
            )
        return self._texts[key]


def compose(message: Message, recipient: Recipient, text: MailText) -> Mail:
    """Return the mail; `Date` is that of sending, all else is the same in every repeat."""
    host = urlsplit(settings.STATUSPAGE.site_url).hostname or "localhost"
    thread = f"<{message.thread}.{message.message_id.partition('.')[2]}>" if message.thread else ""
    name = site_name(message.facts, recipient.page, recipient.brand)
    sender = formataddr((name, settings.DEFAULT_FROM_EMAIL))
    # A provider has a return path of its own, and gives the token back with its webhooks.
    by_provider = settings.EMAIL_BACKEND.startswith("anymail.")
    mail = Mail(
        subject=text.subject,
        body=text.plain_for(recipient.links, recipient.states),
        # The envelope's; Django's and Anymail's convention is a header From for the other.
        from_email=(not by_provider and recipient.return_path) or sender,
        to=[recipient.address],
        headers={
            **({} if by_provider else {"From": sender}),
            **({TOKEN_HEADER: recipient.token} if recipient.token else {}),
            "Message-ID": f"<{message.message_id}>",
            "Date": format_datetime(datetime.now(UTC)),
            # A name that stands for the thread, though no message ever bore it: so every message
            # of it says the same, whichever of them a recipient got first.
            **({"References": thread, "In-Reply-To": thread} if thread else {}),
            **_one_click(recipient.links.get("unsubscribe", "")),
            "List-Id": f"<status.{host}>",
            "Feedback-ID": f"{message.notice}:{message.facts.event}:status:{host}",
            **PRODUCT_HEADERS,
        },
    )
    if recipient.token and by_provider:
        mail.metadata = {PROVIDER_TOKEN: recipient.token}
    if text.logo:
        mail.attach_logo(text.logo)
    mail.attach_alternative(text.html_for(recipient.links, recipient.states), "text/html")
    return mail


def _one_click(url: str) -> dict[str, str]:
    """Return the headers of RFC 8058; mail to operators has no such link."""
    if not url:
        return {}
    one_click = "List-Unsubscribe=One-Click"
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": one_click}


def _from_provider_error(error: Exception) -> Outcome | None:
    """Return the outcome of a provider's refusal, from Anymail's errors; None for any other error.

    Known by where they come from: the library is an extra. Its texts name recipients.
    """
    if not type(error).__module__.startswith("anymail."):
        return None
    if type(error).__name__ == "AnymailRecipientsRefused":
        return Outcome(SendStatus.PERMANENT, text="the provider refuses this recipient")
    code = getattr(error, "status_code", None)
    if code is not None and 400 <= code < 500 and code not in _PROVIDER_ERRORS:
        return Outcome(SendStatus.PERMANENT, code, "the provider refuses this mail")
    return Outcome(
        SendStatus.TEMPORARY, code, "the provider takes no mail at present", lane_down=True
    )


_PROVIDER_ERRORS = frozenset({401, 403, 408, 429})
"""Says nothing of the mail: the key is wrong, or it is too much at present."""


def _from_response(code: int, text: bytes | str, recipient: Recipient) -> Outcome:
    response = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    status = SendStatus.PERMANENT if 500 <= code <= 599 else SendStatus.TEMPORARY
    # 421: the server is closing the connection, whoever the recipient is.
    return Outcome(status, code, _without_address(response, recipient), lane_down=code == 421)


def _without_address(response: str, recipient: Recipient) -> str:
    """Return the text without the address, which servers repeat: this is kept and shown."""
    return response.replace(recipient.address, "…").replace(recipient.address.lower(), "…")[
        :MAX_RESPONSE_CHARS
    ]
