"""How everything stands when notices are written: what every message contains besides its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from components.languages.names import offered_languages
from components.models import Component
from components.rollup import Member, overall_status
from components.status import Status
from incidents.models import Incident
from statuspage.models import Page
from statuspage.pages.face import MAIN
from subscribers.message import ActiveIncident


@dataclass
class BatchContext:
    """How everything stands, read once for all entries of a batch, and only if one needs it."""

    @cached_property
    def components(self) -> dict[int, Component]:
        return {pk: each for pk, each in self.nameable.items() if each.retired_at is None}

    @cached_property
    def nameable(self) -> dict[int, Component]:
        """With those that are retired: what is told of the past names them."""
        return Component.objects.nameable().in_bulk()

    @cached_property
    def shared_facts(self) -> dict[str, Any]:
        """What every message contains besides: the overall status and the open incidents."""
        page = Page.objects.filter(slug=MAIN).first()
        members = [
            Member(each.name, Status(each.status), counts=each.counts_for_overall,
                   critical=each.critical)
            for each in self.components.values()
        ]  # fmt: skip
        overall = page.status if page else overall_status(members, window_in_progress=False).status
        return {
            "overall": str(overall),
            "language": offered_languages(page.languages if page else "")[0],
            "incidents": tuple(
                ActiveIncident(
                    title=each.title,
                    severity=each.severity,
                    status=each.status,
                    url=f"{site()}/status/incidents/{each.reference}",
                    reference=each.reference,
                )
                for each in _open_incidents()[:20]
            ),
        }

    def names_of(self, ids: Iterable[int]) -> tuple[str, ...]:
        """Return the names of those components that may be named in public."""
        return tuple(self.nameable[pk].name for pk in ids if pk in self.nameable)


def _open_incidents() -> QuerySet[Incident]:
    return Incident.objects.filter(published=True, resolved_at=None).order_by("-started_at")


def site() -> str:
    """Return the product's own address, without a slash at its end."""
    return str(settings.STATUSPAGE.site_url).rstrip("/")
