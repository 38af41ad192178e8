"""Detection of a store that was set back: a backup restored, or the data folder copied elsewhere.

A number grows in the store, and every machine keeps the last one it has seen in a file of its own,
`outbox.mark` in the data folder. A store whose number is smaller than the file's has been set
back. A file that is missing, or was copied, means that this may be an empty host with a restored
store: then it matters whether the store was in use just now. Nothing is sent before this was
checked.

Nothing of this can detect a whole machine that was set back to a snapshot of itself: then
`manage.py deliveries hold` before the start.
"""

import json
import logging
import time
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from components.filesystem.atomic_file import write_file
from subscribers.delivery import holds
from subscribers.models import Delivery, Mark

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 30.0
"""How often the number grows."""
COPY_TOLERANCE_SECONDS = 5.0
RECENT_SECONDS = 300.0
"""A store that was in use so lately is no backup: the machine is new to it, or lost its folder."""


def path() -> Path:
    folder: Path = settings.STATUSPAGE.data_dir
    return folder / "outbox.mark"


def detect_restore(*, now: float) -> None:
    """Hold deliveries if the store was set back; count up the mark at intervals."""
    local_serial, row = _read_local_serial(), Mark.objects.filter(pk=1).first()
    if (
        row
        and local_serial is not None
        and local_serial <= row.serial
        and 0 <= now - row.at < INTERVAL_SECONDS
    ):
        if local_serial < row.serial:  # another machine's doing
            _write_local_serial(row.serial)
        return
    with transaction.atomic():
        row = Mark.objects.select_for_update().filter(pk=1).first()
        if why := restore_reason(row, local_serial, now=now, in_use=Delivery.objects.exists()):
            log.error("nothing is sent to subscribers until somebody says so: %s", why)
            holds.begin_hold(why, now=datetime.fromtimestamp(now, UTC))
        serial = max(row.serial if row else 0, local_serial or 0) + 1
        Mark.objects.update_or_create(pk=1, defaults={"serial": serial, "at": now})
    # After the commit: a file that is ahead of its store would be a false alarm.
    _write_local_serial(serial)


def restore_reason(row: Mark | None, local_serial: int | None, *, now: float, in_use: bool) -> str:
    """Return why what the store says of deliveries cannot be believed; '' if it can.

    `local_serial` is what this machine's file says, None if it has none of its own.
    """
    if not in_use:
        return ""
    if local_serial is not None:
        behind = local_serial - (row.serial if row else 0)
        return "the database is older than what was sent from here" if behind > 0 else ""
    if row is not None and abs(now - row.at) > RECENT_SECONDS:
        at = datetime.fromtimestamp(row.at, UTC)
        return f"this data folder is new to the database, last in use at {at:%Y-%m-%d %H:%M} UTC"
    return ""


def _read_local_serial() -> int | None:
    """Return the serial in this machine's own file; None without one, or if it is a copy.

    A file says when it was written, and its file system when it was changed last, which no one
    can set: so a copy, restored under whatever name, gives itself away.
    """
    file = path()
    try:
        mark = json.loads(file.read_text())
        own = abs(file.stat().st_ctime - mark["at"]) < COPY_TOLERANCE_SECONDS
        return int(mark["serial"]) if own else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_local_serial(serial: int) -> None:
    file = path()
    try:
        write_file(file, json.dumps({"serial": serial, "at": time.time()}).encode())
    except OSError as error:
        log.warning("%s cannot be written: %s", file, error)
