"""Alerts in any JSON, by JSON paths (RFC 9535) that the monitor's settings give.

The mapping names where each part of an alert is; what it does not name is where `DEFAULTS` say.
`alerts` finds the alerts in the body, the other paths are followed in each of them. `firing` and
`resolved` are no paths but the words that `status` may be, in any case, separated by commas.
"""

from collections.abc import Mapping
from typing import Any

from monitors.alert_formats.base import AlertFormatError, fingerprint_of, read_instant
from monitors.probers.endpoint import json_path
from monitors.probers.endpoint.json_body import UnreadableError
from monitors.probers.endpoint.json_budget import Budget
from monitors.rules.alert_mapping import DEFAULTS, WORDS
from monitors.rules.incoming_alert import IncomingAlert

MILLISECONDS_FROM = 1e11
"""Numbers from here on are instants in milliseconds: in seconds that would be the year 5138."""


def parse(body: Any, mapping: Mapping[str, str]) -> list[IncomingAlert]:
    """Return the alerts of a body. Raises AlertFormatError naming the path."""
    reader = _Reader({**DEFAULTS, **mapping})
    alerts = reader.find("alerts", body)
    if len(alerts) == 1 and isinstance(alerts[0], list):
        alerts = alerts[0]
    if not alerts:
        raise AlertFormatError(reader.mapping["alerts"], "There is no alert at this path.")
    return [reader.alert(each) for each in alerts]


class _Reader:
    """Reads alerts by a mapping; what all of its paths cost together is bounded."""

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self.mapping = mapping
        self._budget = Budget()
        self._paths = {
            name: json_path.parse(path) for name, path in mapping.items() if name not in WORDS
        }
        self._words = {name: mapping[name].lower().replace(" ", "").split(",") for name in WORDS}

    def find(self, name: str, value: Any) -> list[Any]:
        try:
            return json_path.find(value, self._paths[name], budget=self._budget)
        except UnreadableError as error:
            raise AlertFormatError(self.mapping[name], f"This cannot be read: {error}.") from None

    def alert(self, value: Any) -> IncomingAlert:
        labels = self._labels(value)
        name, severity = self._text("name", value), self._text("severity", value)
        given = self._text("fingerprint", value)
        identity = labels or ({"name": name} if name else {})
        if not given and not identity:
            text = "There is nothing at this path that identifies the alert."
            raise AlertFormatError(self.mapping["fingerprint"], text)
        return IncomingAlert(
            fingerprint=fingerprint_of(given, identity),
            name=name,
            firing=self._fires(value),
            reason=self._text("reason", value) or name,
            severity=severity.strip().lower(),
            labels={**({"alertname": name} if name else {}), **labels},
            started_at=self._instant("started_at", value),
            ends_at=self._instant("ends_at", value),
        )

    def _fires(self, value: Any) -> bool:
        word = self._text("status", value).strip().lower().replace(" ", "")
        if word in self._words["firing"]:
            return True
        if word in self._words["resolved"]:
            return False
        known = f"{self.mapping['firing']}; {self.mapping['resolved']}"
        raise AlertFormatError(self.mapping["status"], f"Send one of these words: {known}.")

    def _text(self, name: str, value: Any) -> str:
        found = self.find(name, value)
        return _text(found[0]) if found else ""

    def _labels(self, value: Any) -> dict[str, str]:
        found = self.find("labels", value)
        given = found[0] if found and isinstance(found[0], dict) else {}
        return {
            name: _text(text) for name, text in given.items() if not isinstance(text, list | dict)
        }

    def _instant(self, name: str, value: Any) -> float | None:
        found = self.find(name, value)
        at = found[0] if found else None
        if isinstance(at, int | float) and not isinstance(at, bool):
            return at / 1000 if abs(at) >= MILLISECONDS_FROM else float(at)
        return read_instant(at, self.mapping[name])


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""
