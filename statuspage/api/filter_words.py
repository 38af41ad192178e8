"""Words that lists are filtered by: the stored ones, and those that people try first."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q
from rest_framework import serializers

from components.status import Verdict
from incidents.workflow import IncidentState
from maintenance.lifecycle import WindowState
from monitors.models import Check
from subscribers.enums import AlertStage, State

Words = Mapping[str, Q]


class WordField(serializers.Field[Q, str, str, Any]):
    """A word that selects rows, in any case; refused with the words that there are."""

    def __init__(self, words: Words, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = words
        self._options = kwargs

    def __deepcopy__(self, memo: dict[int, Any]) -> "WordField":
        # Serializers copy their fields for each request: the words stay the same ones.
        return WordField(self.words, **self._options)

    def to_internal_value(self, data: Any) -> Q:
        word = str(data).strip().lower().replace(" ", "_").replace("-", "_")
        if word not in self.words:
            shown = ", ".join(self.words)
            raise serializers.ValidationError(f"“{str(data)[:40]}” selects nothing; write {shown}.")
        return self.words[word]

    def to_representation(self, value: Q) -> str:
        return next(word for word, each in self.words.items() if each == value)


def _among(field: str, values: Iterable[str]) -> Q:
    return Q(**{f"{field}__in": [str(value) for value in values]})


def _stored(field: str, values: Iterable[str]) -> dict[str, Q]:
    return {str(value): Q(**{field: str(value)}) for value in values}


_UNRESOLVED = ("open", "active", "ongoing", "unresolved", "current")

INCIDENT_WORDS: Words = {
    **_stored("status", IncidentState),
    **dict.fromkeys(_UNRESOLVED, ~Q(status=IncidentState.RESOLVED.value)),
    **dict.fromkeys(("closed", "past"), Q(status=IncidentState.RESOLVED.value)),
    "draft": Q(published=False),
}
WINDOW_WORDS: Words = {
    **dict.fromkeys(("upcoming", "planned", "future"), Q(state=WindowState.SCHEDULED.value)),
    **dict.fromkeys(
        ("active", "ongoing", "current", "running"), Q(state=WindowState.IN_PROGRESS.value)
    ),
    **_stored("state", WindowState),
    "canceled": Q(state=WindowState.CANCELLED.value),
    "open": _among("state", (WindowState.SCHEDULED, WindowState.IN_PROGRESS)),
    **dict.fromkeys(("closed", "past"), _among("state", (s for s in WindowState if s.is_final))),
}
ALERT_WORDS: Words = {
    **_stored("stage", AlertStage),
    **dict.fromkeys(_UNRESOLVED, Q(resolved_at=None)),
    "firing": Q(stage=AlertStage.RAISED.value),
    "closed": Q(stage=AlertStage.RESOLVED.value),
    "acknowledged": Q(resolved_at=None, acknowledged_at__isnull=False),
    "unacknowledged": Q(stage=AlertStage.RAISED.value, acknowledged_at=None),
}
DELIVERY_WORDS: Words = {
    **_stored("state", State),
    "pending": _among("state", (state for state in State if state.pending)),
    "delivered": Q(state=State.SENT.value),
}


def _with_verdict(verdict: Verdict) -> Q:
    active = Check.objects.filter(due__isnull=False, verdict=verdict.value)
    return Q(pk__in=active.values("monitor"))


MONITOR_WORDS: Words = {
    **{verdict.value: _with_verdict(verdict) for verdict in Verdict},
    "paused": Q(enabled=False),
    "enabled": Q(enabled=True),
}
