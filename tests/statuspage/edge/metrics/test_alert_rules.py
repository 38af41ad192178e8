"""The alert rules that are delivered name metrics and labels that there are (F-O11)."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import ROOT
from tests.counterparts import program

RULES = ROOT / "deploy" / "observe" / "alerts.yml"
TESTS = RULES.with_name("alerts_test.yml")
TABLE = ROOT / "docs" / "run" / "observe.md"
CODE = ROOT / "statuspage" / "edge" / "metrics"
_SUFFIXES = ("_total", "_bucket", "_sum", "_count")


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def told() -> set[str]:
    """The names of all families that the code makes, without the suffixes of their samples."""
    code = "".join(path.read_text(encoding="utf-8") for path in CODE.glob("*.py"))
    names = set(re.findall(r'"(statuspage_[a-z_]+)"', code))
    names |= {f"statuspage_{what}_usage_ratio" for what in ("cpu", "memory", "storage")}
    return names | {f"statuspage_{what}_without_series" for what in ("components", "monitors")}


def base(name: str) -> str:
    return next((name.removesuffix(end) for end in _SUFFIXES if name.endswith(end)), name)


def documented() -> dict[str, set[str]]:
    """The rows of the table: each metric with its labels."""
    rows = re.findall(
        r"^\| (`statuspage_.*?) \| \w+ \| (.*?) \|", TABLE.read_text("utf-8"), re.MULTILINE
    )
    return {
        base(name): set(re.findall(r"`(\w+)`", labels))
        for names, labels in rows
        for name in re.findall(r"`(\w+)`", names)
    }


def test_fo11_every_metric_is_in_the_table_of_the_documentation_and_no_other() -> None:
    assert set(documented()) == told()


def test_fo11_every_metric_of_a_rule_exists() -> None:
    for rule in rules():
        named = {base(name) for name in re.findall(r"statuspage_[a-z_]+", rule["expr"])}
        assert named - told() == set(), rule["alert"]


def test_fo11_a_rule_groups_by_labels_that_its_metric_has() -> None:
    for rule in rules():
        metrics = {base(name) for name in re.findall(r"statuspage_[a-z_]+", rule["expr"])}
        known = set().union(*(documented()[name] for name in metrics)) | {"le", "instance"}
        named = {
            label.strip()
            for by in re.findall(r"by \((.*?)\)", rule["expr"])
            for label in by.split(",")
        }
        named |= set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
        assert named <= known, rule["alert"]


def test_p09_the_dashboard_draws_every_metric_and_no_other() -> None:
    board = json.loads(RULES.with_name("dashboard.json").read_text(encoding="utf-8"))
    asked = [each["expr"] for panel in board["panels"] for each in panel.get("targets", ())]

    assert {base(name) for expr in asked for name in re.findall(r"statuspage_[a-z_]+", expr)} == {
        base(name) for name in told()
    }


def test_p09_no_two_panels_of_the_dashboard_overlap() -> None:
    board = json.loads(RULES.with_name("dashboard.json").read_text(encoding="utf-8"))
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in board["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert max(x for x, _ in cells) < 24
    assert len(set(cells)) == len(cells)


def test_every_rule_says_what_is_wrong_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]

    assert len(set(names)) == len(names)
    for rule in rules():
        assert rule["labels"]["severity"] in ("minor", "major", "critical")
        assert set(rule["annotations"]) == {"summary", "remedy"}
        assert f"`{rule['alert']}`" in TABLE.read_text("utf-8"), rule["alert"]


@pytest.mark.parametrize(
    ("verb", "path"), [("check", RULES), ("test", TESTS)], ids=["check", "test"]
)
def test_p09_promtool_accepts_the_rules_and_their_tests(verb: str, path: Path) -> None:
    done = subprocess.run(
        [program("promtool"), verb, "rules", path.name],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_p09_every_alert_is_tested_where_it_must_fire_and_where_it_must_not() -> None:
    tests = yaml.safe_load(TESTS.read_text(encoding="utf-8"))["tests"]
    tested = {
        (
            re.findall(r'alertname="(\w+)"', case["expr"])[0],
            case["exp_samples"][0]["value"],
        )
        for each in tests
        for case in each["promql_expr_test"]
    }

    assert tested == {(rule["alert"], fires) for rule in rules() for fires in (0, 1)}
