"""What `doctor` found, as lines for people or as JSON for programs."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from components.values.instants import iso

if TYPE_CHECKING:
    # Not at run time: a report has to be made where settings, and so models, cannot be read.
    from statuspage.runtime.health import SelfCheck

FORMAT = 1
"""Raised when a member changes its meaning or goes; new ones may come without."""
OK, WARNING, ERROR = "ok", "warning", "error"


class FindingJson(TypedDict):
    """One check. `remedy` says what to do; "" where nothing is to be done."""

    id: str
    severity: str
    sentence: str
    remedy: str


def findings(
    checks: "Iterable[Callable[[], SelfCheck]]", *, warnings: Sequence[str]
) -> Iterator[FindingJson]:
    """Make each check and yield what it found; one that breaks is a finding as well.

    `warnings` names the checks whose advice is worth giving even where they pass.
    """
    for check in checks:
        try:
            result = check()
        # Whatever is broken: the other checks may say why.
        except Exception as error:  # noqa: BLE001
            reason = " ".join(str(error).split()) or type(error).__name__
            yield FindingJson(
                id=getattr(check, "__name__", "check"),
                severity=ERROR,
                sentence=f"could not be checked: {reason}",
                remedy="See the other findings.",
            )
            continue
        advised = bool(result.advice) and result.name in warnings
        severity = ERROR if not result.ok else WARNING if advised else OK
        yield FindingJson(
            id=result.name.replace(" ", "_"),
            severity=severity,
            sentence=result.detail,
            remedy="" if severity == OK else result.advice,
        )


def report_json(found: Sequence[FindingJson], *, machine: str, now: datetime) -> str:
    """Return the report as JSON."""
    failed = any(finding["severity"] == ERROR for finding in found)
    report = {
        "format": FORMAT, "ok": not failed, "machine": machine, "at": iso(now.astimezone(UTC)),
        "findings": list(found),
    }  # fmt: skip
    return json.dumps(report, ensure_ascii=False, indent=2)


def unreadable_settings_json(sentence: str, *, machine: str) -> str:
    """Return the report where the settings cannot be read, so that nothing could be checked."""
    remedy = "Correct the setting; docs/settings.md has them all."
    finding = FindingJson(id="settings", severity=ERROR, sentence=sentence, remedy=remedy)
    return report_json([finding], machine=machine, now=datetime.now(UTC))
