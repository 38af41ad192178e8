"""Streams and messages of a page tell of what it selects, and of nothing else."""

from dataclasses import replace
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from components.journal.event_types import OVERALL_CHANGED, SNAPSHOT, registered
from components.languages.registry import words_of
from components.models import JournalEntry
from components.status import Status
from statuspage.edge.live.events import LiveEvent, live_event
from statuspage.edge.live.page_events import PageEvents
from statuspage.pages.face import Face
from statuspage.state.page_state import PageState
from statuspage.state.selection import shown_on
from subscribers.channels import registry
from subscribers.channels.formats import FORMATS, encoded
from subscribers.channels.hooks import HookChannel
from subscribers.channels.mail_templates import render
from subscribers.delivery.matching import Audience, Preferences, matches
from subscribers.delivery.page_facts import facts_on
from subscribers.enums import Kind, Scope
from subscribers.message import ActiveIncident, Change, Facts, PastUpdate, status_headline
from subscribers.pages import SubscribedPage
from tests.statuspage.page_states import at
from tests.statuspage.pages.fleet import IDS, INCIDENTS, WINDOWS, fleet, foreign_words, word

SITE = "https://status.example.org/status"
HIDDEN = 99
"""What is on no page, `main` included."""
ids = st.lists(st.sampled_from(IDS), unique=True).map(lambda chosen: tuple(sorted(chosen)))


def subjects(kind: str) -> list[dict[str, object]]:
    """The data of an event of this kind, one for each thing that it may be about."""
    if kind == "component.status_changed":
        states = {"old_status": "operational", "status": "degraded"}
        return [{"component_id": pk, "name": word("component", pk), **states} for pk in IDS]
    if kind == OVERALL_CHANGED.name:
        return [{"old_status": "operational", "status": "major_outage"}]
    if kind.startswith(("incident.", "postmortem.")):
        return [
            {
                "incident_id": pk, "reference": f"INC-2026-{pk:03}", "title": word("incident", pk),
                "severity": "major", "status": "identified", "message": word("told", pk),
                "component_ids": list(touched), "permalink": "",
            }
            for pk, touched in INCIDENTS.items()
        ]  # fmt: skip
    if kind.startswith("maintenance."):
        return [
            {
                "window_id": pk, "reference": f"MAINT-2026-{pk:03}", "title": word("window", pk),
                "state": "scheduled", "message": "", "starts_at": at(6, days=1).isoformat(),
                "ends_at": at(8, days=1).isoformat(), "component_ids": list(touched),
            }
            for pk, touched in WINDOWS.items()
        ]  # fmt: skip
    return [{}]


def entries() -> list[JournalEntry]:
    """An entry of every kind that viewers hear of, about everything that it may be about."""
    number = count(1)
    return [
        JournalEntry(id=next(number), kind=kind.name, public=True, data=data, at=at(12))
        for kind in registered()
        if kind.live
        for data in subjects(kind.name)
    ]


def heard(before: PageState, after: PageState) -> list[LiveEvent]:
    told = PageEvents()
    told.note({after.face.slug: before}, anew=True)
    return told.of(entries(), after)


def stream_bytes(events: list[LiveEvent]) -> bytes:
    """What goes over the event stream and over the socket."""
    frames = "".join(frame for each in events for frame in each.frames)
    return b"".join(each.sse for each in events) + frames.encode()


@given(ids, ids)
@settings(max_examples=12)
def test_no_byte_of_a_stream_names_what_its_page_does_not_select(
    selected: tuple[int, ...], formerly: tuple[int, ...]
) -> None:
    before, after = (
        shown_on(fleet(), Face("shop", component_ids=each)) for each in (formerly, selected)
    )

    said = stream_bytes(heard(before, after))

    assert [each for each in sorted(foreign_words(selected)) if each.encode() in said] == []
    assert [pk for pk in selected if word("component", pk).encode() not in said] == []


@given(st.lists(ids, min_size=1, max_size=4))
@settings(max_examples=12)
def test_the_streams_of_all_pages_together_tell_what_that_of_main_tells(
    selections: list[tuple[int, ...]],
) -> None:
    whole = fleet()
    rest = tuple(pk for pk in IDS if not any(pk in each for each in selections))
    shown = [shown_on(whole, Face("shop", component_ids=each)) for each in (*selections, rest)]

    told = {(each.id, each.name) for page in shown for each in heard(page, page)}

    assert told == {
        (event.id, event.name)
        for entry in entries()
        if (event := live_event(entry, whole))
        # Overall is another one for each page; what touches hidden components alone is on none.
        and entry.kind != OVERALL_CHANGED.name
        and (event.name == SNAPSHOT or entry.data.get("component_ids") != [HIDDEN])
    }


