"""Secrets at rest: sealed by the newest key, opened by any that is known.

The keys are those in `STATUSPAGE_SECRET_KEYS`; else those in `secrets.keys` in the data folder
(mode 0600, one a line, the newest first), which is made when the first secret is sealed. Nothing
but tokens is ever stored: what is lost with the keys has to be entered again.
"""

import hashlib
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from components.filesystem.atomic_file import create_file, write_file
from components.secrets.keys import (
    KeyFormatError,
    Keys,
    SecretError,
    new_key,
)

__all__ = ["SEALED", "Sealed", "SecretError", "is_sealed", "seal", "unseal"]


_creation_lock = threading.Lock()
_BOUND = "\0for "
"""Begins the text of a secret with a destination; no other begins with a NUL."""


def seal(text: str, *, destination: str = "") -> str:
    """Return a token that stands for `text`: the only form in which a secret is stored.

    One that is sealed for a destination is opened for that one only.
    """
    return keys_or_create().seal(_bound(destination) + text)


def unseal(token: str, *, destination: str = "") -> str:
    """Return the text behind a token. Raises SecretError, which says what is to be done.

    `destination` is where it is about to go. Whoever can write to the database, but has no key,
    cannot have a secret sent elsewhere by changing the address beside it.
    """
    text = _open(token)
    if not text.startswith(_BOUND):
        return text  # sealed for itself, or before secrets had destinations
    if not destination or not text.startswith(_bound(destination)):
        raise SecretError("it was entered for another destination: enter it again")
    return text.removeprefix(_bound(destination))


def is_bound(token: str) -> bool:
    """Return whether a secret was sealed for a destination. Raises SecretError."""
    return _open(token).startswith(_BOUND)


def _bound(destination: str) -> str:
    if not destination:
        return ""
    return f"{_BOUND}{hashlib.sha256(destination.encode()).hexdigest()}\0"


def _open(token: str) -> str:
    known = keys()
    if known is None:
        raise SecretError(
            f"there is no key to read it with: put {key_path()} back, or enter the secret again"
        )
    try:
        return known.unseal(token)
    except SecretError:
        raise SecretError(
            "it was sealed with a key that is not known here: add that key to "
            "STATUSPAGE_SECRET_KEYS or the key file, or enter the secret again"
        ) from None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret as a model holds it: a token that only `reveal` opens."""

    token: str

    @classmethod
    def of(cls, text: str) -> "Sealed":
        return cls(seal(text))

    def reveal(self) -> str:
        """Return the secret itself. Raises SecretError."""
        return unseal(self.token)

    def __str__(self) -> str:
        return "set"

    def __repr__(self) -> str:
        return "Sealed(set)"


def key_path() -> Path:
    folder: Path = settings.STATUSPAGE.data_dir
    return folder / "secrets.keys"


def keys() -> Keys | None:
    """Return the keys in force; None when there are none yet, or the file is lost.

    Raises SecretError when the file cannot be read.
    """
    if settings.STATUSPAGE.secret_keys:
        return Keys(settings.STATUSPAGE.secret_keys)
    path = key_path()
    try:
        state = path.stat()
        # Other processes rotate keys as well: a file that has changed is read again.
        return _read(path, state.st_ino, state.st_mtime_ns)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, KeyFormatError) as error:
        raise SecretError(f"the keys in {path} cannot be read: {error}") from None


def ring_id() -> str:
    """Return a short name of the set of keys in force, in whatever order; it gives none away."""
    try:
        known = keys()
    except SecretError:
        return "unreadable"
    return _ring_id(known) if known is not None else "none"


@lru_cache(maxsize=8)
def _ring_id(known: Keys) -> str:
    return hashlib.sha256("\n".join(sorted(known.texts)).encode()).hexdigest()[:10]


@lru_cache(maxsize=2)
def _read(path: Path, _inode: int, _changed: int) -> Keys:
    return Keys.of(path.read_text(encoding="ascii").splitlines())


def write_keys(wanted: Keys) -> None:
    """Replace the key file as a whole: a concurrent reader gets the former one."""
    write_file(_folder_made(), _text(wanted), mode=0o600, sync=True)


def keys_or_create() -> Keys:
    """Return the keys in force; make the first one where there is none. Raises SecretError."""
    known = keys()
    if known is not None:
        return known
    with _creation_lock:
        # Two processes may be here at once: the first one's file stays, and both read that.
        create_file(_folder_made(), _text(Keys((new_key(),))), mode=0o600, sync=True)
    made = keys()
    if made is None:
        raise SecretError(f"the keys in {key_path()} have gone as they were made")
    return made


def _folder_made() -> Path:
    path = key_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _text(wanted: Keys) -> bytes:
    return "".join(f"{text}\n" for text in wanted.texts).encode("ascii")


SEALED = "$sealed"


def is_sealed(value: Any) -> bool:
    """Return whether part of a JSON value is a sealed secret, `{"$sealed": TOKEN}`."""
    return isinstance(value, dict) and value.keys() == {SEALED} and isinstance(value[SEALED], str)
