"""One rule for the codes of regions, wherever one is written."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from components.values.region_codes import MAX_CODES, region_code, region_codes, split_codes
from incidents.models import Incident
from maintenance.models import Window
from monitors.models import Region
from statuspage.catalogue_files import preset
from tests import build
from tests.statuspage.api.test_maintenance import body
from tests.statuspage.api.test_monitors import bearer

SOUND = ["us-east-1", "us_east", "US-EAST", "-", "_a", "9", "a" * 35, "a" * 40]
UNSOUND = ["", "a" * 41, "eu.west", "eu west", "é", "a,b"]
LISTS = [Incident._meta.get_field("regions"), Window._meta.get_field("regions")]


def from_preset(folder: Path, code: str) -> str:
    path = folder / "regions.yaml"
    path.write_text(json.dumps({"regions": [{"code": code, "name": "R"}], "groups": []}))
    return preset.read(str(path)).regions[0].code


@pytest.mark.parametrize("code", SOUND)
def test_what_a_region_may_be_called_is_taken_everywhere(code: str, tmp_path: Path) -> None:
    Region._meta.get_field("code").run_validators(code)
    for field in LISTS:
        field.run_validators([code])

    assert from_preset(tmp_path, code) == code
    assert region_code(f" {code} ") == code


@pytest.mark.parametrize("code", UNSOUND)
def test_what_no_region_may_be_called_is_taken_nowhere(code: str, tmp_path: Path) -> None:
    if code:  # an empty code is refused by its field, which is not blank
        with pytest.raises(ValidationError):
            Region._meta.get_field("code").run_validators(code)
    for field in LISTS:
        with pytest.raises(ValidationError, match="is not the code of a region: write letters"):
            field.run_validators([code])
    with pytest.raises(preset.PresetError, match=r"regions\.0\.code: .*is not the code of a reg"):
        from_preset(tmp_path, code)


@pytest.mark.parametrize("value", [None, "global", {"global": 1}, [1], [None], ["a"] * 51])
def test_a_list_is_a_short_list_of_texts(value: Any) -> None:
    with pytest.raises(ValueError, match="code"):
        region_codes(value)


def test_a_code_counts_once() -> None:
    assert region_codes(["b", " a", "b"]) == ["b", "a"]
    assert split_codes(" b, a ,, b") == ["b", "a"]
    for field in LISTS:
        field.run_validators(["b", "a", "b"] + ["a"] * (MAX_CODES - 3))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("code", ["us_east", "US-EAST", "a" * 35])
def test_incidents_and_windows_can_name_every_region_that_there_is(
    client: Client, code: str
) -> None:
    build.region(code, "East")
    headers = bearer("status:read", "status:write")
    incident = {"title": "Slow", "severity": "minor", "message": "We look."}

    for path, said in (("incidents", incident), ("maintenance", body())):
        answer = client.post(
            f"/api/v1/status/{path}",
            json.dumps({**said, "regions": [code]}),
            content_type="application/json",
            headers=headers,
        )
        assert answer.status_code == 201, answer.content
        assert answer.json()["regions"] == [code]


@pytest.mark.django_db(transaction=True)
def test_the_form_of_a_region_says_what_to_write(admin_client: Client) -> None:
    fields = {"code": "eu.west", "name": "Europe", "sort_order": 0}
    page = admin_client.post(reverse("admin:monitors_region_add"), fields).content.decode()

    assert "“eu.west” is not the code of a region: write letters" in page
    assert not Region.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_form_of_a_window_takes_a_region_twice_as_once(admin_client: Client) -> None:
    build.region("us_east")
    fields = {
        "title": "Disks", "impact": "minimal", "remind_before": 60, "timezone": "UTC",
        "regions": "us_east, us_east", "starts_at_0": "2099-01-01", "starts_at_1": "10:00",
        "ends_at_0": "2099-01-01", "ends_at_1": "11:00",
    }  # fmt: skip
    answer = admin_client.post(reverse("admin:maintenance_window_add"), fields)

    assert answer.status_code == 302, answer.content.decode()
    assert Window.objects.get().regions == ["us_east"]
