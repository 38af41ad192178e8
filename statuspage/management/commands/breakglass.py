"""`manage.py breakglass`: one way in for one person, when no other is left."""

import getpass
import os
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.accounts import break_glass, notices
from subscribers.channels.kinds.email import mail_is_set


class Command(BaseCommand):
    help = (
        "Makes an address that lets one person in once, within 15 minutes, past password and "
        "second factor. It is journalled, and every owner is told by mail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="name of the account")

    def handle(self, *args: Any, **options: Any) -> None:
        now, actor = datetime.now(UTC), f"{_who()} on the machine"
        try:
            address = break_glass.make(options["user"], actor=actor, now=now)
        except break_glass.NoWayInError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{address}\nValid once, for 15 minutes.")
        if not mail_is_set():
            self.stderr.write("No mail server is set: tell the owners yourself.")
            return
        told = [each for each in notices.owners() if each.email]
        self.stdout.write(f"{len(told)} owner(s) will be told by mail.")


def _who() -> str:
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
