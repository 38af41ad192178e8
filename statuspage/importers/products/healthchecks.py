"""Healthchecks: the answer of `GET /api/v3/checks/` (v1 and v2 as well), as a JSON file.

Source: https://healthchecks.io/docs/api/ and `Check.to_dict` there. A check may have its own
`flips`, the answer of `GET /api/v3/checks/UUID/flips/`; then its history is taken too.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from components.status import Status
from statuspage.importers import history
from statuspage.importers.description import (
    MAX_DESCRIPTION,
    ComponentItem,
    Description,
    HistoryItem,
    MonitorItem,
    SourceFileError,
    line,
)
from statuspage.importers.reading import instant, number, objects, read_json, text

PRODUCT = "Healthchecks"
_EXPECTED = "a JSON file with the checks of Healthchecks"


def read(path: Path) -> Description:
    """Return what a file holds. Raises SourceFileError."""
    value = read_json(path, expected=_EXPECTED)
    if not isinstance(value, dict) or "checks" not in value:
        raise SourceFileError(
            f'It has no “checks”; {_EXPECTED} is needed: the answer of "GET /api/v3/checks/".'
        )
    found = Description()
    for number_, check in enumerate(objects(value["checks"], "checks")):
        name = line(check.get("name")) or line(check.get("slug"))
        place = f"checks[{number_}] “{name}”" if name else f"checks[{number_}]"
        key = _key(check)
        if not key:
            found.refuse(place, "it has neither uuid, ping_url nor unique_key")
            continue
        found.components.append(_component(check, key, name or f"Check {key[:8]}", place, found))
    if found.components:
        found.notes.append(
            "Each check has a ping address of its own here: change it where your jobs send pings."
        )
    return found


def _key(check: dict[str, Any]) -> str:
    ping = text(check, "ping_url").rstrip("/")
    return text(check, "uuid") or ping.rpartition("/")[2] or text(check, "unique_key")


def _component(
    check: dict[str, Any], key: str, name: str, place: str, found: Description
) -> ComponentItem:
    config: dict[str, Any] = {"grace": int(max(number(check.get("grace"), 3600), 1))}
    if schedule := text(check, "schedule"):
        config |= {"cron": schedule, "timezone": text(check, "tz") or "UTC"}
    else:
        config["period"] = int(max(number(check.get("timeout"), 86_400), 1))
    for field in ("subject", "subject_fail", "success_kw", "failure_kw", "start_kw"):
        if text(check, field):
            found.refuse(place, f"{field}: pings by mail are not read here")
    if text(check, "methods"):
        found.refuse(place, "methods: here a ping may be of any method")
    if text(check, "channels"):
        found.refuse(place, "channels: add them under Alert channels")
    monitor = MonitorItem(
        key=key, name=name, kind="heartbeat", config=config, interval=60, timeout=10,
        enabled=text(check, "status") != "paused",
    )  # fmt: skip
    return ComponentItem(
        key=key,
        name=name,
        description=line(check.get("desc"), MAX_DESCRIPTION),
        tags=line(", ".join(text(check, "tags").split()), 300),
        place=place,
        measured=True,
        monitors=(monitor,),
        history=tuple(_history(check, place, found)),
    )


def _history(check: dict[str, Any], place: str, found: Description) -> list[HistoryItem]:
    changes: list[tuple[datetime, Status | None]] = []
    for flip in objects(check.get("flips"), f"{place}.flips"):
        at = instant(flip.get("timestamp"))
        if at is None:
            found.refuse(place, "a flip without a timestamp")
            continue
        up = bool(flip.get("up"))
        changes.append((at, Status.OPERATIONAL if up else Status.MAJOR_OUTAGE))
    last = instant(check.get("last_ping"))
    if not changes or last is None:
        return []
    return history.from_changes(changes, end=max(last, *(at for at, _ in changes)))