def messages() -> list[tuple[Facts, Audience]]:
    """What subscribers are told of: all incidents, windows and changes of status."""
    running = tuple(
        ActiveIncident(word("incident", pk), "major", "identified",
                       f"{SITE}/incidents/INC-2026-{pk:03}", f"INC-2026-{pk:03}")
        for pk in INCIDENTS
    )  # fmt: skip
    shared: dict[str, Any] = {
        "at": "2026-11-21T14:02:08Z",
        "overall": "major_outage",
        "incidents": running,
    }
    made = [
        (
            Facts(
                event="incident.updated", headline=word("incident", pk), state="identified",
                url=f"{SITE}/incidents/INC-2026-{pk:03}", severity="major",
                message=word("told", pk), subject_id=pk, reference=f"INC-2026-{pk:03}",
                updates=(PastUpdate(pk, "resolved", word("told", pk), "2026-11-21T14:00:00Z"),),
                **of(touched), **shared,
            ),
            Audience(Kind.INCIDENTS, component_ids=frozenset(touched), incident_id=pk),
        )
        for pk, touched in INCIDENTS.items()
    ]  # fmt: skip
    made += [
        (
            Facts(
                event="maintenance.scheduled", headline=word("window", pk), state="scheduled",
                url=f"{SITE}/maintenance/MAINT-2026-{pk:03}", subject_id=pk,
                reference=f"MAINT-2026-{pk:03}", starts_at="2026-11-22T06:00:00Z",
                ends_at="2026-11-22T08:00:00Z", **of(touched), **shared,
            ),
            Audience(Kind.MAINTENANCE, component_ids=frozenset(touched)),
        )
        for pk, touched in WINDOWS.items()
    ]  # fmt: skip
    return made + [changed(*pks) for pks in ((1,), (2, 5), IDS)]


def of(touched: tuple[int, ...]) -> dict[str, Any]:
    public = [pk for pk in touched if pk != HIDDEN]
    return {
        "components": tuple(word("component", pk) for pk in public),
        "component_ids": tuple(public),
        "more": {"states": [(word("component", pk), "degraded", pk) for pk in public]},
    }


def changed(*pks: int) -> tuple[Facts, Audience]:
    changes = tuple(
        Change(word("component", pk), str(Status.DEGRADED), "operational", component_id=pk)
        for pk in pks
    )
    facts = Facts(
        event="component.status_changed", headline=status_headline(changes), state="degraded",
        url=f"{SITE}/components/{word('component', pks[0])}" if len(pks) == 1 else SITE,
        at="2026-11-21T14:02:08Z", overall="major_outage", changes=changes, subject_id=pks[-1],
        components=tuple(each.name for each in changes), component_ids=pks,
    )  # fmt: skip
    return facts, Audience(Kind.STATUS, component_ids=frozenset(pks))


def told_on(selected: tuple[int, ...]) -> list[Facts]:
    """What somebody is told who follows everything on a page that selects these."""
    names = frozenset(word("component", pk) for pk in selected)
    page = SubscribedPage(
        "shop", "The shop", f"{SITE}/p/shop", SITE, frozenset(selected), names, overall="degraded"
    )
    follower = Preferences(Scope.ALL, list(Kind), selected=page.component_ids)
    told = [facts_on(facts, page) for facts, about in messages() if matches(follower, about)]
    return [each for each in told if each is not None]


def shapes() -> list[HookChannel]:
    return [each for each in registry.channels().values() if isinstance(each, HookChannel)]


def message_bytes(facts: Facts) -> bytes:
    """A message as mail and as every hook and chat has it."""
    # What is left of them when a message is addressed.
    states = [(name, status) for name, status, _ in facts.more.get("states", ())]
    facts = replace(facts, more={"states": states} if states else {})
    mail = render(facts, words=words_of("de"))
    hooks = [encoded(shape, facts, unsubscribe_url="") for shape in FORMATS.values()]
    hooks += [encoded(each.body, facts, unsubscribe_url="") for each in shapes()]
    texts = (mail.subject, mail.plain_for({}, states), mail.html_for({}, states))
    return b"\n".join([*hooks, *(each.encode() for each in texts)])


@given(ids)
@settings(max_examples=5)
def test_no_byte_of_a_message_names_what_its_page_does_not_select(
    selected: tuple[int, ...],
) -> None:
    said = b"".join(message_bytes(each) for each in told_on(selected))

    assert [each for each in sorted(foreign_words(selected)) if each.encode() in said] == []
    assert [pk for pk in selected if word("component", pk).encode() not in said] == []


@given(st.lists(ids, min_size=1, max_size=4))
def test_the_subscribers_of_all_pages_together_are_told_what_those_of_main_are_told(
    selections: list[tuple[int, ...]],
) -> None:
    rest = tuple(pk for pk in IDS if not any(pk in each for each in selections))

    told = [facts for each in (*selections, rest) for facts in told_on(each)]

    of_events = {(each.event, each.reference) for each in told if each.reference}
    assert of_events == {
        (facts.event, facts.reference)
        for facts, about in messages()
        if facts.reference and about.component_ids != {HIDDEN}
    }
    changes = {change for each in told for change in each.changes}
    assert changes == {change for facts, _ in messages() for change in facts.changes}
