"""The texts of automatic incidents: what is known, and nothing of targets or hosts.

They are written in the page's own language, as what people write, and in every other one that the
page is offered in.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from components.languages.page_languages import other_languages, own_language
from components.languages.registry import words_of
from components.languages.words import ENGLISH, Words, msg
from components.models import Component
from components.rollup import MonitorVote
from components.status import Status, Verdict
from components.values.severity import Severity
from statuspage.automation.auto_incident_rules import Case

_TITLES = {
    Status.DEGRADED: msg("{name} has reduced performance"),
    Status.PARTIAL_OUTAGE: msg("{name} is partly unavailable"),
    Status.MAJOR_OUTAGE: msg("{name} is down"),
}
_SINCE = {
    Status.DEGRADED: msg("{name} has reduced performance since {time}."),
    Status.PARTIAL_OUTAGE: msg("{name} is partly unavailable since {time}."),
    Status.MAJOR_OUTAGE: msg("{name} is down since {time}."),
}
_NOW = {
    Status.DEGRADED: msg("{name} now has reduced performance."),
    Status.PARTIAL_OUTAGE: msg("{name} now is partly unavailable."),
    Status.MAJOR_OUTAGE: msg("{name} now is down."),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A text in the page's own language, and the same in its others by their tags."""

    own: str
    others: dict[str, str]


def title(component: Component, status: Status, words: Words = ENGLISH) -> str:
    """Return the incident's title."""
    return words(_TITLES[status], name=component.name)[:200]


def severity(component: Component, status: Status) -> Severity:
    """Return the severity of a component's status; a critical one that is down is critical."""
    if status is Status.MAJOR_OUTAGE:
        return Severity.CRITICAL if component.critical else Severity.MAJOR
    return Severity.MAJOR if status is Status.PARTIAL_OUTAGE else Severity.MINOR


def titles(component: Component, status: Status) -> Written:
    """Return the incident's title in all languages."""
    return _in_languages(lambda words: title(component, status, words))


def opened(component: Component, case: Case, votes: Sequence[MonitorVote]) -> Written:
    """Return the first update."""

    def text(words: Words) -> str:
        return words.sentences(
            (
                words(_SINCE[case.measured], name=component.name, time=_clock(case.since)),
                evidence(votes, words),
                words("This was found by our monitoring; we are looking into it."),
            )
        )

    return _in_languages(text)


def changed(component: Component, case: Case, votes: Sequence[MonitorVote]) -> Written:
    """Return the update for another status."""
    return _in_languages(
        lambda words: words.sentences(
            (words(_NOW[case.measured], name=component.name), evidence(votes, words))
        )
    )


def ended(component: Component, case: Case) -> Written:
    """Return the last update."""

    def text(words: Words) -> str:
        if case.retired:
            return words(
                "{name} has been retired; it is no longer part of this page.", name=component.name
            )
        return words(
            "{name} has been working again since {time}.",
            name=component.name,
            time=_clock(case.since),
        )

    return _in_languages(text)


def evidence(votes: Sequence[MonitorVote], words: Words = ENGLISH) -> str:
    """Return how many checks fail or are slow, without their names: those are internal."""
    counted = Counter(vote.verdict for vote in votes)
    failing, slow = counted[Verdict.DOWN], counted[Verdict.DEGRADED]
    total = len(votes)
    if total == 1:
        return words("The check fails.") if failing else words("The check reports trouble.")
    of = words.number(total)
    if failing:
        return words.count(
            failing, "{n} of {total} checks fails.", "{n} of {total} checks fail.", total=of
        )
    return words.count(
        slow, "{n} of {total} checks reports trouble.", "{n} of {total} checks report trouble.",
        total=of,
    )  # fmt: skip


def _in_languages(text: Callable[[Words], str]) -> Written:
    own = words_of(own_language())
    return Written(text(own), {tag: text(words_of(tag)) for tag in other_languages()})


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M} UTC"
