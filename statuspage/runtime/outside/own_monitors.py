"""Components of the product's own for what it looks at itself, so that operators are alerted of it.

A component and its monitor, told by `beat`, are made with the first trouble, hidden from the public
as all of the product's own; deleted, they stay away.
"""

from django.core.exceptions import ValidationError
from django.db import transaction

from components.models import Component, Group
from components.services import save_component, save_group
from components.status import Verdict
from monitors.manual import MAX_MESSAGE_LENGTH, set_state
from monitors.models import Check, Monitor
from monitors.services import save_monitor
from statuspage.models import OutsideCheck
from statuspage.runtime.outside.results import CERTIFICATE, MAIL

ACTOR = "statuspage"
_GROUP = "This status page"
_OWN = {
    CERTIFICATE: ("status-certificate", "Status page certificate", "TLS at its public address"),
    MAIL: ("status-mail", "Status page mail", "The mail server that messages leave by"),
}


def report(name: str, *, verdict: Verdict, text: str, now: float) -> None:
    """Tell the monitor of a look how it went; unknown changes nothing."""
    if verdict is Verdict.UNKNOWN:
        return
    monitor = Monitor.objects.filter(builtin=_OWN[name][0]).first()
    if monitor is None and verdict is not Verdict.UP:
        monitor = _make(name)
    if monitor is None:
        return
    if Check.objects.filter(monitor=monitor, verdict=verdict, message=text).exists():
        return
    try:
        set_state(monitor, state=verdict, message=text[:MAX_MESSAGE_LENGTH], actor=ACTOR, now=now)
    except ValidationError:
        return  # a person has paused it


def _make(name: str) -> Monitor | None:
    """Make component and monitor, once for all time."""
    slug, title, description = _OWN[name]
    with transaction.atomic():
        first = OutsideCheck.objects.filter(name=name, watched=False).update(watched=True)
        if not first or Component.objects.filter(slug=slug).exists():
            return None
        group = Group.objects.filter(name=_GROUP).first() or save_group(
            Group(name=_GROUP, sort_order=1_000, visible=False)
        )
        component = save_component(
            Component(name=title, slug=slug, description=description, group=group, sort_order=10)
        )
        monitor = Monitor(name=title, component=component, kind="manual", builtin=slug)
        return save_monitor(monitor, regions=[])
