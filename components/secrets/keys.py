"""Keys that seal secrets at rest: the newest one seals, every known one opens.

Fernet: AES-128 in CBC mode, authenticated with HMAC-SHA256, from the `cryptography` package.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SecretError(Exception):
    """A secret cannot be opened: the key that sealed it is not known here, or it was altered."""


class KeyFormatError(ValueError):
    """Text is not a key; the message says what a key looks like, and never repeats the text."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """At least one key, the newest first."""

    texts: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Keys":
        """Return the keys in `texts`, each once. Raises KeyFormatError, also when there is none."""
        known = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
        if not known:
            raise KeyFormatError("there is no key")
        for number, text in enumerate(known, start=1):
            try:
                Fernet(text)
            except ValueError:
                raise KeyFormatError(
                    f"key {number} must be 32 bytes in URL-safe base64, as `manage.py rotate-keys "
                    "--new-key` makes them"
                ) from None
        return cls(known)

    def seal(self, text: str) -> str:
        return Fernet(self.texts[0]).encrypt(text.encode()).decode("ascii")

    def unseal(self, token: str) -> str:
        """Return the text that was sealed. Raises SecretError."""
        try:
            return MultiFernet(list(self._fernets())).decrypt(token).decode()
        except (InvalidToken, ValueError, TypeError):
            raise SecretError("none of the known keys opens it") from None

    def is_current(self, token: str) -> bool:
        """Return whether the newest key sealed it."""
        try:
            Fernet(self.texts[0]).decrypt(token)
        except (InvalidToken, ValueError, TypeError):
            return False
        return True

    def reseal(self, token: str) -> str:
        """Return the same secret under the newest key; `token` itself when it is so already.

        Raises SecretError.
        """
        return token if self.is_current(token) else self.seal(self.unseal(token))

    def with_new(self) -> "Keys":
        return Keys((new_key(), *self.texts))

    def newest_only(self) -> "Keys":
        return Keys(self.texts[:1])

    def _fernets(self) -> Iterator[Fernet]:
        return map(Fernet, self.texts)


def new_key() -> str:
    return Fernet.generate_key().decode("ascii")
