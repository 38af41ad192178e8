"""What every format of alerts is read into, and how its fields are read."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

MAX_FINGERPRINT_LENGTH = 64
"""A longer one stands as its digest."""


class AlertFormatError(ValueError):
    """A body is not of its format; `field` is the path of what is wrong, '' for all of it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


def fingerprint_of(given: str, labels: Mapping[str, str]) -> str:
    """Return what identifies an alert: what the sender gives, else a digest of its sorted labels.

    Contract P02.
    """
    if given and len(given) <= MAX_FINGERPRINT_LENGTH:
        return given
    text = given or json.dumps(sorted(labels.items()), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def read_object(value: Any, path: str) -> Mapping[str, Any]:
    """Return a JSON object. Raises AlertFormatError naming `path`."""
    if not isinstance(value, dict):
        raise AlertFormatError(path, "Send an object.")
    return value


def read_list(value: Any, path: str) -> list[Any]:
    """Return a JSON array. Raises AlertFormatError naming `path`."""
    if not isinstance(value, list):
        raise AlertFormatError(path, "Send a list.")
    return value


def read_text(value: Any, path: str) -> str:
    """Return a text; '' for what is missing. Raises AlertFormatError naming `path`."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise AlertFormatError(path, "Send a text.")
    return value


def read_texts(value: Any, path: str) -> Mapping[str, str]:
    """Return an object of texts; empty for what is missing. Raises AlertFormatError."""
    if value is None:
        return {}
    return {
        name: read_text(text, f"{path}.{name}") for name, text in read_object(value, path).items()
    }


def read_instant(value: Any, path: str) -> float | None:
    """Return an instant of RFC 3339 in seconds; None for what is missing, or Go's zero time.

    Raises AlertFormatError naming `path`.
    """
    text = read_text(value, path)
    if not text or text.startswith("0001-"):
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        return at.timestamp()
    except (ValueError, OverflowError):
        raise AlertFormatError(path, "Send a time such as 2026-11-30T12:00:00Z.") from None


def read_word(value: Any, path: str) -> str:
    """Return a text that has to be there. Raises AlertFormatError naming `path`."""
    text = read_text(value, path)
    if not text:
        raise AlertFormatError(path, "Send a text that is not empty.")
    return text


def read_id(value: Any, path: str) -> str:
    """Return an identifier, a text or a number. Raises AlertFormatError naming `path`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return read_word(value, path)


def tags_of(tags: Iterable[str]) -> dict[str, str]:
    """Return tags such as `team:shop` as labels; one without a value is its own."""
    pairs = (tag.strip().partition(":") for tag in tags)
    return {name: value or name for name, _, value in pairs if name}
