"""`manage.py restore FILE`: makes a backup the store in use; nothing is sent until you say so."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.backup import keys
from statuspage.backup.errors import BackupError, BrokenOffError, breakable
from statuspage.backup.restore import Restored, restore
from statuspage.management import passphrases


class Command(BaseCommand):
    help = (
        "Restores a backup into an empty store, or with --replace in place of the one there is. "
        "Deliveries are held afterwards, for some may have been sent since it was made."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="keep the store that is there aside"
        )
        parser.add_argument(
            "--keys", type=Path, metavar="KEYFILE", help="put the keys in this file in place"
        )
        parser.add_argument(
            "--with-keys", action="store_true", help="put the keys sealed in the backup in place"
        )
        passphrases.add_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keys"] and options["with_keys"]:
            raise CommandError("--keys and --with-keys are two sources of the same: give one.")
        sealed = options["with_keys"] or options["passphrase_file"]
        try:
            with breakable():
                done = restore(
                    options["file"].absolute(),
                    now=datetime.now(UTC),
                    say=self._say,
                    replace=options["replace"],
                    given=_keys(options["keys"]),
                    passphrase=(lambda: passphrases.given(options)) if sealed else None,
                )
        except BackupError as error:
            raise CommandError(str(error)) from None
        except BrokenOffError:
            raise CommandError("Broken off; the store is as it was.") from None
        self._tell(done)

    def _tell(self, done: Restored) -> None:
        found = done.manifest
        self._say(
            f"Restored: {found.rows:,} rows in {len(found.tables)} tables, as counted when the "
            f"backup was made ({found.created_at})."
        )
        if done.kept:
            self._say(f"The former store is kept: {done.kept}. Remove it when you are sure.")
        if not done.same_signing_key:
            self._say(
                "The signing key here is another one: links in mails and sign-ins from before lead "
                "nowhere until secret.key or STATUSPAGE_SECRET_KEY is the one of then."
            )
        if done.unreadable:
            self._say(
                f"{done.unreadable} stored secrets cannot be read with the keys here: put the keys "
                "of then in place (secrets.keys or STATUSPAGE_SECRET_KEYS); manage.py doctor lists "
                "them."
            )
        self._say(
            "Nothing is sent to subscribers until you say so. Start everything, look at what is "
            "held, then: manage.py deliveries release, or discard."
        )

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _keys(file: Path | None) -> keys.StoreKeys | None:
    if file is None:
        return None
    try:
        return keys.read(file.read_bytes())
    except OSError as error:
        raise BackupError(f"--keys: {file} cannot be read: {error.strerror}") from None
    except BackupError as error:
        raise BackupError(f"--keys: {file}: {error}") from None
