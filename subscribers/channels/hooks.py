"""The base of channels that post to an endpoint: webhooks, and incoming hooks of chat services."""

import re
import time
from abc import abstractmethod
from collections.abc import Collection
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult, urlsplit

from components.languages.registry import words_of
from components.languages.words import ENGLISH, Words, msg
from components.network.address_guard import AddressGuard
from components.text import paragraph
from components.values.secret_mask import SecretMask
from subscribers.channels import signing
from subscribers.channels.base import (
    ADDRESS_TOO_LONG,
    MAX_ADDRESS_LENGTH,
    MAX_RESPONSE_CHARS,
    AddressError,
    Channel,
    Message,
    Outcome,
    Recipient,
    Sender,
    SendStatus,
)
from subscribers.channels.formats import FORMATS, Format, encoded
from subscribers.channels.hook_guard import guard_for
from subscribers.channels.host_names import ascii_host
from subscribers.channels.http_post import HttpPoster, Response
from subscribers.message import Facts

_GONE = 410
_WRITE_WHOLE = msg("Write the whole address of the endpoint, with https://.")
_CONFIRM_EVENT = "subscriber.confirm"


class HookChannel(Channel):
    """A channel whose addresses are URLs that messages are posted to, as JSON in its own shape."""

    @abstractmethod
    def body(self, facts: Facts, *, unsubscribe_url: str, words: Words = ENGLISH) -> dict[str, Any]:
        """Return a message in the channel's own shape; `unsubscribe_url` is '' without one."""

    def normalise(self, address: str) -> str:
        if len(address) > MAX_ADDRESS_LENGTH:
            raise AddressError(ADDRESS_TOO_LONG)
        try:
            parts = urlsplit(address)
            valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            valid = False
        if not valid:
            raise AddressError(_WRITE_WHOLE)
        return _with_ascii_host(address, parts)

    def lane(self, address: str) -> str:
        """Return the endpoint's host and port."""
        return (urlsplit(address).netloc.rpartition("@")[2] or self.name).lower()[:255]

    def masked(self, address: str) -> str:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.hostname or '…'}/…"

    def sender(self, *, staff: bool) -> Sender:
        return HookSender(guard_for(staff=staff), shape=self.body)


def _with_ascii_host(address: str, parts: SplitResult) -> str:
    """Return an address with its scheme and host as the name system has them. Raises
    AddressError."""
    before, at, host = parts.netloc.rpartition("@")
    name, colon, port = host.partition(":") if not host.startswith("[") else (host, "", "")
    try:
        netloc = f"{before}{at}{ascii_host(name)}{colon}{port}"
    except ValueError:
        raise AddressError(_WRITE_WHOLE) from None
    # Nothing else is touched: the path often is a secret, and is compared byte by byte.
    return f"{parts.scheme}://{netloc}{address[address.index('//') + 2 + len(parts.netloc) :]}"


class HookSender:
    """One signed POST per message, in the format that the recipient chose or else in `shape`."""

    def __init__(
        self, guard: AddressGuard, *, shape: Format, authorities: str | None = None
    ) -> None:
        self._shape = shape
        self._poster = HttpPoster(guard, authorities=authorities)

    def send(self, message: Message, recipient: Recipient, *, deadline: float) -> Outcome:
        # A receiver reads the wall clock, and refuses what it takes for a replay.
        now = time.time()
        is_confirmation = message.facts.event == _CONFIRM_EVENT
        # The question carries what only our own shape has room for.
        shape = (
            self._shape if is_confirmation or not recipient.format else FORMATS[recipient.format]
        )
        unsubscribe = recipient.links.get("unsubscribe", "")
        body = encoded(
            shape,
            _with_confirmation(message.facts, recipient),
            unsubscribe_url=unsubscribe,
            words=words_of(recipient.language),
        )
        headers = signing.headers(message.message_id, body, at=now, secrets=recipient.secrets)
        response = self._poster.post(recipient.address, body, headers, deadline=deadline)
        return outcome(response, hidden=(recipient.address, *recipient.secrets))

    def close(self) -> None:
        self._poster.close()


def _with_confirmation(facts: Facts, recipient: Recipient) -> Facts:
    """Return the facts; a confirmation request carries the link that confirms, so that
    no one can subscribe an endpoint whose messages they cannot read."""
    if facts.event != _CONFIRM_EVENT:
        return facts
    link = recipient.links["confirm"]
    # With the secret: whoever can read this is whom later messages have to convince.
    secret = {"signing_secret": recipient.secrets[0]} if recipient.secrets else {}
    return replace(facts, url=link, more={**facts.more, "confirm_url": link, **secret})


def outcome(response: Response, *, hidden: Collection[str]) -> Outcome:
    """Return the outcome: 2xx is delivered, 410 wants no more, an address that is not allowed is
    not tried again; everything else may well work later."""
    if response.blocked:
        return Outcome(SendStatus.PERMANENT, text=response.error)
    if response.error:
        return Outcome(SendStatus.TEMPORARY, text=response.error, lane_down=response.unreachable)
    text = _redacted(response.body.decode("utf-8", "replace"), hidden)
    if 200 <= response.status < 300:
        return Outcome(SendStatus.SENT, response.status, text)
    if response.status == _GONE:
        return Outcome(SendStatus.GONE, response.status, text)
    return Outcome(SendStatus.TEMPORARY, response.status, text, wait=_seconds(response.retry_after))


def _seconds(retry_after: str) -> float | None:
    return float(retry_after) if re.fullmatch(r"\d{1,6}", retry_after) else None


def _redacted(text: str, hidden: Collection[str]) -> str:
    """Return the response's text without the secrets and the endpoint's own address, whose path
    often is one."""
    words = {word for known in hidden for word in (known, *re.split(r"[/?&=:@]", known))}
    hosts = {urlsplit(known).hostname for known in hidden}
    mask = SecretMask(sorted(word for word in words - hosts if word and len(word) >= 8))
    return paragraph(mask(text))[:MAX_RESPONSE_CHARS]
