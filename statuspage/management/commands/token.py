"""`manage.py token NAME --scope S [--expires WHEN]`: makes an API token, prints its key once.

`manage.py token NAME --bind --agent A --region R` gives one that there is to an agent.
"""

from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.access import tokens
from statuspage.models import AGENTS_WRITE, ApiToken


class Command(BaseCommand):
    help = "Makes an API token and prints its key, the only time it is shown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what it is for; a name is used once")
        parser.add_argument(
            "--scope", action="append", default=[], metavar="S", help=", ".join(tokens.SCOPES)
        )
        parser.add_argument(
            "--agent", default="", metavar="NAME",
            help="with the scope agents:write: the one agent that it is for",
        )  # fmt: skip
        parser.add_argument(
            "--region", default="", metavar="CODE", help="the region that this agent probes from"
        )
        parser.add_argument(
            "--page", default="", metavar="SLUG",
            help="the one page that it is for: it sees and changes only what that page shows",
        )  # fmt: skip
        parser.add_argument(
            "--monitor", type=int, metavar="ID",
            help="with the scope alerts:write: the one monitor that it sends alerts to",
        )  # fmt: skip
        parser.add_argument(
            "--bind", action="store_true",
            help="give a token that there is to this agent in this region; its key stays",
        )  # fmt: skip
        parser.add_argument(
            "--expires", type=instant_to_come, metavar="WHEN",
            help="in so many days (90d), on a day (2027-01-31) or at an instant with its offset"
            " (2027-01-31T12:00:00Z); never, unless told",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        seat = {"agent": options["agent"], "region": options["region"]}
        try:
            if options["bind"]:
                tokens.bind(_existing(options["name"]), **seat)
                return
            key = tokens.create(
                name=options["name"], scopes=options["scope"], expires_at=options["expires"],
                page=options["page"], monitor=options["monitor"], **seat,
            )  # fmt: skip
        except ValidationError as error:
            problems = (
                f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items()
            )
            raise CommandError("\n".join(problems)) from error
        if AGENTS_WRITE in options["scope"] and not seat["agent"]:
            self.stderr.write(
                "This token is for no agent yet, and may only report as a reader, for which there"
                f" is the scope readers:write. For an agent: manage.py token {options['name']}"
                " --bind --agent NAME --region CODE"
            )
        self.stdout.write(key)


def _existing(name: str) -> ApiToken:
    token = ApiToken.objects.filter(name=name).first()
    if token is None:
        raise CommandError(f"There is no token {name}.")
    return token


def instant_to_come(text: str) -> datetime:
    """Return when a token or a link expires: in the future, and written with its offset."""
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
