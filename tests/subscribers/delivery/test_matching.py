"""Whom news concerns, as a table."""

from dataclasses import replace

import pytest

from components.values.severity import Severity
from subscribers.delivery.matching import Audience, Preferences, matches
from subscribers.enums import Kind, Scope

NEWS = Audience(Kind.INCIDENTS, Severity.MAJOR, frozenset({1, 2}), incident_id=7)
BOTH = frozenset({1, 2})
GENERAL = Audience(Kind.MAINTENANCE)
PLAIN = Audience(Kind.INCIDENTS)
OF_A_WINDOW = Audience(Kind.MAINTENANCE, incident_id=7)


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
        # Who follows components is held to kinds and severity as everybody is.
        (Preferences(Scope.COMPONENTS, ["maintenance"], component_ids=BOTH), NEWS, False),
        (Preferences(Scope.COMPONENTS, ["incidents"], Severity.CRITICAL, BOTH), NEWS, False),
        (Preferences(Scope.COMPONENTS, ["incidents"], Severity.MAJOR, BOTH), NEWS, True),
        (Preferences(Scope.INCIDENT, [], incident_id=7), NEWS, True),
        (Preferences(Scope.INCIDENT, [], incident_id=8), NEWS, False),
        (Preferences(Scope.INCIDENT, ["maintenance"], incident_id=0), GENERAL, False),
        # News of no incident is for nobody who follows one, not even by the same 0.
        (Preferences(Scope.INCIDENT, ["incidents"], incident_id=0), PLAIN, False),
        (Preferences(Scope.INCIDENT, ["incidents"], incident_id=1), PLAIN, False),
        # Of a window, though it bears the incident's number.
        (Preferences(Scope.INCIDENT, ["maintenance"], incident_id=7), OF_A_WINDOW, False),
    ],
)
def test_who_is_told(wish: Preferences, news: Audience, told: bool) -> None:
    assert matches(wish, news) is told


def test_a_concern_survives_being_stored() -> None:
    assert Audience.from_json(NEWS.as_json()) == NEWS


def test_what_is_stored_has_numbers_in_order_and_words_for_words() -> None:
    assert NEWS.as_json() == {
        "kind": "incidents",
        "severity": "major",
        "component_ids": [1, 2],
        "incident_id": 7,
        "only": 0,
    }


def test_news_is_for_everybody_unless_it_says_otherwise() -> None:
    assert (GENERAL.severity, GENERAL.component_ids) == (Severity.CRITICAL, frozenset())
    assert (GENERAL.incident_id, GENERAL.only) == (0, 0)
    assert Preferences(Scope.ALL, []).incident_id == 0
    assert Preferences(Scope.ALL, []).min_severity is Severity.NONE


FOLLOWS_3 = Preferences(
    Scope.COMPONENTS, ["incidents"], Severity.CRITICAL, component_ids=frozenset({3})
)
STEP = Audience(
    Kind.INCIDENTS, Severity.MINOR, frozenset({1}), incident_id=7, told_only=True
)  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "news", "told", "expected"),
    [
        # Who was told of the beginning is told of each step, whatever it is about by now.
        (FOLLOWS_3, NEWS, True, True),
        (FOLLOWS_3, NEWS, False, False),
        (FOLLOWS_3, STEP, True, True),
        # What is for them only is for nobody else, however well it would match.
        (Preferences(Scope.ALL, ["incidents"]), STEP, False, False),
        (Preferences(Scope.ALL, ["incidents"]), STEP, True, True),
        # Unless they gave up that kind since.
        (Preferences(Scope.ALL, ["maintenance"]), STEP, True, False),
        (Preferences(Scope.ALL, ["maintenance"]), NEWS, True, False),
        # One who follows an incident receives all of it.
        (Preferences(Scope.INCIDENT, [], incident_id=7), STEP, False, True),
        (Preferences(Scope.INCIDENT, [], incident_id=8), STEP, True, False),
    ],
)
def test_who_was_told_of_a_beginning_is_told_of_every_later_step(
    wish: Preferences, news: Audience, told: bool, expected: bool
) -> None:
    assert matches(wish, news, told=told) is expected


def test_that_a_notice_is_for_those_who_were_told_survives_being_stored() -> None:
    assert STEP.as_json()["told_only"] is True
    assert Audience.from_json(STEP.as_json()) == STEP
    assert "told_only" not in NEWS.as_json()


@pytest.mark.parametrize(
    ("wish", "news", "told"),
    [
        (Preferences(Scope.ALL, ["incidents"], selected=frozenset({2, 3})), NEWS, True),
        (Preferences(Scope.ALL, ["incidents"], selected=frozenset({3})), NEWS, False),
        (Preferences(Scope.ALL, ["maintenance"], selected=frozenset({2})), NEWS, False),
        # What names no component is for every page.
        (Preferences(Scope.ALL, ["maintenance"], selected=frozenset({3})), GENERAL, True),
        (Preferences(Scope.COMPONENTS, ["incidents"], component_ids=frozenset({1}),
                     selected=frozenset({2})), NEWS, False),
    ],
    ids=range(5),
)  # fmt: skip
def test_who_follows_a_page_hears_of_what_it_selects(
    wish: Preferences, news: Audience, told: bool
) -> None:
    assert matches(wish, news) is told


def test_who_was_told_is_told_on_though_the_page_selects_it_no_more() -> None:
    wish = Preferences(Scope.ALL, ["incidents"], selected=frozenset({3}))

    assert matches(wish, NEWS, told=True) is True


def test_a_notice_for_followers_is_for_those_who_chose_one_of_its_components() -> None:
    news = replace(NEWS, followers_only=True)

    assert matches(Preferences(Scope.COMPONENTS, [], component_ids=BOTH), news) is True
    assert matches(Preferences(Scope.COMPONENTS, [], component_ids=frozenset({3})), news) is False
    assert matches(Preferences(Scope.ALL, ["incidents"], component_ids=BOTH), news) is False
    assert news.as_json()["followers_only"] is True
    assert Audience.from_json(news.as_json()) == news
