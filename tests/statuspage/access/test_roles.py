"""Each role × each page and each action of the admin, over HTTP: exactly what it may (S11)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import requests
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from components.models import Component, JournalEntry
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident, IncidentTemplate
from incidents.services import open_incident
from maintenance.models import Window
from maintenance.services import schedule
from monitors.models import Agent, AlertRule, Monitor, Reader, Region, UnmatchedAlert
from statuspage.access.roles import (
    EDITOR,
    OWNER,
    RESPONDER,
    ROLES,
    SUBSCRIBER_MANAGER,
    VIEWER,
)
from statuspage.models import ApiToken, Progress
from subscribers.models import Subscriber
from tests import build
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.long("postgres"), pytest.mark.django_db(transaction=True)]

NOBODY = "no role"
EVERYBODY = (VIEWER, RESPONDER, EDITOR, SUBSCRIBER_MANAGER, OWNER, NOBODY)

RECORDS = (
    "components.journalentry components.journalcursor components.setaside monitors.agent "
    "monitors.reader monitors.unmatchedalert statuspage.progress subscribers.alert"
)
TOLD = "incidents.incident incidents.incidenttemplate maintenance.window"
WATCHED = (
    "components.component components.group monitors.monitor monitors.region monitors.alertrule"
)
ROUTES = "subscribers.alertroute"
PEOPLE = "auth.user auth.group statuspage.apitoken"

# What each may do with each model: view, add, change, delete. What is not here is refused.
MAY = {
    VIEWER: {"v": f"{TOLD} {WATCHED} {RECORDS}"},
    RESPONDER: {"v": f"{WATCHED} {RECORDS}", "vacd": TOLD},
    EDITOR: {"v": f"{TOLD} {RECORDS}", "vacd": WATCHED},
    SUBSCRIBER_MANAGER: {
        "v": "components.component subscribers.alert",
        "vcd": "subscribers.subscriber",
        "vacd": ROUTES,
    },
    OWNER: {
        "v": RECORDS,
        "vacd": f"{TOLD} {WATCHED} {PEOPLE} {ROUTES}",
        "vcd": "subscribers.subscriber",
    },
    NOBODY: {},
}
MODELS = (*f"{TOLD} {WATCHED} {RECORDS} {PEOPLE} {ROUTES}".split(), "subscribers.subscriber")

LOOKERS = (VIEWER, RESPONDER, EDITOR, OWNER)
RESPONDERS, EDITORS = (RESPONDER, OWNER), (EDITOR, OWNER)


def planned(component: Component) -> Window:
    begins = datetime.now(UTC) + timedelta(hours=2)
    window = Window(title="Work", starts_at=begins, ends_at=begins + timedelta(hours=1))
    return schedule(window, components=[component])


@dataclass
class Visitor:
    """A logged-in browser without a face."""

    url: str
    session: requests.Session

    def get(self, path: str) -> int:
        return self.session.get(
            self.url + path, allow_redirects=False, timeout=PATIENCE
        ).status_code

    def post(self, path: str, data: dict[str, Any] | None = None) -> int:
        headers = {"X-CSRFToken": self.session.cookies["statuspage_csrf"]}
        answer = self.session.post(
            self.url + path,
            data=data or {},
            headers=headers,
            allow_redirects=False,
            timeout=PATIENCE,
        )
        return answer.status_code


@pytest.fixture
def rows() -> dict[str, Any]:
    """One row of every model that has a page."""
    component = build.component("Shop")
    monitor = build.monitor(component)
    incident = open_incident(
        title="Slow", severity=Severity.MINOR, message="We look.",
        impacts={component: Status.DEGRADED},
    )  # fmt: skip
    ApiToken.objects.create(name="ci", digest="x")
    return {
        "components.component": component,
        "components.group": build.group(),
        "components.journalentry": JournalEntry.objects.latest("id"),
        "monitors.monitor": monitor,
        "monitors.region": Region.objects.get(),
        "monitors.agent": Agent.objects.create(name="host/agent@eu", region="eu"),
        "monitors.reader": Reader.objects.create(name="gpu-1"),
        "monitors.alertrule": AlertRule.objects.create(matchers='a="b"', component=component),
        "monitors.unmatchedalert": UnmatchedAlert.objects.create(
            fingerprint="f", received_at=datetime.now(UTC)
        ),
        "incidents.incident": incident,
        "incidents.incidenttemplate": IncidentTemplate.objects.create(name="Slow", title="Slow"),
        "maintenance.window": planned(component),
        "statuspage.apitoken": ApiToken.objects.get(),
        "statuspage.progress": Progress.objects.create(role="beat@here", at=1.0),
        "subscribers.subscriber": Subscriber.objects.create(address_digest="x", lane="x"),
        "auth.user": User.objects.create_user("somebody"),
        "auth.group": Group.objects.create(name="of our own"),
    }


@pytest.fixture
def visitors(live_server: LiveServer) -> Iterator[dict[str, Visitor]]:
    """Everybody, logged in at the front."""
    made = {}
    for role in EVERYBODY:
        user = User.objects.create_user(role.replace(" ", "-"), "", "long enough 7", is_staff=True)
        user.groups.set(Group.objects.filter(name=role))
        visitor = Visitor(live_server.url, requests.Session())
        visitor.get("/admin/login/")
        came_in = visitor.post(
            "/admin/login/?next=/admin/",
            {"username": user.username, "password": "long enough 7"},
        )
        assert came_in == 302
        made[role] = visitor
    yield made
    for visitor in made.values():
        visitor.session.close()


def allowed(status: int) -> bool:
    assert status in (200, 302, 403), status
    return status != 403


def test_each_role_may_do_exactly_this_with_each_model_s11(
    rows: dict[str, Any], visitors: dict[str, Visitor]
) -> None:
    wrong = []
    for role, visitor in visitors.items():
        for model in MODELS:
            verbs = {verb for verbs, names in MAY[role].items() if model in names.split()
                     for verb in verbs}  # fmt: skip
            found = pages(visitor, model, rows.get(model))
            if found != {verb: verb in verbs for verb in found}:
                wrong.append((role, model, sorted(verbs), found))

    assert wrong == []


def pages(visitor: Visitor, model: str, row: Any) -> dict[str, bool]:
    """Which of a model's pages open, and whether an empty form is looked at."""
    name = model.replace(".", "_")
    found = {
        "v": allowed(visitor.get(reverse(f"admin:{name}_changelist"))),
        "a": allowed(visitor.post(reverse(f"admin:{name}_add"))),
    }
    if row is not None:
        found["c"] = allowed(visitor.post(reverse(f"admin:{name}_change", args=[row.pk])))
        found["d"] = allowed(visitor.get(reverse(f"admin:{name}_delete", args=[row.pk])))
    return found


