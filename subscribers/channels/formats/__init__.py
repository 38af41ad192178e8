"""The shapes that the owner of a webhook may choose from, one module each. No Django.

Chat services have one shape each, which stands in the module of their channel.
"""

from typing import Any, Protocol

from components.languages.words import ENGLISH, Words
from components.values.compact_json import compact_bytes
from subscribers.channels.formats import native, statuspage, text
from subscribers.message import Facts


class Format(Protocol):
    """Puts a message's facts into an object of JSON."""

    def __call__(
        self, facts: Facts, *, unsubscribe_url: str, words: Words = ENGLISH
    ) -> dict[str, Any]: ...


FORMATS: dict[str, Format] = {
    "native": native.body,
    "statuspage": statuspage.body,
    "text": text.body,
}
"""By the word that is stored; the first is the default."""


def encoded(shape: Format, facts: Facts, *, unsubscribe_url: str, words: Words = ENGLISH) -> bytes:
    """Return the message's body: the same bytes in every repeat.

    `words` are those of people who read it; what programs read is English in every shape.
    """
    return compact_bytes(shape(facts, unsubscribe_url=unsubscribe_url, words=words))
