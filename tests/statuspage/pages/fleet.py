"""A state in which everything that may be named has a word of its own, and pages that select."""

import json
from dataclasses import replace
from typing import Any

from components.languages.registry import words_of
from components.status import Status
from statuspage.mcp import reading
from statuspage.pages.face import Face
from statuspage.publishing import documents, rendered
from statuspage.renderers.html.render import render_page
from statuspage.state.observations import BlindView
from statuspage.state.page_state import (
    BlockView,
    IncidentView,
    PageState,
    RegionView,
    WindowView,
)
from tests.statuspage.page_states import at, component, group, incident, page, update, window

GERMAN = words_of("de", explicit=True)
IDS = (1, 2, 3, 4, 5, 6)
STATUSES = (*Status, Status.OPERATIONAL)


def word(what: str, pk: int) -> str:
    return f"zq{what}{pk}qz"


def _component(pk: int):  # type: ignore[no-untyped-def]
    made = component(
        word("component", pk), pk=pk, status=STATUSES[pk % len(STATUSES)], since=at(pk),
        affected_by=(word("component", pk % 6 + 1),), description=word("about", pk),
    )  # fmt: skip
    region = RegionView(word("code", pk), word("region", pk), made.status, 12.0, at(14))
    return replace(made, regions=(region,), needs=(word("component", pk % 6 + 1),))


def _incident(pk: int, ids: tuple[int, ...]) -> IncidentView:
    names = [word("component", each) for each in ids]
    declared = tuple((name, Status.DEGRADED) for name in names)
    made = incident(word("incident", pk), pk=pk, components=names)
    told = replace(update(word("told", pk), pk=pk), declared=declared)
    return replace(
        made, updates=(told,), impacts=declared, component_ids=ids,
        reference=f"INC-2026-{pk:03}",
    )  # fmt: skip


def _window(pk: int, ids: tuple[int, ...]) -> WindowView:
    made = window(word("window", pk), pk=pk, components=[word("component", i) for i in ids])
    slugs = tuple(word("component", i) for i in ids)
    return replace(made, component_slugs=slugs, reference=f"MAINT-2026-{pk:03}")


INCIDENTS = {1: (1,), 2: (2, 3), 3: (), 4: (99,), 5: (4, 99)}
"""Of which components each incident is; 99 is hidden."""
WINDOWS = {1: (1, 2), 2: (5,), 3: ()}


def fleet(*faces: Face) -> PageState:
    """Six components in three groups, with one incident or window for each way to touch them."""
    groups = [
        group(
            word("group", n), [_component(pk) for pk in (2 * n - 1, 2 * n)], pk=n
        )
        for n in (1, 2, 3)
    ]  # fmt: skip
    state = page(
        groups,
        incidents=[_incident(pk, ids) for pk, ids in INCIDENTS.items() if pk % 2],
        past_incidents=[
            replace(_incident(pk, ids), resolved_at=at(14, 30), status="resolved")
            for pk, ids in INCIDENTS.items()
            if not pk % 2
        ],
        windows=[_window(pk, ids) for pk, ids in WINDOWS.items()],
    )
    return replace(
        state,
        faces=faces,
        blocks=tuple(
            BlockView(
                pk, word("window", pk), at(6, days=1), at(8, days=1),
                tuple(word("component", i) for i in ids), not ids,
            )
            for pk, ids in WINDOWS.items()
        ),
        blind=(BlindView(word("code", 6), word("region", 6), at(13)),),
        region_codes=tuple(word("code", pk) for pk in IDS),
    )  # fmt: skip


def all_bytes(state: PageState) -> bytes:
    """Everything that a page can say without the records, as one."""
    bodies = [each.identity for each in rendered.build(state).bodies.values()]
    paths = (*documents.all_paths(state), *documents.paths_for_machines(state))
    made = [documents.document(path, state) for path in paths]
    made += [
        documents.document(path, state, GERMAN) for path in ("/status.txt", "/status/feed.rss")
    ]
    return b"\n".join(
        [
            *bodies,
            render_page(state, words=GERMAN),
            *(each.body for each in made if each),
            json.dumps(for_assistants(state)).encode(),
        ]
    )


def for_assistants(state: PageState) -> list[dict[str, Any]]:
    """What the tools of MCP read of a page."""
    return [
        reading.status(state), reading.components(state), reading.incidents(state),
        reading.maintenance(state),
    ]  # fmt: skip


def foreign_words(ids: tuple[int, ...]) -> set[str]:
    """What a page that selects these components may not say."""
    words = {
        word(what, pk)
        for pk in IDS
        if pk not in ids
        for what in ("component", "about", "code", "region")
    }
    words |= {word("group", n) for n in (1, 2, 3) if not {2 * n - 1, 2 * n} & set(ids)}
    words |= {
        word(what, pk)
        for pk, touched in INCIDENTS.items()
        if touched and not set(touched) & set(ids)
        for what in ("incident", "told")
    }
    return words | {
        word("window", pk)
        for pk, touched in WINDOWS.items()
        if touched and not set(touched) & set(ids)
    }