def test_each_role_may_press_exactly_these_buttons_s11(
    rows: dict[str, Any], visitors: dict[str, Visitor]
) -> None:
    incident, window = rows["incidents.incident"], rows["maintenance.window"]
    monitor, entry = rows["monitors.monitor"], rows["components.component"]
    desk = reverse("incident-desk", args=[incident.pk])
    report = reverse("incident-postmortem", args=[incident.pk])
    buttons: list[tuple[str, str, tuple[str, ...]]] = [
        ("get", reverse("admin:desk"), LOOKERS),
        ("get", desk, LOOKERS),
        ("post", desk, RESPONDERS),
        ("get", report, RESPONDERS),
        ("post", report, RESPONDERS),
        ("post", reverse("incident-preview"), LOOKERS),
        ("get", reverse("admin:window-preview"), LOOKERS),
        ("post", reverse("admin:window-move", args=[window.pk]), RESPONDERS),
        ("post", reverse("admin:monitors_monitor_test", args=[monitor.pk]), EDITORS),
        ("get", f"/status/components/{entry.slug}/why", (*LOOKERS, SUBSCRIBER_MANAGER)),
        ("get", "/manage/status", LOOKERS),
        ("get", reverse("admin:index"), EVERYBODY),
    ]

    wrong = [
        (role, method, path)
        for method, path, roles in buttons
        for role, visitor in visitors.items()
        if allowed(getattr(visitor, method)(path)) != (role in roles)
    ]

    assert wrong == []


ACTIONS = [
    ("incidents_incident", "resolve", RESPONDERS),
    ("incidents_incident", "publish", RESPONDERS),
    ("maintenance_window", "cancel", RESPONDERS),
    ("monitors_monitor", "pause", EDITORS),
    ("components_component", "clear_override", EDITORS),
    ("components_component", "delete_selected", EDITORS),
    ("auth_user", "delete_selected", (OWNER,)),
]


