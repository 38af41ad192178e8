"""Translations of what is said of incidents, and what becomes of the machine's own."""

from collections.abc import Mapping

from incidents.models import Incident

Translations = Mapping[str, str]
"""Texts by the tags of their languages."""


def with_stale_titles(incident: Incident, changes: Mapping[str, object]) -> Mapping[str, object]:
    """Return the changes of an edit, with no translations left of a title that the machine wrote
    and a person replaces: readers of other languages get the person's title instead."""
    is_replaced = changes.get("title", incident.title) != incident.title
    if incident.machine_only and is_replaced and incident.titles:
        return {"titles": {}, **changes}
    return changes
