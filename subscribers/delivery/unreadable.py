"""Deliveries whose address this machine cannot read: left to machines that know its key.

A missing key is this machine's trouble, not the recipient's. The row goes back into the queue as
it was, marked with the set of keys that did not open it; senders with these very keys take it no
more, any other may. It waits, and never fails for it: once the key is put back, the set of keys is
another one, and the row is taken again.
"""

import logging
from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet

from components import secrets
from subscribers.enums import State
from subscribers.models import Delivery

log = logging.getLogger(__name__)

_MAX_LENGTH = 60
"""Of what is remembered; what is forgotten is at worst tried once more."""
_reported: set[str] = set()
"""The sets of keys of which this process has said that they do not open everything."""


def reset() -> None:
    """Report and try again, as a process that begins anew; for tests."""
    _reported.clear()
    _forms.clear()


_forms: dict[str, set[int]] = {}
"""By set of keys: the sign-up forms that this process could not open with it."""


def forms_here() -> set[int]:
    """Return the sign-up forms that the keys in force here did not open."""
    return _forms.setdefault(secrets.ring_id(), set())


def mark() -> str:
    """Return what marks a row that the keys in force here do not open."""
    return f"{secrets.ring_id()},"


def unread_here() -> Q:
    """Return the filter for rows that were found unreadable with the keys in force here."""
    return Q(unread_by__contains=mark())


def leave_to_others(rows: Collection[Delivery]) -> None:
    """Release leased rows that cannot be read here, and take them no more."""
    if not rows:
        return
    here = mark()
    for (lease, before), ids in _grouped(rows).items():
        known = before if len(before) + len(here) <= _MAX_LENGTH else ""
        mine = Delivery.objects.filter(pk__in=ids, lease=lease, state=State.SENDING)
        free = {"lease": "", "leased_until": 0, "unread_by": known + here}
        mine.filter(attempts=0).update(state=State.QUEUED, **free)
        mine.update(state=State.RETRYING, **free)
    if here not in _reported:
        _reported.add(here)
        log.error(
            "messages are left to other machines: their addresses were sealed with a key that is "
            "not known on this one; `manage.py doctor` says more"
        )


def _grouped(rows: Iterable[Delivery]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        found.setdefault((row.lease, row.unread_by), []).append(row.pk)
    return found


def waiting() -> QuerySet[Delivery]:
    """Return the deliveries that wait for a machine that can read their address."""
    return Delivery.objects.filter(due__isnull=False).exclude(unread_by="")
