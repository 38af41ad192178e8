"""Conditions of Gatus as assertions of this product.

Source: `config/endpoint/condition.go` there.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_CONDITION = re.compile(r"(?P<left>.+?) (?P<operator>==|!=|<=|>=|<|>) (?P<right>.+)\Z", re.DOTALL)
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_ANY_STATUS = "100-599"
_PATH = re.compile(r"\[BODY\](?P<path>[\w.\[\]-]*)\Z")


class ConditionError(Exception):
    """A condition cannot be taken; the message says why."""


@dataclass(slots=True)
class Judgement:
    """What an answer is judged by here."""

    expected_status: str = ""
    assertions: list[str] = field(default_factory=list)
    warn_days: int | None = None

    @property
    def statuses(self) -> str:
        """Which codes are good: without a condition about them, all."""
        return self.expected_status or _ANY_STATUS


def seconds(value: Any, default: float) -> float:
    """Return a duration of Go, such as `1m30s`, in seconds; `default` for none.

    A bare number is one of nanoseconds there. Raises ConditionError.
    """
    if value in (None, ""):
        return default
    if isinstance(value, int | float) and abs(value) < 1e300:
        return float(value) / 1e9
    written = str(value).strip()
    parts = _DURATION.findall(written)
    if not parts or "".join(a + b for a, b in parts) != written:
        raise ConditionError(f"“{written[:40]}” is no duration, such as 30s or 5m")
    return float(sum(float(amount) * _UNITS[unit] for amount, unit in parts))


def add_condition(judgement: Judgement, condition: str) -> None:
    """Add a condition to what an answer is judged by. Raises ConditionError."""
    parts = _CONDITION.match(condition.strip())
    if parts is None:
        raise ConditionError("it is no condition, such as “[STATUS] == 200”")
    left, operator, right = (each.strip() for each in parts.groups())
    for subject, take in _SUBJECTS.items():
        if left == subject:
            take(judgement, operator, right)
            return
    if left.startswith("[BODY]"):
        judgement.assertions.append(_of_body(left, operator, right))
    elif left.startswith("has([BODY]") and left.endswith(")"):
        path = _path(left[4:-1])
        wanted = (right == "true") is (operator == "==")
        judgement.assertions.append(f"json {path} {'' if wanted else 'not '}exists")
    else:
        raise ConditionError("no monitor here knows it")


def _status(judgement: Judgement, operator: str, right: str) -> None:
    codes = _codes(operator, right)
    if judgement.expected_status:
        # A second condition about it is one more that has to hold.
        judgement.assertions.append(f"status in {codes}")
    else:
        judgement.expected_status = codes


def _codes(operator: str, right: str) -> str:
    options = _any_of(right) or [right]
    if not all(re.fullmatch(r"[1-9]\d\d", each) for each in options):
        raise ConditionError("it compares with no status code")
    if operator == "==":
        return ",".join(options)
    code = int(options[0])
    low, high = {
        "<": (100, code - 1), "<=": (100, code), ">": (code + 1, 599), ">=": (code, 599),
        "!=": (0, 0),
    }[operator]  # fmt: skip
    if operator == "!=":
        ranges = [(100, code - 1), (code + 1, 599)]
        return ",".join(f"{a}-{b}" for a, b in ranges if a <= b)
    if low > high:
        raise ConditionError("no status code can fulfil it")
    return f"{low}-{high}"


def _time(judgement: Judgement, operator: str, right: str) -> None:
    milliseconds = right if right.isdigit() else f"{seconds(right, 0) * 1000:.0f}"
    if operator not in ("<", "<="):
        raise ConditionError("it asks for a slow answer")
    judgement.assertions.append(f"time {operator} {milliseconds}")


def _connected(judgement: Judgement, operator: str, right: str) -> None:
    if (right == "true") is not (operator == "=="):
        raise ConditionError("no kind here is up when nothing can be reached")


def _certificate(judgement: Judgement, operator: str, right: str) -> None:
    if operator not in (">", ">="):
        raise ConditionError("it asks for a certificate that ends soon")
    judgement.warn_days = max(1, min(3650, round(seconds(right, 0) / 86_400)))


def _rcode(judgement: Judgement, operator: str, right: str) -> None:
    if (operator, right) != ("==", "NOERROR"):
        raise ConditionError("the kind dns asks for an answer without an error")


_SUBJECTS: dict[str, Callable[[Judgement, str, str], None]] = {
    "[STATUS]": _status, "[RESPONSE_TIME]": _time, "[CONNECTED]": _connected,
    "[CERTIFICATE_EXPIRATION]": _certificate, "[DNS_RCODE]": _rcode,
}  # fmt: skip


def _any_of(right: str) -> list[str]:
    if right.startswith("any(") and right.endswith(")"):
        return [each.strip() for each in right[4:-1].split(",")]
    return []


def _path(left: str) -> str:
    match = _PATH.match(left)
    if match is None:
        raise ConditionError("its path is none that can be followed here")
    return "$" + match["path"]


def _of_body(left: str, operator: str, right: str) -> str:
    subject = "body" if left == "[BODY]" else f"json {_path(left)}"
    inverted = "not " if operator == "!=" else ""
    if right.startswith("pat(") and right.endswith(")"):
        if operator not in ("==", "!="):
            raise ConditionError("a pattern goes with == or !=")
        return f"{subject} {inverted}{_of_pattern(right[4:-1])}"
    if options := _any_of(right):
        if operator not in ("==", "!="):
            raise ConditionError("any(…) goes with == or !=")
        return f"{subject} {inverted}matches ^({'|'.join(map(re.escape, options))})$"
    if subject == "body" and operator not in ("==", "!="):
        raise ConditionError("a body is no number")
    if subject != "body" and operator in ("==", "!="):
        # Compared as text there: 1 and "1" are the same.
        return f"{subject} {inverted}matches ^{re.escape(_plain(right))}$"
    return f"{subject} {operator} {right}"


def _plain(right: str) -> str:
    try:
        value = json.loads(right)
    except ValueError:
        return right
    return value if isinstance(value, str) else right


def _of_pattern(pattern: str) -> str:
    """Return `contains` for `*text*`, else a regular expression for the wildcard."""
    inner = pattern[1:-1]
    if len(pattern) > 2 and pattern[0] == pattern[-1] == "*" and not set(inner) & set("*?[\\"):
        return f"contains {inner}"
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return f"matches (?s)^{''.join(parts)}$"
