"""What the code of this tree makes of the kept store, as workers and staff would: `opening FOLDER`.

FOLDER gets `opening.json`.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import time_machine
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.utils.module_loading import import_string
from django_q.models import OrmQ

from components.models import JournalCursor, JournalEntry
from incidents.models import Incident
from statuspage.automation import alerts, auto_incidents, notices
from statuspage.models import StoredSnapshot
from statuspage.publishing import projector
from statuspage.publishing.rendered import unpack
from statuspage.tasks import ALLOWED_TASKS
from subscribers.delivery.fanout import fan_out
from subscribers.models import Alert, Delivery, Notice
from tests.store import kept
from tests.store.documents import digest
from tests.store.sealed import opened


def main(folder: Path) -> None:
    call_command("migrate", verbosity=0)
    with time_machine.travel(kept.NOW, tick=False):
        told = {
            "secrets": opened(),
            "snapshot": stored_snapshot(),
            "tasks": waiting_tasks(),
            "user": authenticate(username="olga", password=kept.PASSWORD) is not None,
            "before": standing(),
            "after": [read_on(), read_on()],
        }
    (folder / "opening.json").write_text(json.dumps(told), "utf-8")


def stored_snapshot() -> dict[str, Any]:
    """The page's bytes as the earlier release stored them, and what they were made of."""
    found = unpack(bytes(StoredSnapshot.objects.get().blob))
    return {
        "version": found.version,
        "built_at": found.built_at.isoformat(),
        "components": [each.slug for each in found.state.components],
        "bodies": {name: digest(body.identity) for name, body in found.bodies.items()},
    }


def waiting_tasks() -> list[str]:
    """The names in the queue's payloads, each of which a worker finds and may call."""
    names = {each.func() for each in OrmQ.objects.all()}
    return sorted(name for name in names if name in ALLOWED_TASKS and callable(import_string(name)))


def read_on() -> dict[str, Any]:
    """Have every reader of the journal go on from its cursor; how things stand then."""
    projector.catch_up()
    auto_incidents.run(now=kept.NOW)
    alerts.run(now=kept.NOW)
    notices.run(now=kept.NOW)
    while fan_out(now=kept.NOW):
        pass
    return standing()


def standing() -> dict[str, Any]:
    return {
        "head": JournalEntry.objects.latest("id").pk,
        "cursors": dict(JournalCursor.objects.values_list("reader", "position")),
        "notices": sorted(Notice.objects.values_list("key", flat=True)),
        "deliveries": dict(Counter(Delivery.objects.values_list("notice__key", flat=True))),
        "alerts": Alert.objects.count(),
        "incidents": Incident.objects.count(),
    }
