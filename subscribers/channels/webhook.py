"""Webhooks and the incoming hooks of chat services: one signed POST in the recipient's format."""

import re
import time
from urllib.parse import urlsplit

from components.addresses import AddressGuard
from components.text import paragraph
from subscribers import signing
from subscribers.channels.base import KEPT, Fate, Message, Outcome, Recipient
from subscribers.formats import encode
from subscribers.posting import Poster, Reply

_GONE = 410


class WebhookChannel:
    """`shape` is the format that a recipient without one of its own gets."""

    def __init__(
        self, guard: AddressGuard, *, shape: str = "native", authorities: str | None = None
    ) -> None:
        self._shape = shape
        self._poster = Poster(guard, authorities=authorities)

    def send(self, message: Message, recipient: Recipient, *, deadline: float) -> Outcome:
        # A receiver reads the wall clock, and refuses what it takes for a replay.
        now = time.time()
        name = recipient.format or self._shape
        body = encode(name, message.facts, unsubscribe_url=recipient.links.get("unsubscribe", ""))
        headers = signing.headers(message.message_id, body, at=now, secrets=recipient.secrets)
        reply = self._poster.post(recipient.address, body, headers, deadline=deadline)
        return outcome(reply, hidden=recipient.address)

    def close(self) -> None:
        self._poster.close()


def outcome(reply: Reply, *, hidden: str) -> Outcome:
    """2xx is delivered, 410 wants no more, an address that is not allowed will not be tried again;
    everything else may well work later."""
    if reply.blocked:
        return Outcome(Fate.PERMANENT, text=reply.trouble)
    if reply.trouble:
        return Outcome(Fate.TEMPORARY, text=reply.trouble, lane_down=reply.unreached)
    text = _without(reply.body.decode("utf-8", "replace"), hidden)
    if 200 <= reply.status < 300:
        return Outcome(Fate.SENT, reply.status, text)
    if reply.status == _GONE:
        return Outcome(Fate.GONE, reply.status, text)
    return Outcome(Fate.TEMPORARY, reply.status, text, wait=_seconds(reply.retry_after))


def _seconds(retry_after: str) -> float | None:
    return float(retry_after) if re.fullmatch(r"\d{1,6}", retry_after) else None


def _without(text: str, address: str) -> str:
    """What was answered, without the endpoint's own address: in its path is often the secret."""
    parts = urlsplit(address)
    words = {word for word in re.split(r"[/?&=:@]", address) if len(word) >= 8}
    words = (words | {address, parts.path}) - {"", "/", parts.hostname}
    for word in sorted(filter(None, words), key=len, reverse=True):
        text = text.replace(word, "…")
    return paragraph(text)[:KEPT]
