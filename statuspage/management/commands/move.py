"""`manage.py move --to DATABASE_URL`: moves the store between SQLite and PostgreSQL."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.backup.errors import BackupError, BrokenOffError, breakable
from statuspage.backup.move import move


class Command(BaseCommand):
    help = (
        "Copies the store to an empty database, counts and compares both, and holds the former "
        "one. Broken off and run again it goes on. Stop everything first."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        target = parser.add_mutually_exclusive_group(required=True)
        target.add_argument(
            "--to", metavar="DATABASE_URL",
            help="postgres://user:password@host:5432/name, or sqlite:////path/to/file",
        )  # fmt: skip
        target.add_argument(
            "--to-file", type=Path, metavar="FILE",
            help="holds the address, so that no list of processes shows its password",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        url = options["to"] or _read(options["to_file"])
        try:
            with breakable():
                done = move(url, now=datetime.now(UTC), say=self._say)
        except BackupError as error:
            raise CommandError(str(error)) from None
        except BrokenOffError:
            raise CommandError("Broken off; run it again, and it goes on from here.") from None
        self._say(
            f"Moved: {done.rows:,} rows in {done.tables} tables, the same in both databases. "
            f"{done.source} is held: it sends nothing to subscribers any more."
        )
        self._say(
            f"Next: have DATABASE_URL lead to {done.target} on every machine, keep the keys as "
            "they are, and start everything."
        )

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _read(file: Path) -> str:
    """Return the address in a file. Raises CommandError."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--to-file: {file} cannot be read: {error}") from None
