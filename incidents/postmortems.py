"""Services of post-mortems: writing and publishing them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import record
from components.journal.hold import with_hold
from components.models import set_history_actor
from components.optimistic_lock import bump_version
from incidents import event_types
from incidents.events import event_without_notice, postmortem_event
from incidents.models import Incident, PostMortem

PARTS = ("impact", "timeline", "root_cause", "actions")


def save_postmortem(
    incident: Incident,
    *,
    parts: Mapping[str, str],
    publish: bool = False,
    notify: bool = True,
    hold_seconds: int = 0,
    seen_version: int | None = None,
    actor: str = "",
) -> PostMortem:
    """Write or change an incident's post-mortem; a new one is a draft until it is published.

    With `publish` it is shown to the public, and with `notify` subscribers get a notice, once; it
    waits for `hold_seconds`, and meanwhile publishing can be undone.
    Raises ValidationError naming the field, and ConflictError when `seen_version` is not the
    stored one any more.
    """
    with transaction.atomic():
        report = PostMortem.objects.select_for_update().filter(incident=incident).first()
        if report is None:
            report = PostMortem(incident=incident)
        else:
            bump_version(report, expected=seen_version)
        for name in PARTS:
            setattr(report, name, parts.get(name, getattr(report, name)))
        report.clean_fields(exclude={"incident"})
        first = publish and report.published_at is None
        if first:
            _check_publishable(report)
            report.published_at = datetime.now(UTC)
        set_history_actor(report, actor=actor)
        report.save()
        if report.published_at is None:
            event = event_without_notice(event_types.POSTMORTEM_CHANGED, incident, actor=actor)
        else:
            event = postmortem_event(report, notify=notify and first, actor=actor)
        if first:
            event = with_hold(event, seconds=hold_seconds, before={"published_at": None})
        record(event)
    return report


def _check_publishable(report: PostMortem) -> None:
    """Raise ValidationError while there is nothing to show, or the incident is not public."""
    if not any(getattr(report, name).strip() for name in PARTS):
        raise ValidationError({"impact": "Fill in at least one section before publishing."})
    if not report.incident.published or report.incident.resolved_at is None:
        raise ValidationError({"incident": "Publish and resolve the incident first."})
