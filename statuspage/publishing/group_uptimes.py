"""The uptime of groups as a page published it, for the API: read once for each publication."""

from dataclasses import dataclass
from typing import Any

from statuspage.pages.face import MAIN
from statuspage.publishing import snapshot
from statuspage.renderers.html.numbers import floor_percent
from statuspage.state.joint_uptime import joint_uptime
from statuspage.state.page_state import PageState
from statuspage.state.selection import shown_on


@dataclass(frozen=True, slots=True)
class _Known:
    publication: Any
    state: PageState | None


_known = _Known(None, None)


def group_uptimes(page: str = "") -> dict[int, float]:
    """Return the uptime in 90 days of each group that a page shows, by the groups' ids.

    A group of which nothing is known is left out, as is one that is hidden.
    """
    state = _published()
    if state is not None and page not in ("", MAIN):
        face = next((each for each in state.faces if each.slug == page), None)
        state = shown_on(state, face) if face is not None else None
    uptimes = {
        group.id: joint_uptime(group.components) for group in (state.groups if state else ())
    }
    return {
        pk: floor_percent(percent)
        for pk, percent in uptimes.items()
        if pk is not None and percent is not None
    }


def _published() -> PageState | None:
    global _known  # noqa: PLW0603  (what was read last)
    publication = snapshot.published_identity()
    known = _known
    if publication is None:
        return None
    if known.publication != publication:
        _known = known = _Known(publication, snapshot.published_state())
    return known.state
