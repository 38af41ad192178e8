"""Whether news concerns a subscriber: pure, so that it can be told as a table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.values.severity import Severity
from subscribers.enums import Kind, Scope


@dataclass(frozen=True, slots=True)
class Concern:
    """Whom a piece of news is for."""

    kind: Kind
    severity: Severity = Severity.CRITICAL
    """Only incidents have one; everything else is grave enough for everybody."""
    component_ids: frozenset[int] = field(default_factory=frozenset)
    """Empty: the whole platform."""
    incident_id: int = 0
    only: int = 0
    """The one subscriber it is for, whatever that one wishes; 0: all who wish."""

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "severity": self.severity.value,
            "component_ids": sorted(self.component_ids),
            "incident_id": self.incident_id,
            "only": self.only,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Concern":
        return cls(
            kind=Kind(data["kind"]),
            severity=Severity(data["severity"]),
            component_ids=frozenset(data["component_ids"]),
            incident_id=data["incident_id"],
            only=data["only"],
        )


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a subscriber wants to hear of."""

    scope: Scope
    kinds: Collection[str]
    min_severity: Severity = Severity.NONE
    component_ids: frozenset[int] = field(default_factory=frozenset)
    incident_id: int = 0


def concerns(wish: Preferences, news: Concern) -> bool:
    """Whoever follows one incident hears of all of it, and of nothing else. News of no component
    in particular concerns whoever follows any."""
    if wish.scope is Scope.INCIDENT:
        return news.kind is Kind.INCIDENTS and wish.incident_id == news.incident_id != 0
    if news.kind.value not in wish.kinds or news.severity.rank < wish.min_severity.rank:
        return False
    if wish.scope is Scope.ALL or not news.component_ids:
        return True
    return not wish.component_ids.isdisjoint(news.component_ids)
