"""Files of targets and labels of containers in this product's words."""

import json
from pathlib import Path
from typing import Any

import pytest

from monitors.config.parsing import parse_config
from statuspage.discovery.labels import read_containers
from statuspage.discovery.targets import TargetError, read_targets, target_kind
from statuspage.importers.description import SourceFileError

GROUPS = [
    {
        "targets": ["db-1.example:5432", "db-2.example:5432"],
        "labels": {"job": "db", "statuspage_component": "Database", "statuspage_group": "Storage",
                   "statuspage_interval": "60"},
    },
    {"targets": ["https://example.org/health", "gateway.example", "[2001:db8::1]:443"]},
    {
        "targets": ["app.example:8080"],
        "labels": {"__scheme__": "https", "__metrics_path__": "/metrics", "statuspage_path": "/ok",
                   "statuspage_name": "App", "statuspage_visible": "false"},
    },
    {"targets": ["a b", "x.example"],
     "labels": {"statuspage_kind": "tcp", "statuspage_colour": "r"}},
]  # fmt: skip


@pytest.mark.parametrize("suffix", ["json", "yml"])
def test_targets_are_components_with_monitors(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"targets.{suffix}"
    path.write_text(json.dumps(GROUPS), encoding="utf-8")

    found = read_targets(path)

    made = {each.name: [(m.kind, m.name) for m in each.monitors] for each in found.components}
    assert made == {
        "Database": [("tcp", "db-1.example:5432"), ("tcp", "db-2.example:5432")],
        "https://example.org/health": [("endpoint", "https://example.org/health")],
        "gateway.example": [("ping", "gateway.example")],
        "[2001:db8::1]:443": [("tcp", "[2001:db8::1]:443")],
        "App": [("endpoint", "App")],
    }
    for component in found.components:
        for monitor in component.monitors:
            parse_config(monitor.kind, dict(monitor.config))
    database, app = found.components[0], found.components[-1]
    assert (database.group, database.monitors[0].interval) == ("Storage", 60)
    assert app.monitors[0].config == {"url": "https://app.example:8080/ok"}
    assert not app.visible
    told = "\n".join(map(str, found.refused))
    assert "[3] “a b”: it is no address" in told
    assert "[3] “x.example”: it has no port" in told
    assert "the label statuspage_colour is not known" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "It is no list"),
        ("[1]", r"the file\[0\]: this has to be an object"),
        ('[{"targets": "a"}]', r"\[0\]: it needs a list of “targets”"),
        ("[", "this is not YAML"),
        ("", "It is empty"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "targets.yml"
    path.write_text(text)

    with pytest.raises(SourceFileError, match=told):
        read_targets(path)


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(TargetError, match="write one of"):
        target_kind("a:1", wanted="smoke")


def container(name: str, **labels: str) -> dict[str, Any]:
    shown = {name.replace("__", "."): value for name, value in labels.items()}
    return {"Id": name, "Names": [f"/{name}"], "Labels": shown}


def test_containers_are_components_and_replicas_are_one() -> None:
    service = "com.docker.compose.service"
    rows = [
        {**container("shop-web-2", statuspage__enable="true"),
         "Labels": {"statuspage.enable": "true", service: "web", "statuspage.url": "http://web/"}},
        {**container("shop-web-1"),
         "Labels": {"statuspage.enable": "true", service: "web", "statuspage.url": "http://web/"}},
        container("cache", statuspage__enable="true", statuspage__name="Cache",
                  statuspage__group="Core", statuspage__colour="red"),
        container("off", statuspage__enable="false"),
        {"Id": "odd", "Names": None, "Labels": None},
    ]  # fmt: skip

    found = read_containers(rows, socket="unix:///run/x.sock")

    made = {each.name: [m.name for m in each.monitors] for each in found.components}
    assert made == {"Cache": ["cache"], "web": ["shop-web-1", "http://web/", "shop-web-2"]}
    for component in found.components:
        for monitor in component.monitors:
            parse_config(monitor.kind, dict(monitor.config))
    assert [str(each)[:60] for each in found.refused] == [
        "container “cache”: the label statuspage.colour is not known:"
    ]
