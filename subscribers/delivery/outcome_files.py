"""Files that say what was sent while the database could not be told.

A message that was sent and is not known to be would be sent again. So its sender leaves a file in
the data folder as soon as the database does not take the outcome at once, and any process of
this machine stores it later, before it frees what dead senders had leased. A file outlives its
process; one whose row somebody else has by now changes nothing.
"""

import json
import logging
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from components.filesystem.atomic_file import write_file
from subscribers.channels.base import Outcome, SendStatus
from subscribers.delivery import outbox
from subscribers.enums import State
from subscribers.models import Delivery

log = logging.getLogger(__name__)

FOLDER = "sent"


def keep(row: Delivery, outcome: Outcome, *, now: float) -> None:
    """Write down that a row was sent. Logs it if that cannot be written either."""
    path = _path(row)
    kept = {
        "delivery": row.pk, "lease": row.lease, "at": now, "code": outcome.code,
        "text": outcome.text,
    }  # fmt: skip
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_file(path, json.dumps(kept).encode(), mode=0o600, sync=True)
    except OSError as error:
        log.warning("that delivery %s was sent cannot be kept in %s: %s", row.pk, path, error)


def forget(row: Delivery) -> None:
    """Remove a row's file, if there is one: the database knows."""
    with suppress(OSError):
        _path(row).unlink()


def store() -> int:
    """Store what this machine's senders have kept; return how much that was.

    Raises the database's error; what is not stored stays.
    """
    paths = sorted(_folder().glob("*.json"))
    for path in paths:
        try:
            kept = json.loads(path.read_bytes())
            pk, lease, at = int(kept["delivery"]), str(kept["lease"]), float(kept["at"])
            outcome = Outcome(SendStatus.SENT, kept["code"], str(kept["text"]))
        except FileNotFoundError:
            continue  # another process was first
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s cannot be read and is removed: %s", path, error)
        else:
            row = Delivery.objects.filter(pk=pk, lease=lease, state=State.SENDING).first()
            if row is not None:
                outbox.record_outcome(row, outcome, now=at, randomness=0.0)
        with suppress(OSError):
            path.unlink()
    return len(paths)


def _folder() -> Path:
    folder: Path = settings.STATUSPAGE.data_dir
    return folder / FOLDER


def _path(row: Delivery) -> Path:
    return _folder() / f"{row.pk}.json"
