"""`manage.py token NAME --scope S`: makes an API token and prints its key, once."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage import tokens


class Command(BaseCommand):
    help = "Makes an API token and prints its key, the only time it is shown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what it is for; a name is used once")
        parser.add_argument(
            "--scope", action="append", default=[], metavar="S", help=", ".join(tokens.SCOPES)
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key = tokens.create(name=options["name"], scopes=options["scope"])
        except ValidationError as error:
            told = (f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())
            raise CommandError("\n".join(told)) from error
        self.stdout.write(key)
