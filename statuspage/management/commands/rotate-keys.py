"""`manage.py rotate-keys`: seals all stored secrets with the newest key, or with a new one."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from components import secrets
from components.secrets import rotation
from components.secrets.keys import Keys, SecretError, new_key


class Command(BaseCommand):
    help = (
        "Seals every stored secret with the newest key. It can be broken off and run again, also "
        "while the product is running."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-key", action="store_true", help="make a new key first")
        parser.add_argument(
            "--drop-old",
            action="store_true",
            help="forget all keys but the newest, once nothing needs them any more",
        )
        parser.add_argument("--batch", type=int, default=rotation.BATCH, metavar="ROWS")

    def handle(self, *args: Any, **options: Any) -> None:
        in_settings = bool(settings.STATUSPAGE.secret_keys)
        if in_settings and options["new_key"]:
            self.stdout.write(
                f"{new_key()}\nPut this key first in STATUSPAGE_SECRET_KEYS on every machine, "
                "restart, and run rotate-keys again without --new-key."
            )
            return
        try:
            keys = secrets.keys()
        except SecretError as error:
            raise CommandError(str(error)) from None
        if options["new_key"]:
            keys = keys.with_new() if keys else Keys((new_key(),))
            secrets.write_keys(keys)
            self.stdout.write(f"A new key is in {secrets.key_path()}")
        if keys is None:
            raise CommandError(
                f"There are no keys: neither STATUSPAGE_SECRET_KEYS nor {secrets.key_path()}."
            )
        self._rotate(keys, batch=max(1, options["batch"]))
        if options["drop_old"]:
            self._drop_old(keys, in_settings=in_settings)

    def _rotate(self, keys: Keys, *, batch: int) -> None:
        count = rotation.rotate(
            keys,
            progress=lambda column, seen: self.stdout.write(f"  {column}: {seen} rows"),
            batch=batch,
        )
        self.stdout.write(
            f"{count.resealed} secrets sealed anew, {count.current} had the newest key already"
        )
        if count.unreadable:
            self.stderr.write(
                f"{len(count.unreadable)} cannot be read, enter them again: "
                + ", ".join(count.unreadable[:20])
            )
            sys.exit(1)

    def _drop_old(self, keys: Keys, *, in_settings: bool) -> None:
        if in_settings:
            self.stdout.write("Now remove all but the first key from STATUSPAGE_SECRET_KEYS.")
            return
        late = rotation.survey(keys)
        if late.resealed or late.unreadable:
            raise CommandError("Something was sealed with an old key meanwhile: run this again.")
        secrets.write_keys(keys.newest_only())
        self.stdout.write("The old keys are forgotten")
