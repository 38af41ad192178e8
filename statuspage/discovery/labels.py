"""Containers by their labels, as components and monitors; without Django.

A container is watched when it has `statuspage.enable=true`. The other labels say how it is shown.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from statuspage.discovery.targets import Gathered, TargetError, target_kind
from statuspage.importers.description import MAX_DESCRIPTION, Description, MonitorItem, line
from statuspage.importers.reading import number, text

ENABLE = "statuspage.enable"
LABELS = (
    ENABLE, "statuspage.name", "statuspage.group", "statuspage.description", "statuspage.url",
    "statuspage.interval", "statuspage.visible",
)  # fmt: skip
_SERVICE = "com.docker.compose.service"
_INTERVAL = 10
_NO = ("false", "no", "0", "off")


def read_containers(rows: Iterable[Mapping[str, Any]], *, socket: str) -> Description:
    """Return what containers of an engine name, given its list of them."""
    found = Gathered()
    asked = set[tuple[str, str]]()  # components, each with an address
    for row in sorted(rows, key=_name):
        name, labels = _name(row), row.get("Labels")
        if name and isinstance(labels, dict) and text(labels, ENABLE).lower() not in _NO:
            _add(name, labels, socket, found, asked)
    return found.found


def _name(row: Mapping[str, Any]) -> str:
    names = row.get("Names")
    return str(names[0]).lstrip("/") if isinstance(names, list) and names else ""


def _add(
    name: str, labels: Mapping[str, Any], socket: str, found: Gathered, asked: set[tuple[str, str]]
) -> None:  # fmt: skip
    place = f"container “{line(name, 80)}”"
    for label in labels:
        if str(label).startswith("statuspage.") and label not in LABELS:
            found.refuse(place, f"the label {label} is not known: {', '.join(LABELS)}")
    seconds = int(min(max(number(labels.get("statuspage.interval"), _INTERVAL), 1), 86_400))
    shown = line(labels.get("statuspage.name"))
    # Replicas of a service, and a container that is made anew, are one component.
    key = shown or line(labels.get(_SERVICE)) or name
    monitors = [
        MonitorItem(
            name, line(name), "container", {"container": name, "socket": socket}, interval=seconds,
            timeout=float(min(10, seconds)),
        )
    ]  # fmt: skip
    if url := text(labels, "statuspage.url"):
        try:
            kind, config = target_kind(url)
            monitors.append(MonitorItem(url, line(url), kind, config, interval=max(seconds, 10)))
        except TargetError as why:
            found.refuse(place, f"statuspage.url: {why}")
    for monitor in monitors:
        if monitor.key == url:
            if (key, url) in asked:
                continue  # of another replica
            asked.add((key, url))
        found.add(
            key=key, name=key, group=line(labels.get("statuspage.group")),
            description=line(labels.get("statuspage.description"), MAX_DESCRIPTION),
            visible=text(labels, "statuspage.visible").lower() not in _NO, monitor=monitor,
            place=place,
        )  # fmt: skip
