"""Tells whether the store was set back: a backup restored, or the data folder copied elsewhere.

A number grows in the store, and every machine keeps the last one it has seen in a file of its own,
`outbox.mark` in the data folder. A store whose number is smaller than the file's has been set
back. A file that is missing, or was copied, tells that this may be an empty host with a restored
store: then it matters whether somebody was at work with the store just now. Nobody sends before
this was looked at.

Nothing of this can tell a whole machine that was set back to a snapshot of itself: then
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

EVERY_SECONDS = 30.0
"""How often the number grows."""
OWN_SECONDS = 5.0
RECENT_SECONDS = 300.0
"""A store that was in use so lately is no backup: the machine is new to it, or lost its folder."""


def path() -> Path:
    folder: Path = settings.STATUSPAGE.data_dir
    return folder / "outbox.mark"


def detect_restore(*, now: float) -> None:
    """Hold deliveries if the store was set back; then, now and then, make the mark grow."""
    seen, row = _read(), Mark.objects.filter(pk=1).first()
    if row and seen is not None and seen <= row.serial and 0 <= now - row.at < EVERY_SECONDS:
        if seen < row.serial:  # another machine's doing
            _write(row.serial)
        return
    with transaction.atomic():
        row = Mark.objects.select_for_update().filter(pk=1).first()
        if why := trouble(row, seen, now=now, in_use=Delivery.objects.exists()):
            log.error("nothing is sent to subscribers until somebody says so: %s", why)
            holds.begin_hold(why, now=datetime.fromtimestamp(now, UTC))
        serial = max(row.serial if row else 0, seen or 0) + 1
        Mark.objects.update_or_create(pk=1, defaults={"serial": serial, "at": now})
    # After the commit: a file that is ahead of its store would be a false alarm.
    _write(serial)


def trouble(row: Mark | None, seen: int | None, *, now: float, in_use: bool) -> str:
    """Why what the store says of deliveries cannot be believed; '' if it can.

    `seen` is what this machine's file says, None if it has none of its own.
    """
    if not in_use:
        return ""
    if seen is not None:
        behind = seen - (row.serial if row else 0)
        return "the database is older than what was sent from here" if behind > 0 else ""
    if row is not None and abs(now - row.at) > RECENT_SECONDS:
        at = datetime.fromtimestamp(row.at, UTC)
        return f"this data folder is new to the database, last in use at {at:%Y-%m-%d %H:%M} UTC"
    return ""


def _read() -> int | None:
    """What this machine's own file says; a copy of one says nothing.

    A file says when it was written, and its file system when it was changed last, which nobody
    can set: so a copy, restored under whatever name, gives itself away.
    """
    file = path()
    try:
        told = json.loads(file.read_text())
        own = abs(file.stat().st_ctime - told["at"]) < OWN_SECONDS
        return int(told["serial"]) if own else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(serial: int) -> None:
    file = path()
    try:
        write_file(file, json.dumps({"serial": serial, "at": time.time()}).encode())
    except OSError as error:
        log.warning("%s cannot be written: %s", file, error)
