"""What those who follow a component are told when it is retired."""

from components.models import JournalEntry
from components.values.instants import iso
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.message import Facts


def retired_notice(entry: JournalEntry, *, site: str) -> tuple[Facts, Audience]:
    """Return the facts and the audience: whoever chose it, whatever else they chose."""
    data = entry.data
    facts = Facts(
        event=entry.kind,
        headline=data["name"],
        at=iso(entry.at),
        url=f"{site}/status/components/{data['slug']}",
        message=f"{data['name']} is no longer part of our status page, and you will hear no more of"
        " it. Its history stays where it was. Whatever else you follow goes on.",
        components=(data["name"],),
        component_ids=(data["component_id"],),
        subject_id=data["component_id"],
    )
    followed = frozenset({data["component_id"]})
    return facts, Audience(Kind.STATUS, component_ids=followed, followers_only=True)
