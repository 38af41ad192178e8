"""Webhooks: posted in one of three formats, signed as Standard Webhooks has it."""

from typing import Any

from components.languages.words import ENGLISH, Words
from subscribers.channels.formats import FORMATS, native
from subscribers.channels.hooks import HookChannel
from subscribers.message import Facts


class WebhookChannel(HookChannel):
    name = "webhook"
    label = "Webhook"
    position = 20
    signs = True
    formats = tuple(FORMATS)

    def body(self, facts: Facts, *, unsubscribe_url: str, words: Words = ENGLISH) -> dict[str, Any]:
        return native.body(facts, unsubscribe_url=unsubscribe_url, words=words)
