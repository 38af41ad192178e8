"""Recurring maintenance by the API: its windows follow it, and it ends without them."""

from typing import Any

import pytest

from maintenance.lifecycle import WindowState
from maintenance.models import Series, Window
from subscribers.models import Notice
from tests import build
from tests.statuspage.api.test_parity import Caller

pytestmark = [pytest.mark.both, pytest.mark.django_db]
BODY = {"title": "Patches", "rule": "FREQ=WEEKLY;BYDAY=TU", "timezone": "Europe/Berlin",
        "first_local": "2036-12-02T02:00", "duration": 3600}  # fmt: skip


def made(call: Caller, **more: Any) -> str:
    answer = call("post", "maintenance-series", {**BODY, **more})
    assert answer.status_code == 201, answer.content
    return f"maintenance-series/{answer.json()['id']}"


def test_f_m13_its_windows_follow_what_is_changed() -> None:
    call, api = Caller(), build.component("API")
    one = made(call, components=[api.pk], notify=False)
    window = Window.objects.get()
    assert (window.ends_at - window.starts_at).total_seconds() == 3600

    told = call("patch", one, {"duration": 7200, "components": []}).json()

    window.refresh_from_db()
    assert (window.ends_at - window.starts_at).total_seconds() == 7200
    assert (told["duration"], told["components"]) == (7200, [])
    assert not Notice.objects.exists()


def test_f_m13_it_is_ended_begun_again_and_deleted() -> None:
    call = Caller()
    one = made(call)

    assert call("patch", one, {"ended": True}).json()["ended"] is True
    assert [each.state for each in Window.objects.all()] == [WindowState.CANCELLED]
    assert call("patch", one, {"ended": False}).json()["ended"] is False
    assert Series.objects.get().ended is False
    assert call("delete", one).status_code == 204
    assert not Series.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("rule", "FREQ=NEVER"), ("timezone", "Mars/Base"), ("first_local", "2036-12-02T02:00Z"),
     ("duration", 0), ("components", [9_999]), ("regions", ["nowhere"]), ("ended", True),
     ("rule", "FREQ=DAILY;UNTIL=20200101T000000Z"), ("rule", "FREQ=DAILY;UNTIL=00010101T000000Z"),
     ("first_local", "0001-01-01T00:00"), ("first_local", "9999-12-31T23:59")],
)  # fmt: skip
def test_f_m13_what_is_wrong_is_named_and_nothing_is_made(field: str, value: Any) -> None:
    answer = Caller()("post", "maintenance-series", {**BODY, field: value})

    assert answer.status_code == 400
    assert [each["field"].partition(".")[0] for each in answer.json()["errors"]] == [field]
    assert not Series.objects.exists()


def test_s16_an_end_on_the_calendars_last_day_is_none() -> None:
    made(Caller(), rule="FREQ=WEEKLY;UNTIL=99991231T235959Z")


def test_s16_a_rule_that_began_too_long_ago_is_named() -> None:
    call = Caller()
    one = made(call)
    far = {"rule": "FREQ=DAILY", "first_local": "1950-01-01T02:00"}

    for answer in (call("post", "maintenance-series", {**BODY, **far}), call("patch", one, far)):
        assert answer.status_code == 400
        assert [each["field"] for each in answer.json()["errors"]] == ["rule"]
