"""Fill a store with something of everything that pages and workers read: `fill FOLDER`.

`make.py` runs it beside the code of a given release, under the settings in `kept.py`; the data
folder is that of the settings. FOLDER gets `store.sqlite3.xz` and `facts.json`.
"""

import json
import lzma
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group as Role
from django.core.management import call_command
from django.db import connections
from django.test.utils import captured_stdout

from components.models import Component, JournalCursor, JournalEntry, SetAside
from components.secrets import Sealed
from components.services import set_override
from components.status import Status
from incidents.models import Incident, IncidentTemplate, Note
from incidents.postmortems import save_postmortem
from monitors.models import Monitor, Ping, Region, Slot, Vantage
from statuspage.models import Progress
from subscribers import models as subscriptions
from subscribers import tokens
from tests.store import kept
from tests.store.catalogue import COMPONENTS, MONITORS, REGIONS, SCOPES, SUBSCRIBERS
from tests.store.documents import digest
from tests.store.past import Api, Past, days, now
from tests.store.sealed import opened

try:
    from subscribers.alerting.channels import save_channel
except ImportError:  # the release of the kept store
    from subscribers.alert_channels import (  # type: ignore[import-not-found, no-redef]
        save_channel,
    )


def begin() -> tuple[Past, str]:
    """The catalogue, who may do what, and who is told."""
    call_command("migrate", verbosity=0)
    with captured_stdout() as out:
        call_command("token", "station", *(f"--scope={scope}" for scope in SCOPES))
    key = out.getvalue().strip()
    olga = get_user_model().objects.create_user("olga", "olga@example.org", kept.PASSWORD)
    olga.is_staff = True
    olga.save()
    olga.groups.set(Role.objects.filter(name="responder"))
    for code, name in REGIONS.items():
        Region.objects.create(code=code, name=name, latitude=50.0, longitude=-7.5)
    past = Past(Api(key))
    _fill_catalogue(past)
    _fill_monitors(past)
    past.api.post("status/subscribers", subscribers=list(SUBSCRIBERS))
    for name, channel, address in (
        ("On call", "email", "oncall@example.org"),
        ("Pager", "webhook", "https://pager.example.org/?key=pager-key"),
    ):
        save_channel(subscriptions.AlertChannel(name=name, channel=channel), address=address)
    route = subscriptions.AlertRoute.objects.create(name="Everything", remind_minutes=30)
    route.channels.set(subscriptions.AlertChannel.objects.all())
    return past, key


def _fill_catalogue(past: Past) -> None:
    groups = {
        name: past.api.post("status/groups", name=name, **more)["id"]
        for name, more in (
            ("Core", {"description": "What everything else needs."}),
            ("Data", {"collapsed": True}),
            ("Internal", {"visible": False}),
        )
    }
    for number, each in enumerate(COMPONENTS):
        said = {name: value for name, value in each.items() if name not in ("group", "needs")}
        made = past.api.post(
            "status/components", **said, sort_order=number,
            group_id=groups.get(each.get("group", "")),
            depends_on=[past.ids[slug] for slug in each.get("needs", ())],
        )  # fmt: skip
        past.ids[each["slug"]] = made["id"]
    Component.objects.filter(slug="storage").update(maintenance_counts=True)


def _fill_monitors(past: Past) -> None:
    for number, (slug, kind, config) in enumerate(MONITORS):
        remote = kind not in ("heartbeat", "readers", "manual")
        # Once a day, so that two days without a result are no lack of evidence.
        past.api.post(
            "monitors", name=f"{kind} of {slug}", component=slug, kind=kind, config=config,
            interval=86_400, timeout=10, confirm_down=0, regions=list(REGIONS) if remote else [],
            **({"quorum": 2} if number == 0 else {}),
        )  # fmt: skip


def live(past: Past) -> None:
    """Two and a half months: outages, incidents about them, and maintenance."""
    ledger = Monitor.objects.get(kind="manual").pk
    for age in range(74, 0, -2):
        with past.at(days(age)):
            past.api.post(f"monitors/{ledger}/state", state="degraded" if age == 30 else "up")
            Ping.objects.create(monitor=_heartbeat(), at=now(), word="success", took_ms=81.5)
            past.api.post("readers/heartbeat", consumer_name="worker-1",
                          consumer_groups=["pipeline"], heartbeat_wait_interval=3600)  # fmt: skip
            past.measure()
        if age == 60:
            _outage(past, age)
        if age == 20:
            _slow(past, age)
        if age == 34:
            _upgrade(past, age)
    with past.at(days(9)):
        past.incident(
            "Certificates expired", "minor", "Written down afterwards.",
            affects={"mail": "degraded"},
            started_at=days(9, 9).isoformat(), resolved_at=days(9, 8).isoformat(),
        )  # fmt: skip


