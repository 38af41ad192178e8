"""Rendering of incident templates: the title and message of one incident."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from components.values.severity import Severity
from incidents.models import IncidentTemplate
from incidents.placeholders import fill
from incidents.workflow import IncidentState


@dataclass(frozen=True, slots=True)
class RenderedTemplate:
    """The text and state that an incident is opened with."""

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
    """Return the values by the name of the placeholder they fill; '' for what is not known."""
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


def render_template(
    template: IncidentTemplate, values: Mapping[str, str], *, keep_blanks: bool = False
) -> RenderedTemplate:
    """Return a template with its placeholders filled. Raises PlaceholderError, naming one that is
    not known or has no value; with `keep_blanks` the latter stay, for a person to fill in."""
    known = {"severity": template.severity, "status": template.status}
    filled = {**values, **{name: values.get(name) or value for name, value in known.items()}}
    return RenderedTemplate(
        fill(template.title, filled, keep_blanks=keep_blanks),
        fill(template.message, filled, keep_blanks=keep_blanks),
        Severity(template.severity),
        IncidentState(template.status),
    )
