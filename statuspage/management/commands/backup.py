"""`manage.py backup FILE`: writes a backup of the store while it is in use, or checks one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.backup import keys
from statuspage.backup.create import create
from statuspage.backup.errors import BackupError, BrokenOffError, breakable
from statuspage.backup.verify import verify
from statuspage.management import passphrases


class Command(BaseCommand):
    help = (
        "Writes a backup of the store to FILE while everything is at work, or checks one "
        "(--verify). Keys are not in it unless they are sealed with a passphrase."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--verify", action="store_true", help="check the backup FILE: exits 1 if it is damaged"
        )
        parser.add_argument("--overwrite", action="store_true", help="replace FILE if it is there")
        parser.add_argument(
            "--keys", type=Path, metavar="KEYFILE", help="write the keys to a file of their own"
        )
        parser.add_argument(
            "--with-keys", action="store_true", help="have the keys in it, sealed with a passphrase"
        )
        passphrases.add_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"].absolute()
        try:
            with breakable():
                self._verify(file) if options["verify"] else self._create(file, options)
        except BackupError as error:
            raise CommandError(str(error)) from None
        except BrokenOffError:
            raise CommandError("Broken off; nothing is left of it.") from None

    def _create(self, file: Path, options: dict[str, Any]) -> None:
        if options["passphrase_file"] and not options["with_keys"]:
            raise CommandError("--passphrase-file goes with --with-keys")
        passphrase = passphrases.new(options) if options["with_keys"] else ""
        made = create(
            file, now=datetime.now(UTC), say=self._say, passphrase=passphrase,
            overwrite=options["overwrite"],
        )  # fmt: skip
        if options["keys"]:
            keys.write(options["keys"].absolute(), keys.in_force())
        self._say(
            f"{file}: {made.bytes:,} bytes, {made.manifest.rows:,} rows, {_of(made.manifest)}"
        )
        if passphrase:
            self._say("The keys are in it, sealed with the passphrase: without it they are lost.")
        elif options["keys"]:
            self._say(f"The keys are in {options['keys'].absolute()}: keep it apart, and secret.")
        else:
            self._say(
                f"The keys are not in it: keep {keys.names_of_places()} apart, and secret. Without "
                "them addresses and stored secrets in it cannot be read."
            )

    def _verify(self, file: Path) -> None:
        found = verify(file, say=self._say)
        self._say(
            f"{file} is whole: {found.rows:,} rows in {len(found.tables)} tables, {_of(found)}"
        )

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _of(found: Any) -> str:
    return f"{found.database} {found.server}, release {found.product}, made at {found.created_at}"
