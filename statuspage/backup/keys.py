"""The keys that belong to a store, apart from a backup or sealed in it with a passphrase.

What is sealed with a passphrase is a Fernet token; its key comes from the passphrase by scrypt
(RFC 7914).
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings

from components import secrets
from components.filesystem.atomic_file import create_file, write_file
from components.secrets.keys import KeyFormatError, Keys
from statuspage.backup.errors import BackupError

_FORMAT = "statuspage keys 1"
_SEALED_FORMAT = "statuspage sealed keys 1"
_COST = {"n": 1 << 15, "r": 8, "p": 1}
"""32 MB and about a tenth of a second for each guess."""
_MOST_MEMORY = 1 << 30
LEAST_PASSPHRASE = 12


@dataclass(frozen=True, slots=True)
class StoreKeys:
    """What signs links, and what opens stored secrets."""

    secret_key: str = field(repr=False)
    secret_keys: tuple[str, ...] = field(repr=False)
    """The newest first; none where no secret was ever stored."""

    def text(self) -> bytes:
        told = {"format": _FORMAT, "secret_key": self.secret_key, "secret_keys": self.secret_keys}
        return json.dumps(told, indent=1).encode()


def in_force() -> StoreKeys:
    """Return the keys that this machine has. Raises BackupError."""
    try:
        known = secrets.keys()
    except secrets.SecretError as error:
        raise BackupError(str(error)) from None
    return StoreKeys(settings.SECRET_KEY, known.texts if known else ())


def names_of_places() -> str:
    """Return where the keys of this machine stand, in words."""
    ours = settings.STATUSPAGE
    signing = "STATUSPAGE_SECRET_KEY" if ours.secret_key else str(_signing_path())
    sealing = "STATUSPAGE_SECRET_KEYS" if ours.secret_keys else str(secrets.key_path())
    return f"{signing} and {sealing}"


def digest(secret_key: str) -> str:
    """Return what tells whether a signing key is the same, without giving it away."""
    told = hmac.new(secret_key.encode(), b"statuspage backup: signing key", hashlib.sha256)
    return told.hexdigest()[:32]


def read(text: bytes) -> StoreKeys:
    """Return the keys in a file that `write` made. Raises BackupError."""
    try:
        told: dict[str, Any] = json.loads(text)
        if told.get("format") != _FORMAT:
            raise ValueError("it does not say that it is one")
        found = tuple(map(str, told["secret_keys"]))
        secret_key = told["secret_key"]
        if not isinstance(secret_key, str) or not secret_key.strip():
            raise ValueError("there is no signing key in it")
        return StoreKeys(secret_key, Keys.of(found).texts if found else ())
    except (ValueError, KeyError, TypeError, AttributeError, KeyFormatError) as error:
        raise BackupError(f"this is no file of keys: {error}") from None


def write(path: Path, keys: StoreKeys) -> None:
    """Write keys to a new file, mode 0600. Raises BackupError."""
    try:
        if not create_file(path, keys.text(), mode=0o600, sync=True) and (
            path.read_bytes() != keys.text()
        ):
            raise BackupError(f"{path} is there already, with other content: choose another name")
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror or error}") from None


def seal(keys: StoreKeys, passphrase: str) -> bytes:
    """Return keys as only the passphrase opens them."""
    salt = os.urandom(16)
    token = Fernet(_derived(passphrase, salt, **_COST)).encrypt(keys.text())
    told = {
        "format": _SEALED_FORMAT,
        **_COST,
        "salt": base64.b64encode(salt).decode(),
        "token": token.decode(),
    }
    return json.dumps(told).encode()


def unseal(text: bytes, passphrase: str) -> StoreKeys:
    """Return sealed keys. Raises BackupError, also for another passphrase."""
    try:
        told: dict[str, Any] = json.loads(text)
        if told.get("format") != _SEALED_FORMAT:
            raise ValueError("their format is not known here")
        cost = {name: int(told[name]) for name in _COST}
        if not 0 < 128 * cost["n"] * cost["r"] * cost["p"] <= _MOST_MEMORY:
            raise ValueError("opening them would take more than 1 GB")
        key = _derived(passphrase, base64.b64decode(told["salt"]), **cost)
        opened = Fernet(key).decrypt(told["token"].encode())
    except InvalidToken:
        raise BackupError("the passphrase does not open the keys in this backup") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"the sealed keys cannot be read: {error}") from None
    return read(opened)


def _derived(passphrase: str, salt: bytes, *, n: int, r: int, p: int) -> bytes:
    return base64.urlsafe_b64encode(
        Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(passphrase.encode())
    )


def check_place(keys: StoreKeys) -> None:
    """Raise BackupError if settings of this machine say other keys, which no file would replace."""
    ours = settings.STATUSPAGE
    if ours.secret_key and ours.secret_key != keys.secret_key:
        raise BackupError(
            "STATUSPAGE_SECRET_KEY is another key here than the backup's: set it to that one, or "
            "leave it out, and it is put in place"
        )
    if ours.secret_keys and not set(keys.secret_keys) <= set(ours.secret_keys):
        raise BackupError(
            "STATUSPAGE_SECRET_KEYS lacks a key of the backup's: add it, or leave the setting out, "
            "and they are put in place"
        )


def put_in_place(keys: StoreKeys, *, stamp: str, say: Callable[[str], None]) -> None:
    """Write keys where this machine looks for them, mode 0600; other ones there are kept beside."""
    check_place(keys)
    ours = settings.STATUSPAGE
    ours.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not ours.secret_key:
        _replace(_signing_path(), f"{keys.secret_key}\n".encode(), stamp, say)
    if not ours.secret_keys and keys.secret_keys:
        text = "".join(f"{each}\n" for each in keys.secret_keys)
        _replace(secrets.key_path(), text.encode(), stamp, say)


def _replace(path: Path, text: bytes, stamp: str, say: Callable[[str], None]) -> None:
    if path.exists():
        if path.read_bytes() == text:
            path.chmod(0o600)
            return
        kept = path.with_name(f"{path.name}.replaced-{stamp}")
        write_file(kept, path.read_bytes(), mode=0o600, sync=True)
        say(f"{path} was another key; that one is kept as {kept.name}")
    write_file(path, text, mode=0o600, sync=True)


def _signing_path() -> Path:
    folder: Path = settings.STATUSPAGE.data_dir
    return folder / "secret.key"
