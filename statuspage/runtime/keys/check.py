"""The check of this machine's keys when a role starts, and the record that it is held against.

The first start on a database records the keys of its machine; every other machine, and every later
start, must have them. `manage.py keys --accept` records others, `rotate-keys` keeps the record.
"""

import getpass
import logging
import os
import secrets as random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from components import secrets
from components.secrets import SecretError
from statuspage.models import MachineKeys, StoreKeys
from statuspage.runtime.keys.rules import Fingerprints, Places, differences, fingerprint
from statuspage.runtime.parent_death import PARENT_VARIABLE
from subscribers.delivery import holds

log = logging.getLogger(__name__)

EXIT_CODE = 78
"""EX_CONFIG of sysexits.h: starting again does not help before somebody has changed something."""
REPORT_SECONDS = 30.0
LIVE_SECONDS = 180.0
"""A machine that has not reported its keys for so long is not at work."""
RETRY_SECONDS = 2.0
_RECORD = 1
_last_report: dict[str, float] = {}


class NotAdmittedError(Exception):
    """A role does not begin its work; the message says why, and the remedy."""


class StoreMovedError(NotAdmittedError):
    """The store was moved to another database, and is at work there."""


class KeysDifferError(NotAdmittedError):
    """This machine's keys are not those of the database; the message says which, and the remedy."""


def admit(*, now: float) -> None:
    """Let a role of this machine begin its work.

    Raises KeysDifferError if its keys are not the database's, StoreMovedError, or a DatabaseError
    if that cannot be known.
    """
    if target := holds.moved_to():
        raise StoreMovedError(
            f"This store was moved to {target}, so nothing starts on it: both would check and "
            "alert. Have DATABASE_URL lead there. To use this store again all the same: manage.py "
            "deliveries discard forgets the messages that wait in it, manage.py deliveries release "
            "sends them."
        )
    if problems := problems_here(record_of(now=now)):
        raise KeysDifferError("\n".join([*problems, _DELIBERATE]))
    report(now=now, force=True)


_DELIBERATE = (
    "If the keys were changed deliberately, or these are lost: manage.py keys --accept records "
    "those of this machine."
)


def admit_role(
    *, stopping: Callable[[], bool] = lambda: False, on_wait: Callable[[], None] = lambda: None
) -> None:
    """`admit`, once the database answers; `up` has done so already for the roles it starts.

    Raises NotAdmittedError.
    """
    if os.environ.get(PARENT_VARIABLE):
        return
    waiting = False
    while not stopping():
        try:
            admit(now=time.time())
        except DatabaseError as error:
            if not waiting:
                log.warning("waiting for the database, which does not answer: %s", _one_line(error))
            waiting = True
            connection.close()
            on_wait()
            time.sleep(RETRY_SECONDS)
        else:
            connection.close()
            return


def record_of(*, now: float) -> StoreKeys:
    """Return the record; this machine's keys are recorded where there is none.

    Raises KeysDifferError when the key file cannot be read.
    """
    found = StoreKeys.objects.filter(pk=_RECORD).first()
    if found is not None:
        return found
    try:
        # Now, not with the first secret: two machines would each make their own.
        secrets.keys_or_create()
    except (SecretError, OSError) as error:
        raise KeysDifferError(f"{error}") from None
    salt = random.token_hex(16)
    here = fingerprints(salt)
    # The first of two roles records; the other one finds what was recorded.
    return StoreKeys.objects.get_or_create(
        pk=_RECORD, defaults={"salt": salt, **_fields(here.signing, here.sealing, now=now)}
    )[0]


def _fields(signing: str, needed: Sequence[str], *, now: float) -> dict[str, object]:
    return {
        "signing": signing,
        "needed": list(needed),
        "recorded_at": datetime.fromtimestamp(now, UTC),
        "machine": settings.STATUSPAGE.machine,
    }


def problems_here(record: StoreKeys) -> list[str]:
    """Return what differs between this machine's keys and those recorded. Raises KeysDifferError
    when the key file cannot be read."""
    try:
        here = fingerprints(record.salt)
    except SecretError as error:
        raise KeysDifferError(f"{error}") from None
    right = [
        row.machine
        for row in MachineKeys.objects.exclude(machine=settings.STATUSPAGE.machine)
        if set(record.needed) <= set(row.sealing)
    ]
    return differences(
        here, signing=record.signing, needed=record.needed, places=_places(), others=right
    )


def fingerprints(salt: str) -> Fingerprints:
    """Return the fingerprints of this machine's keys. Raises SecretError."""
    known = secrets.keys()
    texts = known.texts if known is not None else ()
    return Fingerprints(
        fingerprint(settings.SECRET_KEY, salt), tuple(fingerprint(each, salt) for each in texts)
    )


def _places() -> Places:
    ours = settings.STATUSPAGE
    try:
        owner = getpass.getuser()
    except (KeyError, OSError):
        owner = str(os.getuid())
    return Places(ours.data_dir, owner, bool(ours.secret_key), bool(ours.secret_keys))


def report(*, now: float, force: bool = False) -> None:
    """Report which keys this machine has, for `rotate-keys` elsewhere; often called, seldom done.

    Raises a DatabaseError.
    """
    machine = settings.STATUSPAGE.machine
    if not force and time.monotonic() < _last_report.get(machine, 0.0):
        return
    _last_report[machine] = time.monotonic() + REPORT_SECONDS
    record = StoreKeys.objects.filter(pk=_RECORD).first()
    if record is None:
        return
    try:
        sealing = list(fingerprints(record.salt).sealing)
    except SecretError:
        sealing = []
    MachineKeys.objects.update_or_create(machine=machine, defaults={"sealing": sealing, "at": now})


def delete_expired(*, before: float) -> None:
    """Delete what machines that are gone have reported."""
    MachineKeys.objects.filter(at__lt=before).delete()


def reset() -> None:
    """Report at once when next asked to, as a process that begins anew; for tests."""
    _last_report.clear()


def other_machines(*, now: float) -> dict[str, list[str]]:
    """Return the sealing keys of the other machines at work, by their names."""
    rows = MachineKeys.objects.filter(at__gt=now - LIVE_SECONDS)
    return {row.machine: row.sealing for row in rows.exclude(machine=settings.STATUSPAGE.machine)}


def accept(*, now: float) -> StoreKeys:
    """Record this machine's keys as the database's, whatever was recorded. Raises SecretError."""
    known = secrets.keys_or_create()
    record = record_of(now=now)
    here = fingerprints(record.salt)
    return _change(here.signing, [fingerprint(each, record.salt) for each in known.texts], now=now)


def set_needed(needed: Sequence[str], *, now: float) -> None:
    """Record which sealing keys are needed from now on; the signing key stays."""
    record = record_of(now=now)
    _change(record.signing, list(dict.fromkeys(needed)), now=now)


def _change(signing: str, needed: Sequence[str], *, now: float) -> StoreKeys:
    with transaction.atomic():
        record = StoreKeys.objects.select_for_update().get(pk=_RECORD)
        known = dict.fromkeys([*record.former, *record.needed])
        record.former = [each for each in known if each not in needed]
        for name, value in _fields(signing, needed, now=now).items():
            setattr(record, name, value)
        record.save()
    report(now=now, force=True)
    return record


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
