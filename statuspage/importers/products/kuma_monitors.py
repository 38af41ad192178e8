"""Monitors of Uptime Kuma in the settings of this product's kinds.

Source: `server/model/monitor.js` and `server/monitor-types/` there, releases 1.23 and 2.0.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from statuspage.importers.description import MonitorItem, line
from statuspage.importers.products.databases import database_settings
from statuspage.importers.reading import number, text

Row = Mapping[str, Any]
_CONTAINER = "unix:///var/run/docker.sock"
MAX_INTERVAL = 86_400


class CannotBeTakenError(Exception):
    """A monitor cannot be made here; the message says why."""


def monitor_item(row: Row, hosts: Mapping[Any, str]) -> MonitorItem:
    """Return a monitor of this product. `hosts` are the addresses of container engines by id.

    Raises CannotBeTakenError.
    """
    made = _KINDS.get(text(row, "type"))
    if made is None:
        raise CannotBeTakenError(f"the type “{line(row.get('type'))}” is not known here")
    if row.get("upside_down"):
        raise CannotBeTakenError("upside-down mode: no kind here is up when its target is down")
    if row.get("proxy_id"):
        raise CannotBeTakenError("it goes through a proxy, which no monitor here does")
    kind, config = made(row) if kind_needs_no_host(row) else _docker(row, hosts)
    interval = int(min(max(number(row.get("interval"), 60), 1), MAX_INTERVAL))
    timeout = number(row.get("timeout")) or interval * 0.8
    retry = int(number(row.get("retry_interval")))
    return MonitorItem(
        key=str(row.get("id")),
        name=line(row.get("name")) or f"Monitor {row.get('id')}",
        kind=kind,
        config=config,
        interval=interval,
        timeout=round(min(max(timeout, 0.5), 60, interval), 3),
        retry_interval=min(retry, interval) if retry and retry != interval else None,
        confirm_down=int(min(max(number(row.get("maxretries")), 0), 20)),
        enabled=bool(row.get("active", 1)),
    )


def kind_needs_no_host(row: Row) -> bool:
    return text(row, "type") != "docker"


def _host_port(row: Row) -> dict[str, Any]:
    return {"host": text(row, "hostname"), "port": int(number(row.get("port")))}


def _http(row: Row) -> tuple[str, dict[str, Any]]:
    config: dict[str, Any] = {
        "url": text(row, "url"),
        "method": text(row, "method").upper() or "GET",
        "follow_redirects": int(min(max(number(row.get("maxredirects"), 10), 0), 20)),
        "expected_status": _statuses(row),
        "verify_tls": not row.get("ignore_tls"),
    }
    if body := text(row, "body"):
        config["body"] = body
        encoding = text(row, "http_body_encoding") or "json"
        kinds = {"json": "application/json", "xml": "text/xml; charset=utf-8",
                 "form": "application/x-www-form-urlencoded"}  # fmt: skip
        config["headers"] = {"Content-Type": kinds.get(encoding, "application/json")}
    config["headers"] = {**config.get("headers", {}), **_headers(row)}
    method = text(row, "auth_method")
    if method == "basic" or (not method and text(row, "basic_auth_user")):
        config["username"] = text(row, "basic_auth_user")
        if text(row, "basic_auth_pass"):
            config["password"] = text(row, "basic_auth_pass")
    elif method == "mtls":
        config["client_certificate"] = text(row, "tls_cert")
        config["client_key"] = text(row, "tls_key")
        if text(row, "tls_ca"):
            config["authorities"] = text(row, "tls_ca")
    elif method:
        raise CannotBeTakenError(f"it signs in by {line(method)}, which no monitor here can")
    if family := _IP_VERSIONS.get(text(row, "ip_family").lower()):
        config["ip_version"] = family
    return "endpoint", config


_IP_VERSIONS = {"ipv4": "4", "ipv6": "6"}


def _headers(row: Row) -> dict[str, str]:
    written = text(row, "headers").strip()
    if not written:
        return {}
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        raise CannotBeTakenError("its headers are no JSON") from None
    if not isinstance(found, dict):
        raise CannotBeTakenError("its headers are no object")
    return {str(name): str(value) for name, value in found.items()}


def _statuses(row: Row) -> str:
    """Return codes such as `200-299,404`."""
    try:
        codes = json.loads(text(row, "accepted_statuscodes_json") or '["200-299"]')
    except (ValueError, RecursionError):
        codes = []
    if not isinstance(codes, list) or not codes:
        return "200-299"
    return ",".join(str(code) for code in codes)


def _keyword(row: Row) -> tuple[str, dict[str, Any]]:
    kind, config = _http(row)
    word = text(row, "keyword")
    inverted = "not " if row.get("invert_keyword") else ""
    return kind, {**config, "assertions": [f"body {inverted}contains {word}"]}


def _json_query(row: Row) -> tuple[str, dict[str, Any]]:
    kind, config = _http(row)
    path, wanted = text(row, "json_path").strip(), text(row, "expected_value")
    operator = text(row, "json_path_operator") or "=="
    if not re.fullmatch(r"\$?[\w.\[\]-]*", path):
        raise CannotBeTakenError(
            "its query is JSONata; here it has to be a JSON path: add the monitor yourself"
        )
    if operator not in ("==", "!=", "<", ">", "<=", ">=", "contains"):
        raise CannotBeTakenError(f"its comparison “{line(operator)}” is not known here")
    root = path if path.startswith("$") else f"$.{path}" if path else "$"
    quoted = json.dumps(wanted) if operator in ("==", "!=") and _is_text(wanted) else wanted
    return kind, {**config, "assertions": [f"json {root} {operator} {quoted}"]}


def _is_text(wanted: str) -> bool:
    try:
        json.loads(wanted)
    except ValueError:
        return True
    return False


def _tcp(row: Row) -> tuple[str, dict[str, Any]]:
    return "tcp", _host_port(row)


def _ping(row: Row) -> tuple[str, dict[str, Any]]:
    return "ping", {"host": text(row, "hostname")}


def _dns(row: Row) -> tuple[str, dict[str, Any]]:
    config: dict[str, Any] = {
        "name": text(row, "hostname"),
        "record_type": text(row, "dns_resolve_type") or "A",
        "port": int(number(row.get("port"), 53)) or 53,
    }
    servers = [each.strip() for each in text(row, "dns_resolve_server").split(",")]
    return "dns", {**config, "resolvers": [each for each in servers if each][:5]}


def _push(row: Row) -> tuple[str, dict[str, Any]]:
    return "heartbeat", {"period": int(max(number(row.get("interval"), 60), 1)), "grace": 60}


def _grpc(row: Row) -> tuple[str, dict[str, Any]]:
    raise CannotBeTakenError(
        "it calls a method of its own; the kind grpc asks the standard health service: add it"
        " yourself if the server has that"
    )


def _mqtt(row: Row) -> tuple[str, dict[str, Any]]:
    if text(row, "mqtt_topic"):
        raise CannotBeTakenError("it waits for a message of a topic; the kind mqtt logs in only")
    host = re.sub(r"^(mqtts?|wss?)://", "", text(row, "hostname"))
    if text(row, "hostname").startswith("ws"):
        raise CannotBeTakenError("it speaks MQTT over WebSocket, which no monitor here does")
    config = {"host": host, "port": int(number(row.get("port"), 1883)) or 1883,
              "tls": text(row, "hostname").startswith("mqtts")}  # fmt: skip
    return "mqtt", {**config, **_login(row, "mqtt_username", "mqtt_password")}


def _login(row: Row, user: str, password: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if text(row, user):
        found["username"] = text(row, user)
        if text(row, password):
            found["password"] = text(row, password)
    return found


def _postgres(row: Row) -> tuple[str, dict[str, Any]]:
    parts = _address(row, ("postgres", "postgresql"))
    return database_settings(parts, query=text(row, "database_query"))


def _mysql(row: Row) -> tuple[str, dict[str, Any]]:
    parts = _address(row, ("mysql", "mariadb"))
    # Its form for MySQL keeps a password apart in the column of another kind.
    password = text(row, "radius_password")
    return database_settings(parts, query=text(row, "database_query"), password=password)


def _redis(row: Row) -> tuple[str, dict[str, Any]]:
    parts = _address(row, ("redis", "rediss"))
    config: dict[str, Any] = {
        "host": parts.hostname or "", "port": parts.port or 6379, "tls": parts.scheme == "rediss",
        "verify_tls": not row.get("ignore_tls"),
    }  # fmt: skip
    if parts.password:
        config["password"] = unquote(parts.password)
        config["username"] = unquote(parts.username or "")
    return "redis", config


def _address(row: Row, schemes: tuple[str, ...]) -> Any:
    try:
        parts = urlsplit(text(row, "database_connection_string"))
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in schemes:
        raise CannotBeTakenError(f"its connection string is no {schemes[0]}:// address")
    return parts


def _smtp(row: Row) -> tuple[str, dict[str, Any]]:
    return "smtp", {**_host_port(row), "tls": text(row, "smtp_security") == "secure"}


def _websocket(row: Row) -> tuple[str, dict[str, Any]]:
    return "websocket", {"url": text(row, "url"), "subprotocol": text(row, "ws_subprotocol")}


def _manual(row: Row) -> tuple[str, dict[str, Any]]:
    return "manual", {}


def _docker(row: Row, hosts: Mapping[Any, str]) -> tuple[str, dict[str, Any]]:
    socket = hosts.get(row.get("docker_host"), _CONTAINER)
    return "container", {"container": text(row, "docker_container"), "socket": socket}


def _no_docker(row: Row) -> tuple[str, dict[str, Any]]:
    return _docker(row, {})


_KINDS: dict[str, Callable[[Row], tuple[str, dict[str, Any]]]] = {
    "http": _http, "keyword": _keyword, "json-query": _json_query, "port": _tcp, "ping": _ping,
    "dns": _dns, "push": _push, "grpc-keyword": _grpc, "mqtt": _mqtt, "mysql": _mysql,
    "postgres": _postgres,
    "redis": _redis, "smtp": _smtp, "websocket-upgrade": _websocket, "manual": _manual,
    "docker": _no_docker,
}  # fmt: skip


def engine_address(row: Row) -> str:
    """Return the address of a container engine: of a socket or of TCP."""
    daemon = text(row, "docker_daemon")
    if text(row, "docker_type") == "tcp":
        return re.sub(r"^https?://", "tcp://", daemon).rstrip("/")
    return f"unix://{daemon}" if daemon.startswith("/") else daemon or _CONTAINER
