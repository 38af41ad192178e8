"""The lines of which the desk is made."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.text import capfirst
from django.utils.translation import gettext

from components.backoffice.sentences import localized
from components.status import Status
from statuspage.renderers.html.times import duration
from statuspage.runtime import progress
from statuspage.runtime.health import silent_machines


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is, what there is to know of it, and the one thing to do about it."""

    mark: str
    """A status: the colour and the shape of the mark before it."""
    title: str
    text: str = ""
    emphasis: str = ""
    """The part of the text that should not be overlooked; it stands at its end."""
    aside: str = ""
    url: str = ""
    action: str = ""
    """What the link at `url` does; '' when there is nothing to do but to look."""
    post: str = ""
    """Where the action is posted to, if it is a button; then `url` is where to look."""
    secret: str = ""
    """What only those who may change monitors are shown after the text."""


def span(length: timedelta) -> str:
    """Return a length of time as text, rounded for people."""
    return duration(length.total_seconds())


def worker_row() -> Row:
    """Return whether every role makes progress on every machine that it was seen on."""
    by_machine = progress.ages_by_machine()
    if silent := silent_machines(by_machine):
        text = ", ".join(map(localized, silent))
        return Row(Status.MAJOR_OUTAGE, gettext("Workers are stuck"), f"{capfirst(text)}.")
    parts = [
        (f"{machine}: " if len(by_machine) > 1 else "")
        + ", ".join(
            gettext("{role} {age} s ago").format(role=role, age=f"{age:.0f}")
            for role, age in ages.items()
        )
        for machine, ages in by_machine.items()
    ]
    return Row(
        Status.OPERATIONAL,
        gettext("Workers are running"),
        gettext("Last: {names}.").format(names="; ".join(parts)),
    )
