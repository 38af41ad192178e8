"""The mask of the check that is being made: `one_line` has it hide secrets before it cuts."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from components.values.secret_mask import SecretMask

_NOTHING = SecretMask()
# Of the context and not an argument: what is told of a target passes many hands on its way, in
# every kind of check and in those of others, and none of them can forget it.
_current: ContextVar[SecretMask] = ContextVar("mask", default=_NOTHING)


@contextmanager
def masking(mask: SecretMask) -> Iterator[None]:
    """Have `masked` hide the secrets of one check."""
    token = _current.set(mask)
    try:
        yield
    finally:
        _current.reset(token)


def masked(text: str) -> str:
    """Return text without the secrets of the check that is being made in this context."""
    return _current.get()(text)


def one_line(text: str, *, limit: int = 300) -> str:
    """Return text of foreign origin as one printable line of at most `limit` characters.

    The secrets of the check that is being made are hidden first.
    """
    text = masked(text)
    shown = "".join(character if character.isprintable() else " " for character in text)
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
