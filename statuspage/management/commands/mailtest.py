"""`manage.py mailtest ADDRESS`: sends one mail as the product would, and reports the outcome."""

import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.automation.mail_check import send_test
from subscribers.addresses import normalise
from subscribers.channels.base import EMAIL, SendStatus


class Command(BaseCommand):
    help = "Sends one mail to ADDRESS, and says what the mail server answered."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            address = normalise(EMAIL, options["address"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        outcome = send_test(address)
        text = f"{outcome.code or '—'} {outcome.text}".strip()
        if outcome.status is not SendStatus.SENT:
            self.stderr.write(self.style.ERROR(f"not sent: {text}"))
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS(f"sent: {text}"))
