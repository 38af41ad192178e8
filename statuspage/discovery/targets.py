"""Targets of a file, in the format of Prometheus' `file_sd`; without Django.

Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config. A
file is a list of groups with `targets` and `labels`. Labels that begin with `statuspage_` say how a
target is shown and watched; Prometheus ignores them as it does any other.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from statuspage.importers.description import (
    MAX_DESCRIPTION,
    ComponentItem,
    Description,
    GroupItem,
    MonitorItem,
    SourceFileError,
    line,
)
from statuspage.importers.reading import number, objects, parse_yaml, read_json, read_text, text

EXPECTED = "a list of targets in the format of Prometheus' file_sd"
LABELS = (
    "statuspage_name", "statuspage_component", "statuspage_group", "statuspage_description",
    "statuspage_kind", "statuspage_path", "statuspage_interval", "statuspage_visible",
)  # fmt: skip
_HOST_PORT = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s/:]+):(?P<port>\d{1,5})\Z")
KINDS = ("endpoint", "tcp", "ping", "certificate")


class TargetError(Exception):
    """A target cannot be watched; the message says why."""


class Gathered:
    """A description that is put together monitor by monitor."""

    def __init__(self) -> None:
        self.found = Description()
        self._numbers: dict[str, int] = {}
        self._groups = set[str]()
        self._owners: dict[str, str] = {}

    def refuse(self, place: str, why: str) -> None:
        """List something as not taken, once."""
        self.found.refuse(place, why)

    def add(
        self, *, key: str, name: str, group: str, description: str, monitor: MonitorItem,
        visible: bool, place: str,
    ) -> None:  # fmt: skip
        """Add a component with a monitor, or the monitor to the component of that key."""
        if group and group not in self._groups:
            self._groups.add(group)
            self.found.groups.append(GroupItem(group, group))
        if self._owners.setdefault(monitor.key, key) != key:
            # What two components are watched by is a monitor of each.
            monitor = replace(monitor, key=f"{key}: {monitor.key}")
            self._owners[monitor.key] = key
        components, number_ = self.found.components, self._numbers.get(key)
        if number_ is None:
            self._numbers[key] = len(components)
            components.append(
                ComponentItem(
                    key=key, name=name, description=description, group=group, visible=visible,
                    place=place, measured=True, monitors=(monitor,),
                )
            )  # fmt: skip
        elif monitor.key in {each.key for each in components[number_].monitors}:
            self.refuse(place, "it is named twice")
        else:
            known = components[number_]
            components[number_] = replace(known, monitors=(*known.monitors, monitor))


def read_targets(path: Path) -> Description:
    """Return what a file names. Raises SourceFileError; a wrong target is only refused."""
    if path.suffix.lower() == ".json":
        value = read_json(path, expected=EXPECTED)
    else:
        value = parse_yaml(read_text(path, expected=EXPECTED))
    if not isinstance(value, list):
        raise SourceFileError(f"It is no list; {EXPECTED} is needed.")
    found = Gathered()
    for number_, group in enumerate(objects(value, "the file")):
        targets, labels = group.get("targets"), group.get("labels") or {}
        place = f"[{number_}]"
        if not isinstance(targets, list) or not isinstance(labels, dict):
            raise SourceFileError(f"{place}: it needs a list of “targets”, and “labels” by name.")
        for target in targets:
            _add(str(target).strip(), labels, f"{place} “{line(target, 80)}”", found)
    return found.found


def _add(target: str, labels: Mapping[str, Any], place: str, found: Gathered) -> None:
    for name in labels:
        if str(name).startswith("statuspage_") and name not in LABELS:
            found.refuse(place, f"the label {name} is not known: {', '.join(LABELS)}")
    try:
        monitor = _monitor(target, labels)
    except TargetError as why:
        found.refuse(place, str(why))
        return
    name = line(labels.get("statuspage_component")) or monitor.name
    group = line(labels.get("statuspage_group"))
    found.add(
        key=name if labels.get("statuspage_component") else target, name=name, group=group,
        description=line(labels.get("statuspage_description"), MAX_DESCRIPTION), monitor=monitor,
        visible=text(labels, "statuspage_visible").lower() not in ("false", "no", "0"), place=place,
    )  # fmt: skip


def _monitor(target: str, labels: Mapping[str, Any]) -> MonitorItem:
    kind, config = target_kind(
        target, wanted=text(labels, "statuspage_kind"),
        scheme=text(labels, "__scheme__"),
        path=text(labels, "statuspage_path") or text(labels, "__metrics_path__"),
    )  # fmt: skip
    seconds = int(min(max(number(labels.get("statuspage_interval"), 30), 1), 86_400))
    name = line(labels.get("statuspage_name")) or line(target)
    return MonitorItem(
        target, name, kind, config, interval=seconds, timeout=float(min(10, seconds))
    )


def target_kind(
    target: str, *, wanted: str = "", scheme: str = "", path: str = ""
) -> tuple[str, dict[str, Any]]:
    """Return the kind of monitor of a target, with its settings. Raises TargetError.

    An address with a scheme is asked by HTTP, a host with a port by TCP, a host alone by ping,
    unless a kind is wanted.
    """
    if wanted and wanted not in KINDS:
        raise TargetError(f"statuspage_kind: write one of {', '.join(KINDS)}")
    pair = _HOST_PORT.fullmatch(target)
    if "://" in target or wanted == "endpoint" or (pair and scheme in ("http", "https")):
        url = target if "://" in target else f"{scheme or 'http'}://{target}"
        return "endpoint", {"url": url if _has_path(url) else url.rstrip("/") + _rooted(path)}
    host = (pair["host"] if pair else target).strip("[]")
    if not host or re.search(r"[\s/]", host):
        raise TargetError("it is no address: write host, host:port or https://host/path")
    if wanted == "ping" or (not pair and not wanted):
        return "ping", {"host": host}
    if not pair:
        raise TargetError("it has no port")
    return wanted or "tcp", {"host": host, "port": int(pair["port"])}


def _has_path(url: str) -> bool:
    try:
        return urlsplit(url).path not in ("", "/")
    except ValueError:
        raise TargetError("it is no address") from None


def _rooted(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"
