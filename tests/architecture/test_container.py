"""The container's recipe fits the product: what it copies is there, what it sets is a setting."""

import re

import yaml

from statuspage.config.options import OPTIONS
from tests import ROOT

APPS = ("components", "incidents", "maintenance", "monitors", "statuspage", "subscribers")
RECIPE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_holds_every_app_and_no_tests() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line[1:] for line in lines if line.startswith("!")}

    assert {*APPS, "templates", "manage.py", "requirements-extras.lock"} <= kept
    assert lines[0] == "*"
    assert [name for name in kept if not (ROOT / name).exists()] == []


def test_what_the_recipes_set_are_settings() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    given = {
        *compose["services"]["statuspage"]["environment"],
        *re.findall(r"\bSTATUSPAGE_[A-Z_]+(?==)", RECIPE),
    }

    assert given
    assert given - {option.name for option in OPTIONS} == set()
