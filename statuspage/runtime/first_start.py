"""Preparation of the database by `up` and `setup`: the owner, and components of the product itself.

A fresh installation watches itself at once: three components, by real monitors on the product's
own listeners. They are for the desk: the public does not see them until somebody shows their group.
They can be edited or deleted like any others; deleted, they stay away.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import head
from components.models import Component
from components.models import Group as Heading
from components.services import save_component, save_group
from monitors.models import Monitor, Region
from monitors.services import save_monitor
from statuspage.access.roles import OWNER
from statuspage.publishing import projector, snapshot

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


class OwnerError(ValueError):
    """The first account cannot be made as it was asked for; the message says why."""


@dataclass(frozen=True, slots=True)
class NewOwner:
    """The first account as it is asked for. Without a password one is made, and shown once."""

    username: str
    email: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of_settings(cls) -> "NewOwner":
        ours = settings.STATUSPAGE
        return cls(ours.owner_name, ours.owner_email, ours.owner_password)


def ensure_region() -> None:
    Region.objects.get_or_create(code="global", defaults={"name": "Global"})


def lacks_own_components() -> bool:
    """Return whether this store has never had a component."""
    return head() == 0 and not Component.objects.exists()


def publish() -> None:
    """Derive what the journal says, and publish the page."""
    projector.catch_up()
    snapshot.publish(now=datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class MadeOwner:
    username: str
    password_line: str


def ensure_owner(wanted: NewOwner) -> MadeOwner | None:
    """Make the first account, a superuser and owner, unless there is one; None then.

    Raises OwnerError.
    """
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return None
    user = get_user_model()(
        username=wanted.username, email=wanted.email, is_superuser=True, is_staff=True
    )
    password = wanted.password or secrets.token_urlsafe(12)
    user.set_password(password)
    try:
        user.full_clean()
        if wanted.password:
            validate_password(password, user)
    except ValidationError as error:
        raise OwnerError(f"The first account cannot be made: {_reasons(error)}") from None
    with transaction.atomic():
        user.save()
        user.groups.set(Group.objects.filter(name=OWNER))
    given = "password: the one that you gave"
    made = f"password: {password}   (shown once; change it after logging in)"
    return MadeOwner(wanted.username, given if wanted.password else made)


def _reasons(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return f"the password will not do: {' '.join(error.messages)}"
    return " ".join(f"{name}: {' '.join(said)}" for name, said in error.message_dict.items())


def create_own_components(*, public_url: str, management_url: str) -> None:
    """Create the components about the product itself.

    All at once, or they would for a moment be without a monitor, and "operational" for want of one.
    """
    with transaction.atomic():
        _create_own(public_url, management_url)


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


def update_addresses(*, public_url: str, management_url: str) -> None:
    """Point the product's own monitors at the addresses it listens on this time."""
    addresses = {slug: address for slug, _, _, address in _OWN}
    for monitor in Monitor.objects.filter(builtin__in=addresses):
        url = _address(addresses[str(monitor.builtin)], public_url, management_url)
        if monitor.config.get("url") != url:
            monitor.config = {**monitor.config, "url": url}
            save_monitor(monitor, regions=list(monitor.regions.all()))


def _address(template: str, public_url: str, management_url: str) -> str:
    return template.format(public=public_url, management=management_url)
