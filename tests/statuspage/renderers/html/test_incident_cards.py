"""Incidents and windows as their templates get them."""

from dataclasses import replace

import pytest

from statuspage.renderers.html.incident_cards import (
    incident_article,
    past_days,
    past_none,
    window_article,
)
from tests.statuspage.page_states import TODAY, at, incident, page, update, window


@pytest.mark.parametrize(
    ("severity", "label"),
    [("none", ""), ("minor", "Minor"), ("major", "Major"), ("critical", "Critical")],
)
def test_a_severity_is_told_unless_it_is_none(severity: str, label: str) -> None:
    article = incident_article(incident(severity=severity), today=TODAY)

    assert article.severity_label == label


def test_an_update_is_told_with_its_state_time_and_message() -> None:
    told = [update("All *fine*.", status="resolved", created_at=at(9, days=-1))]

    entry = incident_article(incident(updates=told), today=TODAY).updates[0]

    assert entry.label == "Resolved"
    assert "20 Nov, 09:00 UTC" in entry.at
    assert entry.message == '<p dir="auto">All <em>fine</em>.</p>'


def test_a_resolved_incident_says_how_long_it_took() -> None:
    article = incident_article(
        incident(severity="minor", started_at=at(9), resolved_at=at(10, 15)), today=TODAY
    )

    assert article.outcome == "Resolved after 1 h 15 min · minor"


@pytest.mark.parametrize(
    ("state", "label"), [("scheduled", "Scheduled"), ("in_progress", "In progress")]
)
def test_a_window_is_told_with_its_state(state: str, label: str) -> None:
    assert window_article(window(state=state), today=TODAY).state_label == label


def test_past_incidents_stand_under_the_day_they_began_newest_first() -> None:
    old = incident(pk=1, started_at=at(22, days=-3), resolved_at=at(2))
    late = incident(pk=2, started_at=at(12, days=-1), resolved_at=at(13, days=-1))
    early = incident(pk=3, started_at=at(8, days=-1), resolved_at=at(9, days=-1))

    days = past_days(page(past_incidents=[old, early, late]))

    assert [(day.name, [each.id for each in day.incidents]) for day in days] == [
        ("Friday, 20 November", ["2", "3"]),
        ("Wednesday, 18 November", ["1"]),
    ]


def test_the_quiet_days_take_one_line() -> None:
    quiet = page()
    busy = replace(quiet, incidents=(incident(),))

    assert past_none(quiet) == "No incidents in the last 14 days."
    assert past_none(busy) == "No other incidents in the last 14 days."
