"""`manage.py breakglass`: one way in for one person, when no other is left."""

import getpass
import os
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from components.backoffice.question import count
from statuspage.accounts import break_glass
from statuspage.runtime import progress
from subscribers.channels import registry
from subscribers.channels.kinds.email import mail_is_set
from subscribers.delivery import notice_shift
from subscribers.models import Notice

WORKER_SECONDS = 10.0
"""How long a worker that is at work may take to send the mail."""
DIRECT_SECONDS = 15.0


class Command(BaseCommand):
    help = (
        "Makes a link that signs one person in once, within 15 minutes, without password or "
        "second factor. It is recorded in the journal, and every owner gets an e-mail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="name of the account")

    def handle(self, *args: Any, **options: Any) -> None:
        now, actor = datetime.now(UTC), f"{_who()} on the machine"
        try:
            way_in = break_glass.make(options["user"], actor=actor, now=now)
        except break_glass.NoWayInError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{way_in.address}\nValid once, for 15 minutes.")
        # What stands there already can be used meanwhile.
        self.stdout.flush()
        if way_in.notice is not None:
            self._see_that_owners_are_told(way_in.notice)
        elif not mail_is_set():
            self.stderr.write("No mail server is set: tell the owners yourself.")
        else:
            self.stderr.write("No owner has a mail address: tell them yourself.")

    def _see_that_owners_are_told(self, notice: Notice) -> None:
        """Leave the mail to the workers, or send it here when none takes it."""
        age = progress.ages()["notify"]
        at_work = age is not None and age <= progress.AT_WORK_SECONDS
        if not (at_work and notice_shift.wait_until_taken(notice, seconds=WORKER_SECONDS)):
            self.stdout.write("No worker sends mail at the moment: telling the owners from here …")
            notice_shift.send_directly(notice, registry.make, seconds=DIRECT_SECONDS)
        sent, waiting = notice_shift.sent(notice), notice_shift.waiting(notice)
        if sent:
            self.stdout.write(f"{count(sent, 'owner')} told by mail.")
        if waiting:
            self.stderr.write(
                f"The mail to {count(waiting, 'owner')} could not be sent yet; workers (`manage.py"
                " work`, or `up`) try again. Tell them yourself."
            )
        elif not sent:
            self.stderr.write("The mail to the owners was refused: tell them yourself.")


def _who() -> str:
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
