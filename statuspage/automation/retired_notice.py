"""What those who follow a component are told when it is retired."""

from components.languages.words import msg
from components.models import JournalEntry
from components.values.instants import iso
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.message import Facts, our_text, our_words

_RETIRED = msg(
    "{name} is no longer part of our status page, and you get no more messages about it."
    " Its history stays where it was. Everything else that you follow stays as it is."
)


def retired_notice(entry: JournalEntry, *, site: str) -> tuple[Facts, Audience]:
    """Return the facts and the audience: whoever chose it, whatever else they chose."""
    data = entry.data
    facts = Facts(
        event=entry.kind,
        headline=data["name"],
        at=iso(entry.at),
        url=f"{site}/status/components/{data['slug']}",
        **our_words(message=our_text(_RETIRED, name=data["name"])),
        components=(data["name"],),
        component_ids=(data["component_id"],),
        subject_id=data["component_id"],
    )
    followed = frozenset({data["component_id"]})
    return facts, Audience(Kind.STATUS, component_ids=followed, followers_only=True)
