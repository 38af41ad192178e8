"""Writing down what was learnt from an incident, and publishing it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import Event, record
from components.models import signed
from components.versions import claim
from incidents import kinds
from incidents.events import about, postmortem_told
from incidents.models import Incident, PostMortem

PARTS = ("impact", "timeline", "root_cause", "actions")


def save_postmortem(
    incident: Incident,
    *,
    parts: Mapping[str, str],
    seen_version: int | None = None,
    actor: str = "",
) -> PostMortem:
    """Write or change an incident's post-mortem; a new one is a draft until it is published.

    Raises ValidationError naming the field, and ConflictError when `seen_version` is not the
    stored one any more.
    """
    with transaction.atomic():
        report = PostMortem.objects.select_for_update().filter(incident=incident).first()
        if report is None:
            report = PostMortem(incident=incident)
        else:
            claim(report, expected=seen_version)
        for name in PARTS:
            setattr(report, name, parts.get(name, getattr(report, name)))
        report.clean_fields(exclude={"incident"})
        signed(report, actor=actor)
        report.save()
        record(postmortem_saved(report, actor=actor))
    return report


def postmortem_saved(report: PostMortem, *, actor: str = "") -> Event:
    if report.published_at is None:
        return about(kinds.POSTMORTEM_CHANGED, report.incident, actor=actor)
    return postmortem_told(report, notify=False, actor=actor)


def publish_postmortem(report: PostMortem, *, notify: bool = True, actor: str = "") -> PostMortem:
    """Show it to the public. Raises ValidationError while there is nothing to show."""
    if not any(getattr(report, name).strip() for name in PARTS):
        raise ValidationError({"impact": "Write at least one part before publishing it."})
    if not report.incident.published or report.incident.resolved_at is None:
        raise ValidationError(
            {"incident": "Publish and resolve the incident before its post-mortem."}
        )
    with transaction.atomic():
        claim(report)
        first = report.published_at is None
        report.published_at = report.published_at or datetime.now(UTC)
        signed(report, actor=actor)
        report.save()
        record(postmortem_told(report, notify=notify and first, actor=actor))
    return report
