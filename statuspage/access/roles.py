"""Roles of the admin: five, each a group that belongs to the product.

They are made anew, exactly as they stand here, whenever `migrate` has run, so that a new release's
pages are in them at once. Other mixes are groups of the operator's own, which stay untouched.
"""

from typing import Any

from django.apps import apps as global_apps
from django.db import DEFAULT_DB_ALIAS

VIEWER, RESPONDER, EDITOR = "viewer", "responder", "editor"
SUBSCRIBER_MANAGER, OWNER = "subscriber manager", "owner"
_ALL = ("view", "add", "change", "delete")

_INCIDENTS = ("incident", "impact", "update", "note", "postmortem", "incidenttemplate")
_MAINTENANCE = ("window", "windowupdate", "series")
_CATALOGUE = (
    "components.component", "components.group", "monitors.monitor", "monitors.region",
    "monitors.alertrule",
)  # fmt: skip
_SUBSCRIBERS = (
    "subscriber", "suspension", "notice", "delivery", "signup", "endpoint", "alert",
    "alertroute", "alertchannel", "hold",
)  # fmt: skip
_HISTORY = ("components.declaredperiod",)
_LOOK = ("statuspage.appearance",)
_ANNOUNCEMENTS = ("statuspage.announcement",)
_CORRECT = ("view", "add", "change")
"""What is declared is withdrawn, never deleted."""
_PUBLISHED = (
    *(f"incidents.{name}" for name in _INCIDENTS),
    *(f"maintenance.{name}" for name in _MAINTENANCE),
)
_RECORDS = (
    "components.journalentry", "components.journalcursor", "components.setaside",
    "monitors.agent", "monitors.reader", "monitors.unmatchedalert", "statuspage.progress",
    "subscribers.alert",
)  # fmt: skip


def _permissions(verbs: tuple[str, ...], models: tuple[str, ...]) -> frozenset[str]:
    """Return permissions as Django names them."""
    pairs = (model.split(".") for model in models)
    return frozenset(f"{app}.{verb}_{name}" for app, name in pairs for verb in verbs)


_VIEW = _permissions(("view",), (*_PUBLISHED, *_CATALOGUE, *_RECORDS, *_HISTORY, *_ANNOUNCEMENTS))
_MANAGE_SUBSCRIBERS = _permissions(_ALL, tuple(f"subscribers.{name}" for name in _SUBSCRIBERS)) | {
    "subscribers.see_addresses"
}
ROLES: dict[str, frozenset[str]] = {
    VIEWER: _VIEW,
    # Changing an alert is acknowledging it.
    RESPONDER: _VIEW
    | _permissions(_ALL, (*_PUBLISHED, *_ANNOUNCEMENTS))
    | _permissions(_CORRECT, _HISTORY)
    | _permissions(("change",), ("subscribers.alert",)),
    EDITOR: _VIEW
    | _permissions(_ALL, (*_CATALOGUE, *_ANNOUNCEMENTS))
    | _permissions(_CORRECT, _HISTORY)
    | _permissions(("view", "change"), _LOOK),
    # Components, since subscribers choose among them. Addresses are no other role's business.
    SUBSCRIBER_MANAGER: _MANAGE_SUBSCRIBERS | _permissions(("view",), ("components.component",)),
    OWNER: _VIEW
    | _permissions(_ALL, (*_PUBLISHED, *_CATALOGUE, *_ANNOUNCEMENTS))
    | _permissions(_CORRECT, _HISTORY)
    | _MANAGE_SUBSCRIBERS
    | _permissions(("view", "change"), _LOOK)
    | _permissions(_ALL, ("statuspage.apitoken", "statuspage.page", "auth.user", "auth.group")),
}
MEANINGS = {
    VIEWER: "sees everything except subscribers; changes nothing.",
    RESPONDER: "runs incidents, maintenance and announcements; acknowledges alerts.",
    EDITOR: "manages components, monitors, appearance and announcements.",
    SUBSCRIBER_MANAGER: "manages subscribers, alert routes and channels; sees addresses.",
    OWNER: "can do all of this, and manages users, roles, pages and API tokens.",
}
"""What each role may do, in a sentence, for whoever gives it."""


def ensure_roles(*, apps: Any = global_apps, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Create or update the roles; called after `migrate`, any number of times."""
    try:
        groups, permissions = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return  # the tables of accounts were taken back
    known = {
        f"{app}.{codename}": pk
        for app, codename, pk in permissions.objects.using(using).values_list(
            "content_type__app_label", "codename", "pk"
        )
    }
    rows = groups.objects.using(using)
    existing = set(rows.filter(name__in=ROLES).values_list("name", flat=True))
    rows.bulk_create([groups(name=name) for name in ROLES if name not in existing])
    ids = dict(rows.filter(name__in=ROLES).values_list("name", "pk"))
    links = groups.permissions.through
    wanted = {
        (ids[role], known[name]) for role, names in ROLES.items() for name in names if name in known
    }
    given = links.objects.using(using).filter(group__in=ids.values())
    granted = dict.fromkeys(given.values_list("group_id", "permission_id"))
    if stale := granted.keys() - wanted:
        for group, permission in stale:
            given.filter(group=group, permission=permission).delete()
    links.objects.using(using).bulk_create(
        [
            links(group_id=group, permission_id=each)
            for group, each in sorted(wanted - granted.keys())
        ]
    )
