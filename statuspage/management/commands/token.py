"""`manage.py token NAME --scope S [--expires WHEN]`: makes an API token, prints its key once."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.access import tokens


class Command(BaseCommand):
    help = "Makes an API token and prints its key, the only time it is shown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what it is for; a name is used once")
        parser.add_argument(
            "--scope", action="append", default=[], metavar="S", help=", ".join(tokens.SCOPES)
        )
        parser.add_argument(
            "--expires", type=_instant, metavar="WHEN",
            help="in so many days (90d), on a day (2027-01-31) or at an instant with its offset"
            " (2027-01-31T12:00:00Z); never, unless told",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key = tokens.create(
                name=options["name"], scopes=options["scope"], expires_at=options["expires"]
            )
        except ValidationError as error:
            problems = (
                f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items()
            )
            raise CommandError("\n".join(problems)) from error
        self.stdout.write(key)


def _instant(text: str) -> datetime:
    """Return when a token expires: in the future, and written with its offset."""
    days = text.removesuffix("d")
    try:
        if text.endswith("d") and days.isascii() and days.isdigit():
            at = datetime.now(UTC) + timedelta(days=int(days))
        else:
            at = datetime.fromisoformat(text)
            if len(text) == len("2027-01-31"):
                at = at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ArgumentTypeError("write 90d, 2027-01-31 or 2027-01-31T12:00:00Z") from None
    if at.utcoffset() is None:
        raise ArgumentTypeError("write the instant with its offset, such as 2027-01-31T12:00:00Z")
    if at <= datetime.now(UTC):
        raise ArgumentTypeError(f"{text} is over already")
    return at
