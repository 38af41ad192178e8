"""Monitors of Kener in the settings of this product's kinds.

Source: `src/lib/server/types/monitor.ts` there, and the pages on monitors of its documentation.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from statuspage.importers.description import MonitorItem, line
from statuspage.importers.products.databases import DATABASES, database_settings
from statuspage.importers.reading import number, text

Row = Mapping[str, Any]
_VARIABLE = re.compile(r"\$[A-Z_][A-Z0-9_]*")


class CannotBeTakenError(Exception):
    """A monitor cannot be made here; the message says why."""


def check_interval(row: Row) -> int:
    """Return the seconds between two checks, of the cron expressions that are in use."""
    cron = text(row, "cron").split()
    if len(cron) != 5 or cron[0] == "*":
        return 60
    if step := re.fullmatch(r"\*/(\d{1,2})", cron[0]):
        return max(60, int(step[1]) * 60)
    if cron[0].isdigit():
        return 3_600 if cron[1] == "*" else 86_400
    return 300


def monitor_items(row: Row) -> Iterator[MonitorItem]:
    """Yield the monitors of one of Kener's: one for each of its hosts.

    Raises CannotBeTakenError.
    """
    kind = text(row, "monitor_type") or "NONE"
    if kind == "NONE":
        return
    try:
        data = json.loads(text(row, "type_data") or "{}")
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise CannotBeTakenError("its settings (type_data) are no JSON object")
    made = list(_made(kind, data, row))
    for number_, (name, config) in enumerate(made):
        suffix = f" {number_ + 1}" if number_ else ""
        seconds = check_interval(row)
        timeout = number(data.get("timeout"), 10_000) / 1000
        yield MonitorItem(
            key=f"{text(row, 'tag')}{suffix}",
            name=line(f"{line(row.get('name'), 90)}{suffix}"),
            kind=name,
            config=config,
            interval=seconds,
            timeout=round(min(max(timeout, 0.5), 60, seconds), 3),
            enabled=text(row, "status") in ("", "ACTIVE"),
        )


def _made(kind: str, data: dict[str, Any], row: Row) -> Iterator[tuple[str, dict[str, Any]]]:
    if variable := _VARIABLE.search(json.dumps({**data, "eval": ""})):
        raise CannotBeTakenError(f"{variable[0]} is a variable of the environment; write its value")
    if kind == "API":
        yield _http(data)
    elif kind in ("PING", "TCP"):
        hosts = data.get("hosts") or [{"host": data.get("hostV4") or data.get("hostV6")}]
        for each in hosts if isinstance(hosts, list) else ():
            host = {"host": str((each if isinstance(each, dict) else {}).get("host") or "")}
            if kind == "PING":
                yield "ping", host
            else:
                yield "tcp", {**host, "port": int(number(each.get("port")))}
    elif kind == "DNS":
        yield _dns(data)
    elif kind == "SSL":
        hours = number(data.get("degradedRemainingHours"), 240)
        yield "certificate", {
            "host": str(data.get("host") or ""), "port": int(number(data.get("port"), 443)),
            "warn_days": max(0, min(3650, round(hours / 24))),
        }  # fmt: skip
    elif kind == "HEARTBEAT":
        minutes = number(data.get("downRemainingMinutes"), 10)
        yield "heartbeat", {"period": max(1, int(minutes * 60)), "grace": 60}
    elif kind == "SQL":
        yield _sql(data)
    else:
        raise CannotBeTakenError(f"the type “{line(kind, 40)}” is not known here")


def _http(data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if text(data, "eval").strip() and "statusCodeShort" not in text(data, "eval"):
        raise CannotBeTakenError(
            "it judges the answer by JavaScript; write assertions: add the monitor yourself"
        )
    headers = data.get("headers")
    config: dict[str, Any] = {
        "url": text(data, "url"),
        "method": text(data, "method").upper() or "GET",
        "headers": {
            str(each.get("key")): str(each.get("value"))
            for each in (headers if isinstance(headers, list) else ())
            if isinstance(each, dict) and each.get("key")
        },
        "verify_tls": data.get("allowSelfSignedCert") is not True,
    }
    return "endpoint", {**config, **({"body": text(data, "body")} if text(data, "body") else {})}


def _dns(data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    values = data.get("values")
    server = text(data, "nameServer").strip()
    return "dns", {
        "name": text(data, "host"),
        "record_type": text(data, "lookupRecord").upper() or "A",
        "expected": [str(each) for each in values] if isinstance(values, list) else [],
        "match": "all" if text(data, "matchType") == "ALL" else "any",
        "resolvers": [server] if server else [],
    }


def _sql(data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    try:
        parts = urlsplit(text(data, "connectionString"))
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in DATABASES:
        raise CannotBeTakenError("its connection string is no postgres:// or mysql:// address")
    return database_settings(parts, query=text(data, "query"))