def test_each_role_may_run_exactly_these_actions_on_lists_s11(
    visitors: dict[str, Visitor],
) -> None:
    wrong = []
    for role, visitor in visitors.items():
        for model, action, roles in ACTIONS:
            pk, effect = victim(model, action)
            status = visitor.post(
                reverse(f"admin:{model}_changelist"),
                {"action": action, "_selected_action": pk, "post": "yes"},
            )
            assert status in (200, 302, 403)
            if effect() != (role in roles):
                wrong.append((role, model, action))

    assert wrong == []


def victim(model: str, action: str) -> tuple[int, Any]:
    """A fresh row, and whether the action has been done to it."""
    if model == "incidents_incident":
        made = open_incident(
            title="Slow", severity=Severity.MINOR, message="We look.", impacts={},
            published=action != "publish",
        )  # fmt: skip
        rows = Incident.objects.filter(pk=made.pk)
        done = {"published": True} if action == "publish" else {"status": "resolved"}
        return made.pk, lambda: rows.filter(**done).exists()
    if model == "maintenance_window":
        window = planned(build.component())
        return window.pk, lambda: Window.objects.filter(pk=window.pk, state="cancelled").exists()
    if model == "monitors_monitor":
        monitor = build.monitor()
        return monitor.pk, lambda: not Monitor.objects.get(pk=monitor.pk).enabled
    if model == "auth_user":
        user = User.objects.create_user(f"user-{User.objects.count()}")
        return user.pk, lambda: not User.objects.filter(pk=user.pk).exists()
    component = build.component(status_override=Status.DEGRADED)
    kept = Component.objects.filter(pk=component.pk)
    if action == "delete_selected":
        return component.pk, lambda: not kept.exists()
    return component.pk, lambda: not kept.get().status_override


def test_an_owner_cannot_become_a_superuser_nor_take_one_over(
    visitors: dict[str, Visitor],
) -> None:
    owner = visitors[OWNER]
    root = User.objects.create_superuser("root", "", "long enough 7")
    me = User.objects.get(username=OWNER)

    page = reverse("admin:auth_user_change", args=[me.pk])
    shown = owner.session.get(owner.url + page, timeout=PATIENCE).text
    seen = re.search(r'name="seen_version" value="(\d+)"', shown)
    assert seen
    status = owner.post(
        page,
        {"username": OWNER, "is_active": "on", "is_staff": "on", "is_superuser": "on",
         "seen_version": seen[1]},
    )  # fmt: skip
    for page in ("auth_user_change", "auth_user_password_change", "auth_user_delete"):
        taken = owner.post(reverse(f"admin:{page}", args=[root.pk]))
        assert taken == 403, page

    assert status == 302
    me.refresh_from_db()
    assert not me.is_superuser


def test_the_products_own_roles_cannot_be_edited_and_are_mended_by_migrating(
    visitors: dict[str, Visitor],
) -> None:
    viewer = Group.objects.get(name=VIEWER)
    edit = reverse("admin:auth_group_change", args=[viewer.pk])
    assert visitors[OWNER].post(edit, {"name": "mine"}) == 403

    viewer.permissions.add(Permission.objects.get(codename="delete_incident"))
    viewer.permissions.remove(Permission.objects.get(codename="view_incident"))
    Group.objects.get(name=EDITOR).delete()
    for _ in range(2):
        call_command("migrate", verbosity=0, stdout=StringIO())

    for role, wanted in ROLES.items():
        given = Group.objects.get(name=role).permissions.values_list(
            "content_type__app_label", "codename"
        )
        assert {f"{app}.{name}" for app, name in given} == wanted


def test_changes_of_people_are_journalled_without_their_passwords(
    visitors: dict[str, Visitor],
) -> None:
    made = visitors[OWNER].post(
        reverse("admin:auth_user_add"),
        {"username": "paul", "usable_password": "true", "password1": "very secret 9",
         "password2": "very secret 9"},
    )  # fmt: skip

    assert made == 302
    entry = JournalEntry.objects.get(kind="person.changed")
    assert (entry.actor, entry.public) == (OWNER, False)
    assert entry.data["username"] == "paul"
    assert "secret" not in str(entry.data)
