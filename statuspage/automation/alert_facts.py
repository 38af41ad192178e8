"""The facts of an operators' alert: what, since when, why, seen from where, and where to go.

They contain internals, such as which check fails and how: they go to staff's channels alone.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from components.markup.characters import isolated
from components.models import Component, JournalEntry
from components.status import Status, Verdict
from components.values.instants import iso
from incidents.selectors import open_incidents_of
from monitors.models import Check, Result
from monitors.selectors import active_checks
from statuspage import event_types
from statuspage.automation import auto_incident_texts
from statuspage.renderers.html.times import duration
from subscribers.message import Change, Facts
from subscribers.models import Alert

MAX_REASONS = 5
MAX_CHECKS = 20
"""Checks whose results are looked up."""
WORDS = {
    Status.MAJOR_OUTAGE: "DOWN",
    Status.PARTIAL_OUTAGE: "PARTLY DOWN",
    Status.DEGRADED: "DEGRADED",
}
_UNWELL = {Verdict.DOWN.value, Verdict.DEGRADED.value}


def facts_of(entry: JournalEntry, component: Component | None, *, severity: str) -> Facts:
    """Return the facts of an alert's entry, as they are to be told."""
    data, status = entry.data, Status(entry.data["status"])
    name = isolated(data["name"])
    is_over = entry.kind == event_types.ALERT_RESOLVED.name
    since = datetime.fromisoformat(data["since"]).astimezone(UTC)
    alert = Alert.objects.filter(component_id=data["component_id"], resolved_at=None).first()
    checks = _checks(component)
    details: dict[str, Any] = {"alert": data["name"]}
    if is_over:
        began = alert.began_at if alert else since
        headline = f"UP AGAIN after {duration((since - began).total_seconds())}: {name}"
        details |= {
            "since": iso(began), "until": iso(since), "now": _newest(checks),
            "was": str(alert.facts.get("message", "")) if alert else "",
            "acknowledged": _acknowledged(alert),
        }  # fmt: skip
        message = f"{name} is up again after {duration((since - began).total_seconds())}."
        if component is not None and component.retired_at is not None:
            headline = f"RETIRED: {name}"
            message = f"{name} was retired: it is not watched any more."
            details.pop("now")
    else:
        headline = f"{WORDS.get(status, 'NOT WELL')}: {name}"
        message = "\n".join(_reasons(checks, data["reasons"]))
        bad, good = _regions(checks)
        details |= {
            "since": iso(since), "seen_from": bad, "good_from": good,
            "last_good": _last_good(checks, before=since),
            "public_status": Status(component.status).label if component else "",
            "incident": _open_incident_title(component),
        }  # fmt: skip
    return Facts(
        event=entry.kind,
        headline=headline,
        at=iso(entry.at),
        url=_admin("subscribers/alert/"),
        state=status.value,
        severity="" if is_over else severity,
        message=message,
        changes=(Change(name=data["name"], status=status.value),),
        components=(data["name"],),
        component_ids=(data["component_id"],),
        subject_id=data["component_id"],
        more={
            "details": {key: value for key, value in details.items() if value},
            "links": _links(component, checks, status, is_over=is_over),
        },
    )


def _checks(component: Component | None) -> list[Check]:
    return active_checks([component.pk])[:MAX_CHECKS] if component else []


def _reasons(checks: Sequence[Check], derived: Sequence[str]) -> list[str]:
    """Return the monitors' own words; what was derived from them where they have none any more."""
    unwell = [check for check in checks if check.verdict in _UNWELL and check.message]
    several = len({check.monitor_id for check in unwell}) > 1
    texts = [
        f"{check.monitor.name}: {check.message}" if several else check.message for check in unwell
    ]
    return list(dict.fromkeys(texts))[:MAX_REASONS] or [str(each) for each in derived]


def _regions(checks: Sequence[Check]) -> tuple[list[str], list[str]]:
    """Return the names of the regions from which it is unwell, and from which it is not."""
    bad = [check.region.name for check in checks if check.verdict in _UNWELL]
    good = [check.region.name for check in checks if check.verdict == Verdict.UP]
    return list(dict.fromkeys(bad)), [name for name in dict.fromkeys(good) if name not in bad]


def _last_good(checks: Sequence[Check], *, before: datetime) -> dict[str, str]:
    until = int(before.timestamp() * 1000)
    rows = [
        Result.objects.filter(check_id=check.pk, at_ms__lt=until, word="up").order_by("-at_ms")
        for check in checks
    ]
    last = max((found for each in rows if (found := each.first())), key=_at, default=None)
    return {"at": iso(last.at), "text": _answer(last)} if last else {}


def _newest(checks: Sequence[Check]) -> str:
    rows = [Result.objects.filter(check_id=check.pk).order_by("-at_ms") for check in checks]
    last = max((found for each in rows if (found := each.first())), key=_at, default=None)
    return _answer(last) if last and last.word == "up" else ""


def _at(row: Result) -> int:
    return row.at_ms


def _answer(row: Result) -> str:
    code = f"{row.code} " if row.code else ""
    return f"{code}in {row.latency_ms:.0f} ms" if row.latency_ms is not None else code.strip()


def _acknowledged(alert: Alert | None) -> str:
    if alert is None or alert.acknowledged_at is None:
        return ""
    return f"by {alert.acknowledged_by}, {alert.acknowledged_at.astimezone(UTC):%H:%M} UTC"


def _open_incident_title(component: Component | None) -> str:
    found = open_incidents_of({component.pk}).get(component.pk, []) if component else []
    return found[0].title if found else ""


def _links(
    component: Component | None,
    checks: Sequence[Check],
    status: Status,
    *,
    is_over: bool,
) -> list[dict[str, str]]:
    """Return where to go from here, in the order of the buttons; to acknowledge is each copy's."""
    if component is None:
        return []
    links = []
    found = open_incidents_of({component.pk}).get(component.pk, [])
    if found:
        links.append(("Incident", _admin(f"incidents/incident/{found[0].pk}/desk")))
    elif not is_over:
        severity = auto_incident_texts.severity(component, status)
        given = {
            "component": component.pk, "severity": severity.value,
            "title": auto_incident_texts.title(component, status),
        }  # fmt: skip
        query = urlencode(given)
        links.append(("Open incident", _admin(f"incidents/incident/add/?{query}")))
    unwell = [check for check in checks if check.verdict in _UNWELL] or list(checks)
    if unwell:
        page = _admin(f"monitors/monitor/{unwell[0].monitor_id}/change/")
        links.append(("Monitor", page))
    return [{"label": label, "url": url} for label, url in links]


def _admin(path: str) -> str:
    return f"{str(settings.STATUSPAGE.site_url).rstrip('/')}/admin/{path}"
