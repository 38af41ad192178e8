"""Gatus: its configuration in YAML. Source: README and `config/` there, release 5.

History is in its database, not in its configuration, and is not taken.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from statuspage.importers.description import (
    ComponentItem,
    Description,
    GroupItem,
    MonitorItem,
    SourceFileError,
    line,
)
from statuspage.importers.products.gatus_conditions import (
    ConditionError,
    Judgement,
    add_condition,
    seconds,
)
from statuspage.importers.reading import listed, number, objects, read_yaml, text

PRODUCT = "Gatus"
_EXPECTED = "the configuration of Gatus in YAML"
_ENVIRONMENT = re.compile(r"\$\{?[A-Za-z_]\w*")
_STARTTLS = {25: "smtp", 587: "smtp", 143: "imap", 110: "pop3", 21: "ftp", 389: "ldap"}
_Endpoint = dict[str, Any]


def read(path: Path) -> Description:
    """Return what a file holds. Raises SourceFileError."""
    value = read_yaml(path, expected=_EXPECTED)
    known = {"endpoints", "external-endpoints", "services", "suites"}
    if not isinstance(value, dict) or not known & set(value):
        raise SourceFileError(f"It has no “endpoints”; {_EXPECTED} is needed.")
    found = Description()
    for name in ("endpoints", "services"):
        for number_, endpoint in enumerate(objects(value.get(name), name)):
            _add(endpoint, f"{name}[{number_}]", found, external=False)
    for number_, endpoint in enumerate(objects(value.get("external-endpoints"), "external")):
        _add(endpoint, f"external-endpoints[{number_}]", found, external=True)
    _leave_out(value, found)
    return found


def _add(endpoint: _Endpoint, place: str, found: Description, *, external: bool) -> None:
    name, group = line(endpoint.get("name")), line(endpoint.get("group"))
    if not name:
        found.refuse(place, "it has no name")
        return
    place = f"{place} “{name}”"
    if group and group not in {each.key for each in found.groups}:
        found.groups.append(GroupItem(group, group))
    key = f"{group}_{name}"
    if key in {each.key for each in found.components}:
        found.refuse(place, f"there is another “{name}” in its group")
        return
    monitors: tuple[MonitorItem, ...] = ()
    try:
        make = _external if external else _monitor
        monitors = (make(endpoint, key, name, place, found),)
    except ConditionError as why:
        found.refuse(place, str(why))
    found.components.append(
        ComponentItem(
            key=key, name=name, group=group, place=place, measured=True, monitors=monitors
        )
    )


def _enabled(endpoint: _Endpoint) -> bool:
    return endpoint.get("enabled") is not False


def _external(
    endpoint: _Endpoint, key: str, name: str, place: str, found: Description
) -> MonitorItem:
    heartbeat = endpoint.get("heartbeat")
    interval = heartbeat.get("interval") if isinstance(heartbeat, dict) else None
    if not interval:
        raise ConditionError("it has no heartbeat interval: a silent job could not be noticed")
    found.refuse(place, "token: the monitor has a ping address of its own here")
    period = int(max(seconds(interval, 60), 1))
    return MonitorItem(
        key, name, "heartbeat", {"period": period, "grace": 60}, enabled=_enabled(endpoint)
    )


def _monitor(
    endpoint: _Endpoint, key: str, name: str, place: str, found: Description
) -> MonitorItem:
    client = endpoint.get("client")
    client = client if isinstance(client, dict) else {}
    for part in ("url", "body"):
        _refuse_environment(part, endpoint.get(part))
    for field in ("oauth2", "identity-aware-proxy", "proxy-url", "tunnel"):
        if client.get(field):
            raise ConditionError(f"client.{field}: no monitor here can do that")
    kind, config = _kind(endpoint, client)
    judgement = Judgement()
    for condition in listed(endpoint.get("conditions")):
        _judge(judgement, str(condition), place, found, kind)
    if kind == "endpoint":
        config |= {"expected_status": judgement.statuses, "assertions": judgement.assertions}
    if judgement.warn_days is not None and kind in ("endpoint", "certificate"):
        config["warn_days"] = judgement.warn_days
        if kind == "endpoint":
            found.refuse(
                place, "[CERTIFICATE_EXPIRATION]: a certificate that ends soon is degraded here,"
                " not down",
            )  # fmt: skip
    interval = int(min(max(seconds(endpoint.get("interval"), 60), 1), 86_400))
    timeout = min(max(seconds(client.get("timeout"), 10), 0.5), 60, interval)
    if endpoint.get("alerts"):
        found.refuse(place, "alerts: add channels and routes under Alert routes")
    if endpoint.get("maintenance-windows"):
        found.refuse(place, "maintenance-windows: plan them under Maintenance")
    return MonitorItem(
        key, name, kind, config, interval=interval, timeout=round(timeout, 3),
        confirm_down=_confirmations(endpoint), enabled=_enabled(endpoint),
    )  # fmt: skip


def _judge(judgement: Judgement, condition: str, place: str, found: Description, kind: str) -> None:
    before = len(judgement.assertions)
    try:
        add_condition(judgement, condition)
    except ConditionError as why:
        found.refuse(place, f"condition “{line(condition, 80)}”: {why}; the rest is taken")
        return
    if kind != "endpoint" and len(judgement.assertions) > before:
        found.refuse(
            place, f"condition “{line(condition, 80)}”: the kind {kind} has none; the rest is taken"
        )


def _refuse_environment(part: str, value: Any) -> None:
    if isinstance(value, str) and (match := _ENVIRONMENT.search(value.replace("$$", ""))):
        raise ConditionError(
            f"{part}: {match[0]} is a variable of the environment; write its value"
        )


def _confirmations(endpoint: _Endpoint) -> int:
    """Return how often a failure is confirmed: what alerts wait for."""
    thresholds = [
        number(alert.get("failure-threshold"), 3)
        for alert in listed(endpoint.get("alerts"))
        if isinstance(alert, dict)
    ]
    return int(min(max(min(thresholds, default=2) - 1, 0), 20))


def _kind(endpoint: _Endpoint, client: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    url = text(endpoint, "url").strip()
    if isinstance(endpoint.get("dns"), dict):
        return _dns(url, endpoint["dns"])
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConditionError("url: it is no address") from None
    verify = client.get("insecure") is not True
    scheme = parts.scheme.lower()
    if scheme in ("http", "https"):
        return _http(endpoint, client, url, verify=verify)
    if scheme in ("ws", "wss"):
        return "websocket", {"url": url, "verify_tls": verify, **_websocket_text(endpoint)}
    if scheme == "icmp":
        return "ping", {"host": url.partition("://")[2].strip("[]/")}
    if scheme not in _PORTS:
        raise ConditionError(f"url: no kind here asks {scheme or 'an address without a scheme'}://")
    kind, usual = _PORTS[scheme]
    config: dict[str, Any] = {"host": host, "port": port or usual}
    if scheme == "starttls":
        config["starttls"] = _STARTTLS.get(port or usual, "smtp")
    return kind, config


_PORTS = {
    "tcp": ("tcp", 0), "tls": ("certificate", 443), "starttls": ("certificate", 25),
    "ssh": ("ssh", 22),
}  # fmt: skip
"""Kinds that need a host and a port, by the scheme there, and the usual port."""


def _http(
    endpoint: _Endpoint, client: dict[str, Any], url: str, *, verify: bool
) -> tuple[str, dict[str, Any]]:
    headers = endpoint.get("headers")
    headers = headers if isinstance(headers, dict) else {}
    for name, value in headers.items():
        _refuse_environment(f"headers.{name}", value)
    config: dict[str, Any] = {
        "url": url,
        "method": text(endpoint, "method").upper() or "GET",
        "headers": {str(name): str(value) for name, value in headers.items()},
        "verify_tls": verify,
        "follow_redirects": 0 if client.get("ignore-redirect") is True else 10,
    }
    if body := text(endpoint, "body"):
        config["body"] = body
        if endpoint.get("graphql") is True:
            raise ConditionError("graphql: write the body as JSON, and leave graphql out")
    return "endpoint", config


def _websocket_text(endpoint: _Endpoint) -> dict[str, Any]:
    return {"send": text(endpoint, "body"), "expect": "."} if text(endpoint, "body") else {}


def _dns(url: str, settings: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    server = url.removesuffix(":53").strip("[]")
    return "dns", {
        "name": text(settings, "query-name").rstrip("."),
        "record_type": text(settings, "query-type").upper() or "A",
        "resolvers": [server] if server else [],
    }


def _leave_out(value: dict[str, Any], found: Description) -> None:
    for name, why in (
        ("alerting", "add channels under Alert channels"),
        ("maintenance", "plan it under Maintenance"),
        ("announcements", "write them under Announcements"),
        ("suites", "no monitor here runs requests one after the other"),
        ("remote", "import the configuration of the other instance"),
        ("security", "see the page on sign-in"),
    ):
        if value.get(name):
            found.refuse(name, why)
    if found.components:
        found.notes.append("History is in the database of Gatus, and is not taken.")