def _outage(past: Past, age: int) -> None:
    with past.at(days(age, 3)):
        past.down = {"api": "down", "dashboard": "down"}
        past.measure()
        pk = past.incident(
            "API unavailable", "critical", "The API does **not** answer.",
            affects={"api": "major_outage", "dashboard": "partial_outage"}, regions=["eu-west-1"],
        )  # fmt: skip
    with past.at(days(age, 2.5)):
        past.update(pk, "identified", "A certificate expired.\n\n- A new one is on its way.")
        past.tick()
    with past.at(days(age, 2)):
        past.down = {}
        past.measure()
        past.update(pk, "resolved", "It answers again.")
        parts = {
            "impact": "All requests failed.",
            "timeline": "| 02:41 | It began |",
            "root_cause": "A *missing* renewal.",
            "actions": "Renewal is watched.",
        }
        save_postmortem(Incident.objects.get(pk=pk), parts=parts, publish=True, actor="olga")
        past.tick()


def _slow(past: Past, age: int) -> None:
    with past.at(days(age, 5)):
        past.down = {"storage": "degraded"}
        past.measure()
        pk = past.incident("Slow uploads", "minor", "Uploads <b>wait</b>.",
                           affects={"storage": "degraded"})  # fmt: skip
    with past.at(days(age, 1)):
        past.down = {}
        past.measure()
        past.update(pk, "monitoring", "Faster by now.")
        past.update(pk, "resolved", "As fast as ever.")
        save_postmortem(Incident.objects.get(pk=pk), parts={"impact": "A draft."}, actor="olga")


def _upgrade(past: Past, age: int) -> None:
    with past.at(days(age)):
        past.window("Database upgrade", days(age - 1), 2, "database", "storage",
                    message="Restarts **once**.", impact="partial")  # fmt: skip
        past.window("Moved to another day", days(age - 1), 1, "mail")
        cancelled = past.window("Never done", days(age - 2), 1, "api")
        past.api.post(f"status/maintenance/{cancelled}/cancel", message="Not needed.")
    for hours in (0, -1, -2):
        with past.at(days(age - 1, hours)):
            past.measure()


def today(past: Past) -> None:
    """What goes on while the store is left: something is broken, something is worked on."""
    for minutes in range(240, 0, -20):
        with past.at(kept.NOW - timedelta(minutes=minutes)):
            if minutes == 60:
                past.window("Router firmware", kept.NOW - timedelta(minutes=59), 3, "mail")
            if minutes == 100:
                past.down = {"training": "down", "dashboard": "degraded"}
            if minutes == 80:
                _open_incidents(past)
            past.measure()
    with past.at(kept.NOW - timedelta(minutes=10)):
        past.window("Storage move", kept.NOW + timedelta(days=1), 4, "storage", blocks_api=True,
                    message="Nothing can be written.", impact="major")  # fmt: skip
        past.window("Weekly restart", kept.NOW + timedelta(days=3), 1, "pipeline",
                    recurrence="FREQ=WEEKLY", timezone="Europe/Berlin")  # fmt: skip
        set_override(Component.objects.get(slug="legacy"), status=Status.MAJOR_OUTAGE,
                     note="Switched off.", actor="olga")  # fmt: skip
        past.api.post("readers/heartbeat", consumer_name="worker-1", consumer_groups=["pipeline"],
                      device="gpu-0", heartbeat_wait_interval=3600,
                      metrics={"cpu": 41.5, "memory": 70, "requests": {"total": 9, "failed": 1},
                               "gpu": {"total": 8, "active": 6, "utilization": 71}})  # fmt: skip
        past.sign_up(channel="webhook", endpoint="https://fred.example.org/hook")
        past.tick()


def _open_incidents(past: Past) -> None:
    pk = past.incident("Database in trouble", "major", "Some writes are lost.",
                       affects={"database": "partial_outage", "ledger": "degraded"})  # fmt: skip
    past.update(pk, "identified", "A disk is broken.")
    Note.objects.create(incident_id=pk, text="Ask the data centre.", author="olga")
    past.incident("A draft that nobody may see", "minor", "Perhaps.", published=False)
    group = {"name": "Made once"}
    for _ in range(2):
        past.api.send("POST", "status/groups", group, **{"Idempotency-Key": "once"})


