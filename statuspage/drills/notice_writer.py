"""The process by which the mail drill writes to its store. Run as a module: each line of its input
is a command, `notify` or `poison`, and each is answered by a line.
"""

import os
import pickle
import sys
import time
from datetime import UTC, datetime

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")

    django.setup()
    commands = {"notify": _notify, "poison": _poison}
    for line in sys.stdin:
        sys.stdout.write(f"{commands[line.strip()]()}\n")
        sys.stdout.flush()


def _notify() -> float:
    """Open an incident; return when it was committed, by the monotonic clock."""
    from django.db import transaction  # noqa: PLC0415  (after django.setup())

    from components.values.severity import Severity  # noqa: PLC0415  (after django.setup())
    from incidents.services import open_incident  # noqa: PLC0415  (after django.setup())

    committed: list[float] = []
    with transaction.atomic():
        transaction.on_commit(lambda: committed.append(time.monotonic()))
        open_incident(title="Drill", severity=Severity.MAJOR, message="Only a drill.")
    return committed[0]


def _poison() -> str:
    """Write a row of an unknown format, undecodable tasks, and a broken schedule."""

    from django.utils import timezone  # noqa: PLC0415  (after django.setup())
    from django_q.models import OrmQ, Schedule  # noqa: PLC0415  (after django.setup())

    from components.secrets import Sealed  # noqa: PLC0415  (after django.setup())
    from subscribers.models import Subscriber  # noqa: PLC0415  (after django.setup())

    address = Sealed.of("http://127.0.0.1:9/poison")
    row = Subscriber(
        channel="webhook", format="none that there is", address_digest="poison",
        lane="127.0.0.1:9", confirmed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    row.address = address
    row.save()
    OrmQ.objects.create(key="notify", payload="no payload at all", lock=timezone.now())
    OrmQ.objects.create(key="notify", payload=pickle.dumps(object()).hex(), lock=timezone.now())
    Schedule.objects.create(func="no.such.thing", schedule_type="?", cluster="notify")
    return "done"


if __name__ == "__main__":
    main()
