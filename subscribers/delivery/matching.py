"""The rule of who receives a notice: pure, so that it can be tested as a table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from components.values.severity import Severity
from subscribers.enums import Kind, Scope


@dataclass(frozen=True, slots=True)
class Audience:
    """The audience of a notice."""

    kind: Kind
    severity: Severity = Severity.CRITICAL
    """Only incidents have one; everything else is grave enough for everybody."""
    component_ids: frozenset[int] = field(default_factory=frozenset)
    """Empty: the whole platform."""
    incident_id: int = 0
    only: int = 0
    """The one subscriber it is for, whatever their preferences; 0: all whose preferences match."""
    told_only: bool = False
    """Whether it is only for those who were sent an earlier notice of the same event."""
    followers_only: bool = False
    """Whether it is for those who chose one of its components, whatever else they chose."""
    page: str | None = None
    """The slug of the one page whose subscribers it is for, '' for the main one; None: of all."""

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "severity": self.severity.value,
            "component_ids": sorted(self.component_ids),
            "incident_id": self.incident_id,
            "only": self.only,
            **({"told_only": True} if self.told_only else {}),
            **({"followers_only": True} if self.followers_only else {}),
            **({} if self.page is None else {"page": self.page}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Audience":
        return cls(
            kind=Kind(data["kind"]),
            severity=Severity(data["severity"]),
            component_ids=frozenset(data["component_ids"]),
            incident_id=data["incident_id"],
            only=data["only"],
            told_only=data.get("told_only", False),
            followers_only=data.get("followers_only", False),
            page=data.get("page"),
        )


@dataclass(frozen=True, slots=True)
class Preferences:
    """The notices that a subscriber chose to receive."""

    scope: Scope
    kinds: Collection[str]
    min_severity: Severity = Severity.NONE
    component_ids: frozenset[int] = field(default_factory=frozenset)
    incident_id: int = 0
    selected: frozenset[int] | None = None
    """The components of the page that it is a subscriber of; None for all."""


def matches(  # noqa: PLR0911  (one for each that may have a say)
    preferences: Preferences, audience: Audience, *, told: bool = False
) -> bool:
    """Return whether a subscriber receives a notice. One who follows an incident receives all of
    it, and nothing else. A notice of no component in particular is for followers of any.

    `told`: whether they were sent an earlier notice of the same event. Then they receive every
    later one, whatever severity and components the event has by now, unless they have given up
    that kind of notice since.

    A subscriber of a page hears of what this page selects now: following everything is following
    that, and a notice that touches nothing of it is for nobody there.
    """
    ids = audience.component_ids
    if preferences.selected is not None and ids and not told:
        ids &= preferences.selected
        audience = replace(audience, component_ids=ids)
        return bool(ids) and matches(replace(preferences, selected=None), audience)
    if preferences.scope is Scope.INCIDENT:
        return (
            audience.kind is Kind.INCIDENTS and preferences.incident_id == audience.incident_id != 0
        )
    follows = not preferences.component_ids.isdisjoint(ids)
    if audience.followers_only:
        return preferences.scope is Scope.COMPONENTS and follows
    if audience.kind.value not in preferences.kinds:
        return False
    if told or audience.told_only:
        return told
    if audience.severity.rank < preferences.min_severity.rank:
        return False
    return preferences.scope is Scope.ALL or not ids or follows