def leave(past: Past, key: str) -> dict[str, Any]:
    """What is under way at the very end, and what the journal's readers have not come to."""
    with past.at(kept.NOW):
        _leave_rows()
        ping = past.api.send("PUT", f"monitors/{_heartbeat().pk}/ping-key")["ping_url"]
        past.tick()
        told = Incident.objects.filter(published=True, resolved_at=None, machine_only=False).get()
        past.update(told.pk, "monitoring", "The disk is replaced.")
        past.sign_up(email="gina@example.org")
        site = Path(settings.STATUSPAGE.repository_path) / "site"
        anna = subscriptions.Subscriber.objects.order_by("pk").first()
        assert anna is not None
        return {
            "token": key,
            "ping": ping.removeprefix(kept.SITE),
            "links": [link.removeprefix(kept.SITE) for link in tokens.links(anna).values()],
            "secrets": opened(),
            "page": digest((site / "status" / "index.html").read_bytes()),
            "head": JournalEntry.objects.latest("id").pk,
            "cursors": dict(JournalCursor.objects.values_list("reader", "position")),
        }


def _leave_rows() -> None:
    at = datetime.now(UTC)
    rows = subscriptions.Delivery.objects
    ended = rows.filter(created_at__lt=at - timedelta(minutes=30))
    ended.filter(due__isnull=False).update(
        state="sent", due=None, attempts=1, last_code=250, last_response="OK", ended_at=at
    )
    fates: tuple[dict[str, Any], ...] = (
        {"state": "retrying", "due": now() + 60, "attempts": 2, "last_code": 503},
        {"state": "failed", "due": None, "attempts": 9, "ended_at": at},
        {"state": "sending", "lease": "x:1:2:elsewhere", "leased_until": now() + 30},
    )
    queued = rows.filter(state="queued").order_by("pk").values_list("pk", flat=True)
    for pk, fate in zip(queued, fates, strict=False):  # the rest stay queued
        rows.filter(pk=pk).update(**fate)
    hook, slack = subscriptions.Subscriber.objects.filter(channel__in=["webhook", "slack"])[:2]
    secrets = {"secret": Sealed.of("whsec_now"), "former_secret": Sealed.of("whsec_before")}
    subscriptions.Endpoint.objects.update_or_create(subscriber=hook, defaults=secrets)
    subscriptions.Suspension.objects.create(subscriber=slack, since=at, reason="410 Gone")
    subscriptions.Mark.objects.update_or_create(pk=1, defaults={"serial": 7, "at": now()})
    subscriptions.Hold.objects.create(since=days(3), reason="tried out", ended_at=days(3, -1),
                                      ended_by="olga", released=True)  # fmt: skip
    IncidentTemplate.objects.create(name="Slow", title="{component} slow", message="Slow.")
    SetAside.objects.create(reader="notices", entry=JournalEntry.objects.earliest("id"), error="?")
    Slot.objects.update(holder="gone", beat=now(), machine="station")
    Vantage.objects.get_or_create(region_id="us-east-1")
    _use_up_a_try(at)
    for role in ("notify", "probes"):
        Progress.objects.update_or_create(role=f"{role}@station", defaults={"at": now()})


def _use_up_a_try(at: datetime) -> None:
    try:
        from components.models import LimitedUse  # noqa: PLC0415
    except ImportError:  # the release of the kept store
        from statuspage.models import LoginTry  # type: ignore[attr-defined]  # noqa: PLC0415

        LoginTry.objects.create(user="u", network="n", at=at)
    else:
        LimitedUse.objects.create(key="k", at=at, expires_at=at)


def _heartbeat() -> Monitor:
    return Monitor.objects.get(kind="heartbeat")


def pack(folder: Path, facts: dict[str, Any]) -> None:
    """Write the store as one small file."""
    connections.close_all()
    plain = folder / "store.sqlite3"
    with sqlite3.connect(settings.DATABASES["default"]["NAME"]) as store:
        store.execute("VACUUM INTO ?", [str(plain)])
    (folder / kept.STORE.name).write_bytes(
        lzma.compress(plain.read_bytes(), preset=9 | lzma.PRESET_EXTREME)
    )
    plain.unlink()
    (folder / kept.FACTS.name).write_text(json.dumps(facts, indent=1) + "\n", "utf-8")


def main(folder: Path) -> None:
    with time_machine.travel(days(75), tick=False):
        past, key = begin()
    live(past)
    today(past)
    pack(folder, leave(past, key))
