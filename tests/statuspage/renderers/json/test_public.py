"""The public JSON (contract X): exact keys, honest figures, inert text."""

import json
from dataclasses import replace
from typing import Any

import pytest

from components.status import Status
from statuspage.renderers.json.public import public_json
from statuspage.state.page_state import PageState
from tests.contracts.golden import golden
from tests.statuspage import page_scenes
from tests.statuspage.page_states import component, group, one, page


def answer(state: PageState) -> dict[str, Any]:
    return dict(json.loads(public_json(state)))


@pytest.mark.parametrize("scene", ["partial", "maintenance", "empty", "every-status"])
def test_x09_x10_x16_the_answer_is_the_golden_one(scene: str) -> None:
    told = answer(page_scenes.SCENES[scene]())

    assert told == golden(f"status-{scene}.json", told)


def test_x09_overall_is_the_stored_word_with_its_label() -> None:
    told = answer(page_scenes.major_outage())

    assert told["overall"] == "major_outage"
    assert told["overall_label"] == "Major Outage"


def test_x10_a_service_has_exactly_these_fields() -> None:
    service = answer(one(component()))["services"][0]

    assert list(service) == [
        *("id", "name", "status", "label", "group", "description", "uptime_90d"),
        *("basis", "updated_at", "checked_at"),
    ]
    assert service["id"] == "api"
    assert service["group"] == "Platform"


def test_x10_a_service_in_no_group_has_none() -> None:
    told = answer(page([group("", [component()], pk=None)]))

    assert told["services"][0]["group"] is None


def test_x10_an_unknown_service_is_never_told_as_fine() -> None:
    service = answer(one(component(status=Status.UNKNOWN)))["services"][0]

    assert service["status"] == "degraded"
    assert service["label"] == "Unknown"


@pytest.mark.parametrize(("uptime", "told"), [(None, None), (99.999, 99.99), (100.0, 100.0)])
def test_x10_c8_uptime_is_a_number_or_null_and_never_rounded_up(
    uptime: float | None, told: float | None
) -> None:
    assert answer(one(component(uptime=uptime)))["services"][0]["uptime_90d"] == told


def test_x16_a_window_has_exactly_these_fields() -> None:
    windows = answer(page_scenes.maintenance())["maintenance_windows"]

    assert [window["title"] for window in windows] == ["Storage migration", "Certificate renewal"]
    assert list(windows[0]) == [
        *("id", "title", "message", "state", "starts_at", "ends_at", "components", "blocks_api"),
    ]
    assert windows[0]["components"] == ["API", "Model Storage"]


def test_x24_the_answer_says_when_evidence_was_last_seen() -> None:
    told = answer(page_scenes.unknown())

    assert told["checked_at"] == "2026-11-21T14:35:02Z"
    assert [service["checked_at"] for service in told["services"]].count(
        "2026-11-21T14:35:02Z"
    ) == 1


def test_x24_without_evidence_no_time_is_invented() -> None:
    told = answer(replace(one(component(checked_at=None)), checked_at=None))

    assert told["checked_at"] is None
    assert told["services"][0]["checked_at"] is None


def test_only_demo_data_is_marked() -> None:
    assert answer(replace(page_scenes.all_good(), demo=True))["demo"] is True
    assert "demo" not in answer(page_scenes.all_good())


def test_the_bytes_are_compact_utf_8() -> None:
    body = public_json(one(component("Größe")))

    assert "Größe".encode() in body
    assert b'": ' not in body


def test_a_character_that_cannot_be_encoded_does_not_take_the_answer_away() -> None:
    assert answer(one(component("a\ud800b")))["services"][0]["name"] == "a?b"
