"""The container's recipe fits the product: what it copies is there, what it sets is a setting."""

import re
from typing import Any

import pytest
import yaml

from statuspage.config.options import OPTIONS
from tests import ROOT

APPS = ("components", "incidents", "maintenance", "monitors", "statuspage", "subscribers")
RECIPE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


def test_the_image_holds_every_app_and_no_tests() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line[1:] for line in lines if line.startswith("!")}

    assert {*APPS, "templates", "manage.py", "requirements-extras.lock"} <= kept
    assert lines[0] == "*"
    assert [name for name in kept if not (ROOT / name).exists()] == []


def test_what_the_recipes_set_are_settings() -> None:
    given = {
        *SERVICES["statuspage"]["environment"],
        *re.findall(r"\bSTATUSPAGE_[A-Z_]+(?==)", RECIPE),
    }

    assert given
    assert given - {option.name for option in OPTIONS} == set()


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_a_container_may_do_no_more_than_it_must_s20(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"] > 0
    assert not service.get("privileged")
    # Whoever may not become another user must be the right one from the start.
    ours = re.search(r"^USER (\S+)", RECIPE, re.MULTILINE) if "build" in service else None
    assert (ours[1] if ours else service["user"]) not in ("root", "0")


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_what_a_read_only_container_writes_has_its_place_s20(service: dict[str, Any]) -> None:
    places = [each.split(":")[0] for each in service["tmpfs"]]
    kept = [each.split(":")[1] for each in service["volumes"]]

    assert "/tmp" in places
    assert len(kept) == 1
    assert all("size=" in each for each in service["tmpfs"])
