"""The facts of a message, which every channel renders in its own format. No Django."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from components.languages.words import ENGLISH, Words, msg
from components.markup.characters import isolated
from components.status import Status


@dataclass(frozen=True, slots=True)
class ActiveIncident:
    """An open incident, as messages list it."""

    title: str
    severity: str
    status: str
    url: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A component's change of status; `old_status` is '' when only the present one is known."""

    name: str
    status: str
    old_status: str = ""
    component_id: int = 0
    created_at: str = ""
    """When the component was created, in ISO 8601."""


@dataclass(frozen=True, slots=True)
class PastUpdate:
    """An update of an incident or window, as messages list it."""

    id: int
    """0 for what a window was announced with."""
    status: str
    message: str
    at: str


_OF_PEOPLE = ("incident.", "maintenance.", "postmortem.")
_CHANGED, _AND_MORE = msg("{name}: {status}"), msg("{names} and {n} more")


def status_headline(changes: Sequence[Change], words: Words = ENGLISH) -> str:
    """Return the headline of changes of status: the worst three by name, and how many more."""
    worst = sorted(changes, key=lambda change: -Status(change.status).rank)
    listed = words.comma.join(
        words(_CHANGED, name=isolated(each.name), status=words(Status(each.status).label))
        for each in worst[:3]
    )
    rest = len(worst) - 3
    return words(_AND_MORE, names=listed, n=words.number(rest)) if rest > 0 else listed


def our_text(text: str, /, **values: str) -> dict[str, str]:
    """Return a text of ours with its values, for `our_words`."""
    return {"text": text, **values}


def our_words(**texts: dict[str, str]) -> dict[str, Any]:
    """Return the fields of facts that are texts of ours: in English, and as what they are made of.

    `**our_words(headline=our_text(msg("Your link to {name}"), name=name))`.
    """
    written = {name: _written(values, ENGLISH) for name, values in texts.items()}
    return {**written, "ours": texts}


def _written(text: Mapping[str, str], words: Words) -> str:
    values = {name: value for name, value in text.items() if name != "text"}
    return words(text["text"], **values)


@dataclass(frozen=True, slots=True)
class Facts:
    """The content of a message, as of when it happened. Text is as people wrote it: channels
    escape it. Statuses are the stored words."""

    event: str
    """The journal's kind, `incident.updated` say, or `subscriber.confirm`."""
    headline: str
    """The subject: what an incident or window is called."""
    at: str
    """ISO 8601 in UTC, with Z."""
    url: str
    """Where to read on."""
    state: str = ""
    """Of the incident or window, or the new overall status."""
    severity: str = ""
    message: str = ""
    """Markdown, as it was written."""
    overall: str = ""
    overall_message: str = ""
    changes: tuple[Change, ...] = ()
    incidents: tuple[ActiveIncident, ...] = ()
    """The open ones."""
    components: tuple[str, ...] = ()
    """Names of what is affected."""
    component_ids: tuple[int, ...] = ()
    subject_id: int = 0
    """Of the incident, window or component."""
    reference: str = ""
    starts_at: str = ""
    ends_at: str = ""
    created_at: str = ""
    """When the incident or window was written down."""
    updates: tuple[PastUpdate, ...] = ()
    """All of the incident's or window's by then, newest first."""
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    """By language tags: what people wrote, and the same in that language."""
    ours: dict[str, dict[str, str]] = field(default_factory=dict)
    """The text of ours that `headline` or `message` was made from, as `text`, and its values."""
    language: str = ""
    """The tag of the language of readers who chose none: that of the main page, or of the form by
    which they asked for it."""
    more: dict[str, Any] = field(default_factory=dict)
    """What only one kind of message needs."""

    def our_text(self, name: str, words: Words) -> str:
        """Return `headline` or `message`, in another language where the words are ours."""
        text: str = getattr(self, name)
        if name not in self.ours:
            return self.in_words(text, words)
        return text if words.is_english else _written(self.ours[name], words)

    def in_words(self, text: str, words: Words) -> str:
        """Return what people wrote, in another language where it is translated."""
        return self.translations.get(words.tag, {}).get(text, text)

    def original_language(self, words: Words) -> str:
        """Return the tag of the language of what people wrote, where some of it is not in that of
        `words`; '' where nothing is to be said."""
        if words.tag == (self.language or words.tag) or not self.event.startswith(_OF_PEOPLE):
            return ""
        # A title alone is a name, as it is said in any language.
        if "message" in self.ours:
            return ""
        known = self.translations.get(words.tag, {})
        written = [self.headline, self.message]
        return "" if all(text in known for text in written if text.strip()) else self.language

    @property
    def other_incidents(self) -> tuple[ActiveIncident, ...]:
        """The open incidents besides the one that this is about."""
        return tuple(
            each
            for each in self.incidents
            if not (self.reference and each.reference == self.reference)
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Facts":
        """Return stored facts. Keys that only another version of the product knows are left out:
        while it is updated, deliveries are sent that the version before it wrote."""
        known = {each.name for each in fields(cls)}
        return cls(
            **{
                **{key: value for key, value in data.items() if key in known},
                "changes": tuple(Change(**each) for each in data.get("changes", ())),
                "incidents": tuple(ActiveIncident(**each) for each in data.get("incidents", ())),
                "updates": tuple(PastUpdate(**each) for each in data.get("updates", ())),
                "components": tuple(data.get("components", ())),
                "component_ids": tuple(data.get("component_ids", ())),
            }
        )
