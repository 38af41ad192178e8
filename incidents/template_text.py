"""From a kept wording to the title and message of one incident."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from components.values.severity import Severity
from incidents.models import IncidentTemplate
from incidents.placeholders import fill
from incidents.workflow import IncidentState


@dataclass(frozen=True, slots=True)
class Wording:
    title: str
    message: str
    severity: Severity
    status: IncidentState


def placeholder_values(
    *,
    components: Sequence[str] = (),
    regions: Sequence[str] = (),
    severity: str = "",
    status: str = "",
    started_at: datetime | None = None,
    reason: str = "",
) -> dict[str, str]:
    """What is known, by the name of the blank that it fills; '' for what is not."""
    return {
        "component": next(iter(components), ""),
        "components": ", ".join(components),
        "region": next(iter(regions), ""),
        "regions": ", ".join(regions),
        "severity": severity,
        "status": status,
        "started_at": f"{started_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if started_at else "",
        "reason": reason,
    }


def word(template: IncidentTemplate, values: Mapping[str, str]) -> Wording:
    """A template with its blanks filled. Raises BlankError naming what there is no value for."""
    known = {"severity": template.severity, "status": template.status}
    filled = {**values, **{name: values.get(name) or word for name, word in known.items()}}
    return Wording(
        fill(template.title, filled),
        fill(template.message, filled),
        Severity(template.severity),
        IncidentState(template.status),
    )
