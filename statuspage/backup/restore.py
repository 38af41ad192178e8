"""Restoring a backup: checked, counted, migrated forward and held before it is anybody's store."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection

from components import journal, secrets
from components.secrets import rotation
from components.secrets.keys import Keys
from monitors.history import partitions
from statuspage.backup import archive, databases, keys, manifest, restore_postgres, restore_sqlite
from statuspage.backup.errors import BackupError
from statuspage.backup.keys import StoreKeys
from statuspage.backup.manifest import Manifest
from statuspage.backup.progress import Say
from statuspage.backup.verify import check_store, unpacked
from statuspage.publishing import disk_copy
from statuspage.runtime import first_start
from subscribers.delivery import holds

WHAT = "no store is restored under running roles"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it."""

    manifest: Manifest
    kept: str
    """Where the former store is, in words; '' when there was none."""
    unreadable: int
    """Stored secrets that no key here opens."""
    same_signing_key: bool


def restore(
    path: Path,
    *,
    now: datetime,
    say: Say,
    replace: bool = False,
    given: StoreKeys | None = None,
    passphrase: Callable[[], str] | None = None,
) -> Restored:
    """Make the backup at `path` the store in use. Deliveries are held in it.

    `given` are keys from a file; `passphrase` asks for what opens those in the backup. With
    `replace` a store that is there is kept aside. Raises BackupError; then all is as it was.
    """
    found = archive.read_manifest(path)
    refuse_unknown(found)
    databases.refuse_roles_at_work(what=WHAT)
    if databases.has_tables() and not replace:
        raise BackupError(
            f"{databases.describe()} is not empty. With --replace what is there is kept aside, and "
            "the backup takes its place."
        )
    folder: Path = settings.STATUSPAGE.data_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = databases.sqlite_path().parent if connection.vendor == "sqlite" else folder
    try:
        with unpacked(path, beside=beside, say=say) as (found, files):
            new_keys = given or _sealed_keys(files, passphrase)
            if new_keys is not None:
                _check_keys(new_keys, found)
            check_store(found, files[found.store], say=say)
            return _put(found, files[found.store], new_keys, now=now, say=say)
    except OSError as error:
        raise BackupError(f"{error.filename or folder}: {error.strerror or error}") from None
    except DatabaseError as error:
        text = " ".join(str(error).split())
        raise BackupError(f"{databases.describe()} could not be restored: {text}") from None


def refuse_unknown(found: Manifest) -> None:
    """Raise BackupError for a backup of a newer release, or of another kind of database."""
    if unknown := databases.unknown_migrations(list(found.migrations)):
        raise BackupError(
            f"this backup is of a newer release ({found.product}): this one does not know "
            f"{len(unknown)} of its migrations ({', '.join(unknown[:3])}). Restore it with that "
            "release or a later one."
        )
    if found.database != connection.vendor:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise BackupError(
            f"this backup is of {names[found.database]}, and the store here is "
            f"{names[connection.vendor]}: restore it on the former, then move it (manage.py move)"
        )


def _sealed_keys(files: dict[str, Path], passphrase: Callable[[], str] | None) -> StoreKeys | None:
    sealed = files.get(manifest.KEYS)
    if passphrase is None:
        return None
    if sealed is None:
        raise BackupError(
            "there are no keys in this backup: give them with --keys, or leave it out"
        )
    return keys.unseal(sealed.read_bytes(), passphrase())


def _check_keys(new_keys: StoreKeys, found: Manifest) -> None:
    if keys.digest(new_keys.secret_key) != found.secret_key:
        raise BackupError("these keys are of another store than the backup: give those of then")
    keys.check_place(new_keys)


def _put(
    found: Manifest, store: Path, new_keys: StoreKeys | None, *, now: datetime, say: Say
) -> Restored:
    stamp = f"{now:%Y%m%d%H%M%S}"
    reason = f"restored from the backup of {_instant(found)}"

    def finish() -> None:
        _migrate(found, say)
        with journal.without_listeners():
            holds.begin_hold(reason, now=now, actor="manage.py restore")
        say("Deliveries are held")

    if connection.vendor == "sqlite":
        kept = restore_sqlite.put(store, finish=finish, stamp=stamp, what=WHAT)
    else:
        kept = restore_postgres.put(found, store, finish=finish, stamp=stamp, say=say)
    if new_keys is not None:
        keys.put_in_place(new_keys, stamp=stamp, say=say)
        say(f"Keys put in place: {keys.names_of_places()}")
    known = Keys(new_keys.secret_keys) if new_keys and new_keys.secret_keys else secrets.keys()
    unreadable = len(rotation.survey(known).unreadable)
    _publish(now, say)
    signing = new_keys.secret_key if new_keys else settings.SECRET_KEY
    return Restored(found, kept, unreadable, keys.digest(signing) == found.secret_key)


def _migrate(found: Manifest, say: Say) -> None:
    before = set(found.migrations)
    call_command("migrate", interactive=False, verbosity=0)
    if added := len(set(databases.applied_migrations()) - before):
        say(f"{added} migrations applied: the backup is of an older release ({found.product})")


def _publish(now: datetime, say: Say) -> None:
    """Publish the restored page. Whatever goes wrong, the store is restored, and beat publishes."""
    # A starting web process would show the copy of the store that is gone.
    disk_copy.snapshot_path().unlink(missing_ok=True)
    try:
        if partitions.is_supported():
            partitions.create_days(partitions.days_ahead(now=now.timestamp()))
        first_start.publish()
    except Exception as error:  # noqa: BLE001  (whatever a page's content runs into)
        say(f"The page could not be published yet; beat will: {' '.join(str(error).split())}")


def _instant(found: Manifest) -> str:
    return f"{datetime.fromisoformat(found.created_at).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
