"""`manage.py rotate-keys`: seals all stored secrets with the newest key, or with a new one."""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from components import secrets
from components.secrets import rotation
from components.secrets.keys import Keys, SecretError, new_key
from statuspage.models import StoreKeys
from statuspage.runtime.keys import check
from statuspage.runtime.keys.rules import fingerprint, not_knowing, not_sealing_with, shown


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
        parser.add_argument(
            "--without",
            action="append",
            default=[],
            metavar="MACHINE",
            help="a machine that is gone, whose keys do not matter; may be repeated",
        )
        parser.add_argument("--batch", type=int, default=rotation.BATCH, metavar="ROWS")

    def handle(self, *args: Any, **options: Any) -> None:
        in_settings = bool(settings.STATUSPAGE.secret_keys)
        try:
            keys = secrets.keys()
            others = check.other_machines(now=time.time())
            for name in options["without"]:
                others.pop(name, None)
            if options["new_key"]:
                made = self._make_key(keys, others, in_settings=in_settings)
                if made is None:
                    return
                keys = made
            if keys is None:
                raise CommandError(
                    f"There are no keys: neither STATUSPAGE_SECRET_KEYS nor {secrets.key_path()}."
                )
            record = check.record_of(now=time.time())
            if not options["new_key"] and not in_settings:
                keys = self._promote(keys, record, others)
        except (SecretError, check.KeysDifferError) as error:
            raise CommandError(str(error)) from None
        newest = fingerprint(keys.texts[0], record.salt)
        self._refuse_unknown(newest, others, in_settings=in_settings)
        # Until the end both are needed, also if this is broken off.
        check.set_needed([newest, *record.needed], now=time.time())
        self._rotate(keys, batch=max(1, options["batch"]))
        check.set_needed([newest], now=time.time())
        if options["drop_old"]:
            self._drop_old(keys, newest, others, in_settings=in_settings)

    def _make_key(
        self, keys: Keys | None, others: Mapping[str, Sequence[str]], *, in_settings: bool
    ) -> Keys | None:
        """Make a new key; return the keys to rotate with, None if another step comes first."""
        if in_settings:
            steps = (
                "Put this key first in STATUSPAGE_SECRET_KEYS, restart, and run rotate-keys again "
                "without --new-key."
                if not others
                else "Put this key last in STATUSPAGE_SECRET_KEYS on every machine and restart; "
                "when all know it, first on every machine and restart; then run rotate-keys "
                "without --new-key."
            )
            self.stdout.write(f"{new_key()}\n{steps}")
            return None
        if keys is None or not others:
            keys = keys.with_new() if keys else Keys((new_key(),))
            secrets.write_keys(keys)
            self.stdout.write(f"A new key is in {secrets.key_path()}")
            return keys
        # Sealing with it has to wait: what is sealed with it could not be read elsewhere.
        secrets.write_keys(Keys((*keys.texts, new_key())))
        self.stdout.write(
            f"A new key is in {secrets.key_path()}, and is not used yet, for other machines work "
            f"with this database: {', '.join(others)}. Copy the file to the data folder of each "
            "(mode 0600), wait half a minute, then run rotate-keys again without --new-key."
        )
        return None

    def _promote(self, keys: Keys, record: StoreKeys, others: Mapping[str, Sequence[str]]) -> Keys:
        """Put the key first that was made for all machines and waits at the end."""
        *former, last = keys.texts
        known = (*record.needed, *record.former)
        if not former or fingerprint(last, record.salt) in known:
            return keys
        if fingerprint(keys.texts[0], record.salt) not in record.needed:
            return keys  # the new key is first already; the last one is older than the record
        self._refuse_unknown(fingerprint(last, record.salt), others, in_settings=False)
        promoted = Keys((last, *former))
        secrets.write_keys(promoted)
        return promoted

    def _refuse_unknown(
        self, key: str, others: Mapping[str, Sequence[str]], *, in_settings: bool
    ) -> None:
        if not (names := not_knowing(key, others)):
            return
        how = (
            "Add it to STATUSPAGE_SECRET_KEYS there and restart"
            if in_settings
            else f"Copy {secrets.key_path()} to the data folder there (mode 0600) and wait half a "
            "minute"
        )
        raise CommandError(
            f"The newest key ({shown(key)}) is not known on {', '.join(names)}, where nothing that "
            f"is sealed with it could be read. {how}, then run this again. A machine that is gone: "
            f"--without {names[0]}."
        )

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

    def _drop_old(
        self, keys: Keys, newest: str, others: Mapping[str, Sequence[str]], *, in_settings: bool
    ) -> None:
        if in_settings:
            self.stdout.write("Now remove all but the first key from STATUSPAGE_SECRET_KEYS.")
            return
        if names := not_sealing_with(newest, others):
            raise CommandError(
                f"{', '.join(names)} still seals with a former key. Copy {secrets.key_path()} "
                "there as it is now, wait half a minute, then run this again."
            )
        late = rotation.survey(keys)
        if late.resealed or late.unreadable:
            raise CommandError("Something was sealed with an old key meanwhile: run this again.")
        secrets.write_keys(keys.newest_only())
        check.report(now=time.time(), force=True)
        self.stdout.write("The old keys are forgotten")
        if others:
            self.stdout.write(
                f"Copy {secrets.key_path()} once more, to forget them on {', '.join(others)} too."
            )
