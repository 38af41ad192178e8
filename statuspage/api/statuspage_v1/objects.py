"""The objects of this dialect as they are answered, of what is stored now.

Ids and words are those of contract S. A text is told as it was written (Markdown): what is read is
what can be sent back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from components.dialect_words import SEVERITIES, STATUSES
from components.models import Component, Group
from components.status import Status
from components.values.instants import iso
from components.values.public_ids import public_id
from incidents.models import Incident, Update
from incidents.workflow import IncidentState
from maintenance.lifecycle import WindowState
from maintenance.models import Window, WindowUpdate
from statuspage.access.pages import page_face
from statuspage.api.statuspage_v1.page import AddressedPage
from statuspage.pages.face import HOME, site_of

Json = dict[str, Any]
ANNOUNCEMENT = 0
"""Of a window: the number of the update that it was announced with."""


@dataclass(frozen=True, slots=True)
class _Told:
    """An update of either kind of event."""

    number: int
    status: str
    body: str
    at: datetime
    declared: Mapping[int, Status]
    notified: bool


class Writer:
    """The writer of what one page may tell."""

    def __init__(self, page: AddressedPage) -> None:
        self._page = page
        self._known: dict[int, Component] = {}
        face = page_face(page.row)
        site = site_of(settings.STATUSPAGE.site_url, face)
        self._root = f"{site.rstrip('/')}{face.root}"
        self._url = site if face.root == HOME else self._root

    def page(self, *, name: str) -> Json:
        """Return the page itself."""
        row = self._page.row
        return {
            "id": self._page.id,
            "name": name,
            "page_description": None,
            "url": self._url,
            "domain": row.hosts[0] if row.hosts else None,
            "subdomain": row.slug,
            "support_url": None,
            "time_zone": "Etc/UTC",
            "viewers_must_be_team_members": row.private,
            "allow_page_subscribers": True,
            "allow_incident_subscribers": True,
            "allow_email_subscribers": True,
            "allow_sms_subscribers": False,
            "allow_webhook_subscribers": True,
            "allow_rss_atom_feeds": True,
        }

    def component(self, row: Component) -> Json:
        """Return a component with its present status."""
        return {
            "id": public_id("component", row.pk),
            "page_id": self._page.id,
            "group_id": None if row.group_id is None else public_id("group", row.group_id),
            "name": row.name,
            "description": row.description or None,
            "status": STATUSES[Status(row.status)].statuspage,
            "position": row.sort_order,
            "group": False,
            "showcase": True,
            "only_show_if_degraded": row.only_when_wrong,
            "automation_email": None,
            "start_date": row.created_at.date().isoformat(),
            "created_at": _instant(row.created_at),
            "updated_at": _instant(row.updated_at),
        }

    def group(self, row: Group, members: Sequence[Component]) -> Json:
        """Return a group with the ids of its members; its times are theirs."""
        return {
            "id": public_id("group", row.pk),
            "page_id": self._page.id,
            "name": row.name,
            "description": row.description or None,
            "components": [public_id("component", each.pk) for each in members],
            "position": row.sort_order,
            "created_at": _instant(min((each.created_at for each in members), default=None)),
            "updated_at": _instant(max((each.updated_at for each in members), default=None)),
        }

    def events(self, rows: Iterable[Incident | Window]) -> list[Json]:
        """Return incidents and windows, in the order given; one query for all their components."""
        events = list(rows)
        self._load(pk for each in events for pk in component_ids(each))
        return [
            self._incident(each) if isinstance(each, Incident) else self._window(each)
            for each in events
        ]

    def event(self, row: Incident | Window) -> Json:
        """Return an incident or a window."""
        return self.events([row])[0]

    def _load(self, pks: Iterable[int]) -> None:
        wanted = {pk for pk in pks if self._page.reach.sees(pk)}
        self._known = Component.objects.select_related("group").in_bulk(list(wanted))

    def _incident(self, row: Incident) -> Json:
        updates = list(row.updates.all())
        impact = SEVERITIES[row.severity].statuspage
        watched = [each.created_at for each in updates if each.status == IncidentState.MONITORING]
        post_mortem = getattr(row, "postmortem", None)
        published = post_mortem.published_at if post_mortem else None
        return {
            **self._common(row, "incident", "incidents", [_of_update(each) for each in updates]),
            "status": "postmortem" if published else IncidentState(row.status).value,
            "impact": impact,
            "impact_override": impact,
            "started_at": _instant(row.started_at),
            "monitoring_at": _instant(max(watched, default=None)),
            "resolved_at": _instant(row.resolved_at),
            "scheduled_for": None,
            "scheduled_until": None,
            "scheduled_remind_prior": False,
            "scheduled_reminded_at": None,
            "scheduled_auto_in_progress": False,
            "scheduled_auto_completed": False,
            "postmortem_published_at": _instant(published),
        }

    def _window(self, row: Window) -> Json:
        first = _Told(
            ANNOUNCEMENT, WindowState.SCHEDULED.value, row.message, row.created_at, {}, True
        )
        told = [*(_of_window_update(each) for each in row.updates.all()), first]
        is_over = row.state == WindowState.COMPLETED
        return {
            **self._common(row, "window", "maintenance", told),
            "status": WindowState(row.state).value,
            "impact": "maintenance",
            "impact_override": "maintenance",
            "started_at": _instant(row.starts_at),
            "monitoring_at": None,
            "resolved_at": _instant(row.closed_at or row.ends_at) if is_over else None,
            "scheduled_for": _instant(row.starts_at),
            "scheduled_until": _instant(row.ends_at),
            "scheduled_remind_prior": row.remind_before > 0,
            "scheduled_reminded_at": _instant(row.reminded_at),
            "scheduled_auto_in_progress": True,
            "scheduled_auto_completed": True,
            "postmortem_published_at": None,
        }

    def _common(self, row: Incident | Window, kind: str, place: str, told: Sequence[_Told]) -> Json:
        pk = public_id(kind, row.pk)
        named = [self._known[each] for each in component_ids(row) if each in self._known]
        return {
            "id": pk,
            "page_id": self._page.id,
            "name": row.title,
            "shortlink": f"{self._root}/{place}/{row.reference}",
            "created_at": _instant(row.created_at),
            "updated_at": _instant(row.updated_at),
            "metadata": {},
            "reminder_intervals": None,
            "components": [self.component(each) for each in named],
            "incident_updates": self._updates(told, pk),
        }

    def _updates(self, told: Sequence[_Told], parent: str) -> list[Json]:
        """Return updates newest first; what each declares stands beside what was before."""
        written: list[Json] = []
        before: dict[int, str] = {}
        for update in reversed(told):
            affected = []
            for pk, status in update.declared.items():
                word = STATUSES[status].statuspage
                if pk in self._known:
                    affected.append({
                        "code": public_id("component", pk),
                        "name": self._known[pk].name,
                        "old_status": before.get(pk, "operational"),
                        "new_status": word,
                    })  # fmt: skip
                before[pk] = word
            at = _instant(update.at)
            written.append({
                "id": update_id(parent, update.number),
                "incident_id": parent,
                "status": update.status,
                "body": update.body,
                "affected_components": affected or None,
                "deliver_notifications": update.notified,
                "wants_twitter_update": False,
                "custom_tweet": None,
                "tweet_id": None,
                "created_at": at,
                "updated_at": at,
                "display_at": at,
            })  # fmt: skip
        return written[::-1]


def component_ids(row: Incident | Window) -> list[int]:
    """Return what an event touches, as it was prefetched."""
    if isinstance(row, Incident):
        return sorted(each.component_id for each in row.impacts.all())
    return sorted(each.pk for each in row.components.all())


def update_id(parent: str, number: int) -> str:
    """Return the public id of an update of the event with this public id."""
    return public_id("update", f"{parent}:{number}")


def _of_update(update: Update) -> _Told:
    return _Told(
        update.pk, IncidentState(update.status).value, update.message, update.created_at,
        update.declared(), update.notify,
    )  # fmt: skip


def _of_window_update(update: WindowUpdate) -> _Told:
    state = WindowState(update.state).value
    return _Told(update.pk, state, update.message, update.created_at, {}, True)


def _instant(at: datetime | None) -> str | None:
    """Return ISO 8601 with milliseconds, as the original has it."""
    return None if at is None else iso(at, precision="milliseconds")
