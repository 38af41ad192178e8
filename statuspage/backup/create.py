"""Making a backup: a copy of the live store, a manifest and perhaps the keys, in one archive."""

import fcntl
import os
import shutil
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from statuspage.backup import archive, databases, dump, keys, tools
from statuspage.backup import manifest as manifests
from statuspage.backup.errors import BackupError
from statuspage.backup.manifest import Manifest
from statuspage.backup.progress import Say


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup."""

    manifest: Manifest
    bytes: int


def create(
    path: Path, *, now: datetime, say: Say, passphrase: str = "", overwrite: bool = False
) -> Made:
    """Write a backup of the store in use to `path`, mode 0600, while roles are at work.

    With a passphrase the keys are in it, sealed. Until it is whole there is nothing at `path`, and
    nothing is left of one that fails. Raises BackupError.
    """
    if path.is_dir():
        raise BackupError(f"{path} is a folder: name a file")
    if path.exists() and not overwrite:
        raise BackupError(f"{path} is there already: choose another name, or --overwrite")
    if not databases.has_tables():
        raise BackupError(f"{databases.describe()} is empty: there is nothing to back up")
    try:
        with _draft_folder(path) as folder:
            _check_room(folder, path)
            manifest = _write(folder, now=now, say=say, passphrase=passphrase)
            draft = folder / "archive"
            _sync(draft)
            size = draft.stat().st_size
            draft.replace(path)
            _sync(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror or error}") from None
    except (DatabaseError, sqlite3.Error) as error:
        text = " ".join(str(error).split())
        raise BackupError(f"{databases.describe()} cannot be read: {text}") from None
    return Made(manifest, size)


def _write(folder: Path, *, now: datetime, say: Say, passphrase: str) -> Manifest:
    store = manifests.STORES[connection.vendor]
    say(f"Copying {databases.describe()}")
    migrations = tuple(databases.applied_migrations())
    counts = dump.dump(folder / store, say=say)
    files = {store: folder / store}
    held = keys.in_force()
    if passphrase:
        files[manifests.KEYS] = folder / manifests.KEYS
        files[manifests.KEYS].touch(mode=0o600)
        files[manifests.KEYS].write_bytes(keys.seal(held, passphrase))
    manifest = Manifest(
        created_at=now.isoformat(timespec="seconds"),
        product=product_version(),
        database=connection.vendor,
        server=_server(),
        migrations=migrations,
        tables=counts,
        secret_key=keys.digest(held.secret_key),
        members={name: archive.member_of(file) for name, file in files.items()},
    )
    say(f"Packing {manifest.rows:,} rows of {len(counts)} tables")
    (folder / "archive").touch(mode=0o600)
    archive.write(folder / "archive", manifest, files, say=say)
    return manifest


def _server() -> str:
    if connection.vendor == "sqlite":
        return sqlite3.sqlite_version
    return str(tools.server_version())


def product_version() -> str:
    """Return the version of the release that runs."""
    with suppress(OSError, tomllib.TOMLDecodeError, KeyError):
        text = (settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8")
        return str(tomllib.loads(text)["project"]["version"])
    try:
        return metadata.version("statuspage")
    except metadata.PackageNotFoundError:
        return "unknown"


def _check_room(folder: Path, path: Path) -> None:
    # The copy, and then the archive of it beside.
    needed, free = dump.size_estimate() * 4 // 3, shutil.disk_usage(folder).free
    if free < needed:
        raise BackupError(
            f"{path.parent} has {free:,} bytes free, and about {needed:,} are needed: make room, "
            "or write to another disk"
        )


@contextmanager
def _draft_folder(path: Path) -> Iterator[Path]:
    """Yield a private folder beside `path`, which is gone afterwards.

    One that a killed backup has left is used again, and so removed.
    """
    folder = path.parent / f".{path.name}.partial"
    folder.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"another backup to {path} is under way") from None
        try:
            for entry in folder.iterdir():
                entry.unlink()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
