"""`manage.py setup`: makes a store ready to serve, without starting anything."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from statuspage.config.parsers import mail_address
from statuspage.management import admission
from statuspage.runtime.first_start import NewOwner, OwnerError
from statuspage.runtime.keys.check import EXIT_CODE, NotAdmittedError
from statuspage.runtime.setup import Report, set_up

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  (compared, not bound)


class Command(BaseCommand):
    help = (
        "Makes the store ready: tables, the first account, components of the product itself, "
        "today's partition. Run again, it changes nothing and says so."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        ours = settings.STATUSPAGE
        parser.add_argument("--owner-name", default=ours.owner_name, metavar="NAME")
        parser.add_argument("--owner-email", default=ours.owner_email, metavar="ADDRESS")
        parser.add_argument(
            "--owner-password-file", metavar="FILE",
            help="holds the first account's password; without one it is made and shown once",
        )  # fmt: skip
        parser.add_argument(
            "--no-own-components", action="store_true",
            help="make no components about the product itself",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        ours = settings.STATUSPAGE
        report = Report(say=self._write)
        place = "PostgreSQL of DATABASE_URL" if ours.database_url else str(ours.data_dir)
        self._write(f"{'store':<11} {place}")
        try:
            set_up(
                public_url=_url(ours.host, ours.port),
                management_url=_url(ours.management_host, ours.management_port),
                report=report,
                owner=_owner(options),
                own_components=not options["no_own_components"],
            )
        except OwnerError as error:
            raise CommandError(str(error)) from None
        except NotAdmittedError as error:
            raise CommandError(admission.refusal(error), returncode=EXIT_CODE) from None
        except DatabaseError as error:
            text = " ".join(str(error).split())
            raise CommandError(
                f"The database could not be made ready: {text} Check DATABASE_URL and the server, "
                "then run this again."
            ) from None
        if not report.changes:
            self._write("Everything was there already; nothing was changed.")
            return
        self._write(
            "Ready. Next: manage.py up, or the services web, beat, work --queue probes and work "
            f"--queue notify; then sign in at {ours.site_url}/admin/."
        )

    def _write(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _owner(options: dict[str, Any]) -> NewOwner:
    """Return the account that is asked for. Raises CommandError."""
    try:
        mail_address(options["owner_email"])
    except ValueError as error:
        raise CommandError(f"--owner-email: {error}") from None
    password = settings.STATUSPAGE.owner_password
    if file := options["owner_password_file"]:
        try:
            password = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"--owner-password-file: {file} cannot be read: {error}") from None
        if not password:
            raise CommandError(f"--owner-password-file: {file} is empty")
    return NewOwner(options["owner_name"], options["owner_email"], password)


def _url(host: str, port: int) -> str:
    return f"http://{_WILDCARDS.get(host, host)}:{port}"
