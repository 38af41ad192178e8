"""The bodies of incidents in this dialect, where maintenance is an incident that is scheduled."""

from typing import Any

from rest_framework import serializers

from components.status import Status
from components.values.severity import Severity
from incidents.workflow import IncidentState
from maintenance.lifecycle import Impact, WindowState
from statuspage.api.statuspage_v1.bodies import (
    DialectBody,
    DialectInstantField,
    IdsField,
    StatusesField,
    WordField,
    read_word,
)

REALTIME: dict[str, IncidentState] = {state.value: state for state in IncidentState}
SCHEDULED: dict[str, WindowState] = {
    "scheduled": WindowState.SCHEDULED,
    "in_progress": WindowState.IN_PROGRESS,
    "verifying": WindowState.IN_PROGRESS,
    "completed": WindowState.COMPLETED,
}
POSTMORTEM = "postmortem"
"""What an incident with a published post-mortem is answered as; it is resolved."""
MAINTENANCE = "maintenance"
IMPACTS: dict[str, str] = {
    **{severity.value: severity.value for severity in Severity},
    MAINTENANCE: MAINTENANCE,
}
_WINDOW_IMPACTS: dict[str, Impact] = {
    "none": Impact.NONE,
    "minor": Impact.MINIMAL,
    "major": Impact.PARTIAL,
    "critical": Impact.MAJOR,
}
_SEVERITIES: dict[Status, Severity] = {
    Status.DEGRADED: Severity.MINOR,
    Status.PARTIAL_OUTAGE: Severity.MAJOR,
    Status.MAJOR_OUTAGE: Severity.CRITICAL,
}
"""The impact that Statuspage calculates of a component's status; of any other it is none."""


class IncidentBody(DialectBody):
    """The fields of an incident; `message` is what `body` was called before."""

    aliases = {"message": "body"}
    nothing_if_blank = ("status", "impact_override", "scheduled_for", "scheduled_until",
                        "backfill_date", "body", "message", "scheduled_remind_prior",
                        "backfilled", "deliver_notifications")  # fmt: skip
    without_effect = frozenset({
        "metadata", "reminder_intervals", "scheduled_auto_in_progress", "scheduled_auto_completed",
        "scheduled_auto_transition", "auto_transition_to_maintenance_state",
        "auto_transition_to_operational_state", "auto_transition_deliver_notifications_at_start",
        "auto_transition_deliver_notifications_at_end", "auto_tweet_at_beginning",
        "auto_tweet_on_completion", "auto_tweet_on_creation", "auto_tweet_one_hour_before",
        "wants_twitter_update", "twitter", "custom_tweet",
        # What is answered, and sent back by some.
        "id", "page_id", "created_at", "updated_at", "started_at", "monitoring_at", "resolved_at",
        "impact", "shortlink", "incident_updates", "incident_impacts", "scheduled_reminded_at",
        "postmortem_body", "postmortem_body_last_updated_at", "postmortem_ignored",
        "postmortem_notified_subscribers", "postmortem_notified_twitter",
        "postmortem_published_at",
    })  # fmt: skip

    name = serializers.CharField(max_length=200)
    status = serializers.CharField(max_length=40, required=False)
    impact_override = WordField(IMPACTS, required=False)
    body = serializers.CharField(max_length=10_000, trim_whitespace=False, required=False)
    component_ids = IdsField(required=False)
    components = StatusesField(required=False)
    deliver_notifications = serializers.BooleanField(default=True)
    scheduled_for = DialectInstantField(required=False)
    scheduled_until = DialectInstantField(required=False)
    scheduled_remind_prior = serializers.BooleanField(required=False)
    backfilled = serializers.BooleanField(required=False)
    backfill_date = DialectInstantField(required=False)

    @property
    def is_scheduled(self) -> bool:
        """Whether a new incident is maintenance."""
        data = self.validated_data
        return (
            "scheduled_for" in data
            or "scheduled_until" in data
            or data.get("status", "").strip().lower() in SCHEDULED
            or data.get("impact_override") == MAINTENANCE
        )

    @property
    def is_past(self) -> bool:
        """Whether a new incident is one that is over already."""
        data = self.validated_data
        return bool(data.get("backfilled")) or "backfill_date" in data

    def state(self) -> IncidentState | None:
        """Return the state of an incident that is said. Raises ValidationError."""
        state: IncidentState | None = self._word(REALTIME)
        return state

    def window_state(self) -> WindowState | None:
        """Return the state of maintenance that is said. Raises ValidationError."""
        state: WindowState | None = self._word(SCHEDULED)
        return state

    def _word(self, words: dict[str, Any]) -> Any:
        word = self.validated_data.get("status")
        if word is None:
            return None
        try:
            return read_word(word, words)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"status": error.detail}) from None

    def named(self) -> list[str] | None:
        """Return the ids of all that it affects; None when the body does not say."""
        data = self.validated_data
        if "component_ids" in data:
            return [*data["component_ids"]]
        stated = data.get("components")
        if stated is not None and all(status is None for status in stated.values()):
            return [*stated]
        return None

    def stated(self) -> dict[str, Status]:
        """Return the statuses that it declares, by the ids of components."""
        stated = self.validated_data.get("components") or {}
        return {each: status for each, status in stated.items() if status is not None}

    def severity(self, statuses: Any = ()) -> Severity | None:
        """Return the impact that is said, or else that of the worst of these statuses; None when
        there are none. Raises ValidationError."""
        said = self.validated_data.get("impact_override")
        if said == MAINTENANCE:
            words = ", ".join(severity.value for severity in Severity)
            raise serializers.ValidationError(
                {"impact_override": f"That is for scheduled maintenance; write {words}."}
            )
        if said is not None:
            return Severity(said)
        found = [_SEVERITIES.get(status, Severity.NONE) for status in statuses]
        return max(found, key=lambda each: each.rank, default=None)

    def window_impact(self) -> Impact | None:
        """Return the impact of maintenance that is said; None when it is said to be that."""
        return _WINDOW_IMPACTS.get(self.validated_data.get("impact_override", ""))


class UpdateBody(DialectBody):
    """The fields of an update that is corrected: its text. When it was shown stays as it is."""

    aliases = {"message": "body"}
    without_effect = frozenset({
        "wants_twitter_update", "deliver_notifications", "display_at", "custom_tweet", "id",
        "incident_id", "status", "created_at", "updated_at", "affected_components", "tweet_id",
        "twitter_updated_at",
    })  # fmt: skip

    body = serializers.CharField(max_length=10_000, trim_whitespace=False, required=False)
