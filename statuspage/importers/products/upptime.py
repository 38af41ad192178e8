"""Upptime: a clone of its repository, or its `.upptimerc.yml` alone.

Beside the configuration it has `history/summary.json` and `history/SLUG.yml`. Incidents are issues
of the repository: `issues.json` beside the configuration is the answer of
`gh api --paginate --slurp 'repos/OWNER/REPO/issues?state=all&labels=status'`.
Source: https://upptime.js.org/docs/configuration/ and the repository upptime/upptime.
"""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from components.status import Status
from components.values.severity import Severity
from components.values.slugs import slug_of
from incidents.workflow import IncidentState
from statuspage.importers import history
from statuspage.importers.description import (
    MAX_TITLE,
    ComponentItem,
    Description,
    HistoryItem,
    IncidentItem,
    MonitorItem,
    SourceFileError,
    UpdateItem,
    line,
    paragraph,
)
from statuspage.importers.reading import (
    instant,
    listed,
    number,
    objects,
    read_json,
    read_yaml,
    text,
)

PRODUCT = "Upptime"
_CONFIGURATION = ".upptimerc.yml"
_EXPECTED = "a clone of the repository of Upptime, or its .upptimerc.yml"
_GOOD = "200-208,226,300-308"
"""The codes that are good there unless a site names others."""
_INTERVAL = 300
_VARIABLE = re.compile(r"\$[A-Z_][A-Z0-9_]*")
_Site = dict[str, Any]


class _CannotBeTakenError(Exception):
    """A monitor cannot be made here; the message says why."""


def read(path: Path) -> Description:
    """Return what a repository holds. Raises SourceFileError."""
    folder = path if path.is_dir() else path.parent
    file = path / _CONFIGURATION if path.is_dir() else path
    if path.is_dir() and not file.is_file():
        raise SourceFileError(f"It is a folder without {_CONFIGURATION}; {_EXPECTED} is needed.")
    value = read_yaml(file, expected=_EXPECTED)
    if not isinstance(value, dict) or "sites" not in value:
        raise SourceFileError(f"It has no “sites”; {_EXPECTED} is needed.")
    found = Description()
    sites = objects(value["sites"], "sites")
    days = _days(folder)
    for number_, site in enumerate(sites):
        _add(site, f"sites[{number_}]", folder, days, found)
    _add_incidents(folder, found)
    for name in ("notifications", "status-website"):
        if value.get(name):
            found.refuse(name, "write it under Alert channels, and under Appearance")
    if any(each.history for each in found.components):
        found.notes.append(
            f"History: {PRODUCT} keeps how many minutes of a day something was down, but not when."
            " They are put at the beginning of the day."
        )
    return found


def _add(
    site: _Site, place: str, folder: Path, days: dict[str, dict[str, Any]], found: Description
) -> None:
    name = line(site.get("name"))
    if not name:
        found.refuse(place, "it has no name")
        return
    place = f"{place} “{name[:60]}”"
    slug = text(site, "slug") or slug_of(name, longest=60)
    if slug in {each.key for each in found.components}:
        found.refuse(place, "there is another site of that name")
        return
    monitors: tuple[MonitorItem, ...] = ()
    try:
        kind, config = _kind(site)
        monitors = (MonitorItem(slug, name, kind, config, interval=_INTERVAL, timeout=30),)
    except _CannotBeTakenError as why:
        found.refuse(place, str(why))
    found.components.append(
        ComponentItem(
            key=slug, name=name, place=place, measured=True, monitors=monitors,
            history=tuple(_history(folder, slug, days.get(slug, {}), place, found)),
        )
    )  # fmt: skip


def _kind(site: _Site) -> tuple[str, dict[str, Any]]:
    for field in ("url", "body", "headers"):
        written = site.get(field)
        parts = written if isinstance(written, list) else [written]
        for each in parts:
            if isinstance(each, str) and (variable := _VARIABLE.search(each)):
                raise _CannotBeTakenError(f"{field}: {variable[0]} is a secret; write its value")
    url, check = text(site, "url").strip(), text(site, "check") or "http"
    try:
        parts_ = urlsplit(url if "://" in url else f"//{url}")
        host, port = parts_.hostname or "", int(number(site.get("port"))) or parts_.port
    except ValueError:
        raise _CannotBeTakenError("url: it is no address") from None
    if check == "tcp-ping":
        return "tcp", {"host": host, "port": port or 80}
    if check == "icmp-ping":
        return "ping", {"host": host}
    if check == "ssl":
        return "certificate", {"host": host, "port": port or 443}
    if check == "ws":
        return "websocket", {"url": url}
    if check != "http":
        raise _CannotBeTakenError(f"the check “{line(check, 40)}” is not known here")
    return "endpoint", _http(site, url)


