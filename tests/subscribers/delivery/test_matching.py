"""Whom news concerns, as a table."""

import pytest

from components.values.severity import Severity
from subscribers.delivery.matching import Audience, Preferences, matches
from subscribers.enums import Kind, Scope

NEWS = Audience(Kind.INCIDENTS, Severity.MAJOR, frozenset({1, 2}), incident_id=7)
GENERAL = Audience(Kind.MAINTENANCE)


@pytest.mark.parametrize(
    ("wish", "news", "told"),
    [
        (Preferences(Scope.ALL, ["incidents"]), NEWS, True),
        (Preferences(Scope.ALL, ["maintenance"]), NEWS, False),
        (Preferences(Scope.ALL, []), NEWS, False),
        (Preferences(Scope.ALL, ["incidents"], Severity.MAJOR), NEWS, True),
        (Preferences(Scope.ALL, ["incidents"], Severity.CRITICAL), NEWS, False),
        (Preferences(Scope.COMPONENTS, ["incidents"], component_ids=frozenset({2})), NEWS, True),
        (Preferences(Scope.COMPONENTS, ["incidents"], component_ids=frozenset({3})), NEWS, False),
        (Preferences(Scope.COMPONENTS, ["incidents"]), NEWS, False),
        (
            Preferences(Scope.COMPONENTS, ["maintenance"], component_ids=frozenset({3})),
            GENERAL,
            True,
        ),
        (Preferences(Scope.INCIDENT, [], incident_id=7), NEWS, True),
        (Preferences(Scope.INCIDENT, [], incident_id=8), NEWS, False),
        (Preferences(Scope.INCIDENT, ["maintenance"], incident_id=0), GENERAL, False),
    ],
)
def test_who_is_told(wish: Preferences, news: Audience, told: bool) -> None:
    assert matches(wish, news) is told


def test_a_concern_survives_being_stored() -> None:
    assert Audience.from_json(NEWS.as_json()) == NEWS
