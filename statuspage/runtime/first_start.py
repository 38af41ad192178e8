"""Preparation of the database by `up`: a superuser, and a page about the product itself.

A fresh installation watches itself at once: three components, by real monitors on the product's
own listeners. They are for the desk: the public does not see them until somebody shows their group.
They can be edited or deleted like any others; deleted, they stay away.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction

from components.journal import head
from components.models import Component
from components.models import Group as Heading
from components.services import save_component, save_group
from monitors.models import Monitor, Region
from monitors.services import save_monitor
from statuspage.access.roles import OWNER
from statuspage.publishing import projector, snapshot

USER = "admin"
# Named apart from what is watched: a platform has a database, too.
_OWN = (
    ("status-web", "Status page", "The page, the admin and the API", "{public}/status?format=json"),
    (
        "status-workers",
        "Status page workers",
        "Health probes and notifications",
        "{management}/healthz/workers",
    ),
    (
        "status-database",
        "Status page database",
        "Where everything is kept",
        "{management}/healthz/database",
    ),
)


def prepare(*, public_url: str, management_url: str, out: Callable[[str], None]) -> None:
    """Make a migrated database ready to serve. Safe to run at every start."""
    Region.objects.get_or_create(code="global", defaults={"name": "Global"})
    if head() == 0 and not Component.objects.exists():
        out("First start: creating components for the product itself")
        with transaction.atomic():
            # All at once, or the components would for a moment be without a monitor, and
            # "operational" for want of one.
            _create_own(public_url, management_url)
    _update_addresses(public_url, management_url)
    _ensure_superuser(out)
    projector.catch_up()
    snapshot.publish(now=datetime.now(UTC))


def _ensure_superuser(out: Callable[[str], None]) -> None:
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return
    password = secrets.token_urlsafe(12)
    user = users.create_superuser(USER, "", password)
    user.groups.set(Group.objects.filter(name=OWNER))
    out(f"Admin user: {USER}   password: {password}   (shown once; change it after logging in)")


def _create_own(public_url: str, management_url: str) -> None:
    group = save_group(Heading(name="This status page", sort_order=1_000, visible=False))
    for order, (slug, name, description, address) in enumerate(_OWN):
        component = save_component(
            Component(name=name, slug=slug, description=description, group=group, sort_order=order)
        )
        monitor = Monitor(
            name=f"{name} answers",
            component=component,
            kind="endpoint",
            config={"url": _address(address, public_url, management_url)},
            interval=5,
            timeout=4,
            # Patient: they are made first, before some of the processes have begun.
            confirm_down=2,
            retry_interval=5,
            builtin=slug,
        )
        save_monitor(monitor, regions=[])


def _update_addresses(public_url: str, management_url: str) -> None:
    """Point the product's own monitors at the addresses it listens on this time."""
    addresses = {slug: address for slug, _, _, address in _OWN}
    for monitor in Monitor.objects.filter(builtin__in=addresses):
        url = _address(addresses[str(monitor.builtin)], public_url, management_url)
        if monitor.config.get("url") != url:
            monitor.config = {**monitor.config, "url": url}
            save_monitor(monitor, regions=list(monitor.regions.all()))


def _address(template: str, public_url: str, management_url: str) -> str:
    return template.format(public=public_url, management=management_url)