def _http(site: _Site, url: str) -> dict[str, Any]:
    codes = site.get("expectedStatusCodes")
    config: dict[str, Any] = {
        "url": url,
        "method": text(site, "method").upper() or "GET",
        "expected_status": ",".join(map(str, codes)) if isinstance(codes, list) else _GOOD,
        "follow_redirects": int(min(max(number(site.get("maxRedirects"), 3), 0), 20)),
        "verify_tls": site.get("__dangerous__disable_verify_peer") is not True,
        "degraded_ms": int(number(site.get("maxResponseTime"), 30_000)),
        "assertions": [],
    }
    if word := text(site, "__dangerous__body_down"):
        config["assertions"].append(f"body not contains {word}")
    if word := text(site, "__dangerous__body_down_if_text_missing"):
        config["assertions"].append(f"body contains {word}")
    if text(site, "__dangerous__body_degraded"):
        raise _CannotBeTakenError("no assertion here makes a site degraded: add it yourself")
    if body := text(site, "body"):
        config["body"] = body
    headers = site.get("headers")
    pairs = (str(each).partition(":") for each in (headers if isinstance(headers, list) else ()))
    config["headers"] = {name.strip(): value.strip() for name, _, value in pairs if name.strip()}
    return config


def _days(folder: Path) -> dict[str, dict[str, Any]]:
    """Return how many minutes each site was down, by its slug and the day."""
    summary = folder / "history" / "summary.json"
    if not summary.is_file():
        return {}
    rows = objects(read_json(summary, expected="history/summary.json"), "history/summary.json")
    return {
        text(row, "slug"): row["dailyMinutesDown"]
        for row in rows
        if isinstance(row.get("dailyMinutesDown"), dict)
    }


def _history(
    folder: Path, slug: str, minutes: dict[str, Any], place: str, found: Description
) -> list[HistoryItem]:
    file = folder / "history" / f"{slug}.yml"
    if not slug or "/" in slug or not file.is_file():
        return []
    state = read_yaml(file, expected=f"history/{slug}.yml")
    state = state if isinstance(state, dict) else {}
    begin, end = instant(state.get("startTime")), instant(state.get("lastUpdated"))
    if begin is None or end is None or end <= begin:
        found.refuse(place, f"its history: history/{slug}.yml lacks startTime or lastUpdated")
        return []
    down = {}
    for written, amount in minutes.items():
        try:
            down[date.fromisoformat(written)] = min(number(amount), 1440) * 60
        except ValueError:
            found.refuse(place, f"its history of “{line(written, 20)}”: that is no day")
    days = [
        history.DayItem(
            on, {Status.MAJOR_OUTAGE: down[on]} if down.get(on) else {},
            f"down for {down[on] / 60:.0f} minutes" if down.get(on) else "",
        )
        for on in _each_day(begin, end)
    ]  # fmt: skip
    return history.until(history.from_days(days), end)


def _each_day(begin: datetime, end: datetime) -> list[date]:
    count = (end.astimezone(UTC).date() - begin.astimezone(UTC).date()).days
    return [begin.astimezone(UTC).date() + timedelta(days=each) for each in range(count + 1)]


def _add_incidents(folder: Path, found: Description) -> None:
    file = folder / "issues.json"
    if not file.is_file():
        found.notes.append("Incidents are issues of the repository: none without issues.json.")
        return
    value = read_json(file, expected="issues.json")
    if isinstance(value, list) and value and isinstance(value[0], list):
        value = [each for page in value if isinstance(page, list) for each in page]
    known = {each.key for each in found.components}
    for issue in objects(value, "issues.json"):
        number_ = text(issue, "number")
        place = f"issue {number_} “{line(issue.get('title'), 60)}”"
        started = instant(issue.get("created_at"))
        names = {
            text(each, "name") for each in listed(issue.get("labels")) if isinstance(each, dict)
        }
        if not number_ or started is None or issue.get("pull_request"):
            found.refuse(place, "it is no issue with a number and a date")
        elif "maintenance" in names:
            found.refuse(place, "it is planned maintenance: plan it under Maintenance")
        else:
            _add_incident(issue, number_, started, names & known, place, found)


def _add_incident(
    issue: dict[str, Any], key: str, started: datetime, slugs: set[str], place: str,
    found: Description,
) -> None:  # fmt: skip
    title = line(issue.get("title"), MAX_TITLE) or "Incident"
    ended = instant(issue.get("closed_at")) if text(issue, "state") == "closed" else None
    message = paragraph(issue.get("body")) or title
    updates = [UpdateItem(started, IncidentState.INVESTIGATING, message)]
    if ended is not None:
        updates.append(UpdateItem(max(ended, started), IncidentState.RESOLVED, "Resolved."))
    status = Status.DEGRADED if "degraded" in title.lower() else Status.MAJOR_OUTAGE
    severity = Severity.MINOR if status is Status.DEGRADED else Severity.MAJOR
    found.incidents.append(
        IncidentItem(
            key, title, severity, started, max(ended, started) if ended else None, tuple(updates),
            dict.fromkeys(sorted(slugs), status), place,
        )
    )  # fmt: skip
