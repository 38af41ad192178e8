"""What the page may show of maintenance windows, and what the gate goes by."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from components.models import Component
from components.models.translations import by_language
from maintenance.models import Window
from maintenance.selectors import OPEN_STATES, listed_windows
from statuspage.state.component_row import ComponentRow
from statuspage.state.page_state import BlockView, UpdateView, WindowView

PAST_WINDOW_DAYS = 7

Named = Component | ComponentRow


def window_fields(shown: Mapping[int, Named], *, now: datetime) -> dict[str, Any]:
    """Return the fields of `PageState` that are about windows."""
    since = now - timedelta(days=PAST_WINDOW_DAYS)
    listed = listed_windows(closed_since=since)
    covered_ids = {window: [each.pk for each in window.components.all()] for window in listed}
    public = [
        window for window, ids in covered_ids.items() if not ids or any(pk in shown for pk in ids)
    ]
    past = [window for window in public if window.state not in OPEN_STATES]
    past.sort(key=lambda window: _closed(window, now), reverse=True)
    return {
        "windows": tuple(window_view(w, shown) for w in public if w.state in OPEN_STATES),
        "past_windows": tuple(window_view(w, shown) for w in past if _closed(w, now) >= since),
        "older_windows": tuple(window_view(w, shown) for w in past if _closed(w, now) < since),
        "blocks": tuple(
            _block_view(window, shown, named=window in public)
            for window in covered_ids
            if window.blocks_api and window.state in OPEN_STATES
        ),
    }


def _closed(window: Window, now: datetime) -> datetime:
    return window.closed_at or now


def window_view(window: Window, shown: Mapping[int, Named]) -> WindowView:
    """Return a window as the public sees it; `shown` are the public components."""
    updates = tuple(
        UpdateView(
            update.pk,
            update.state,
            update.message,
            update.created_at,
            messages=by_language(update.messages),
        )
        for update in window.updates.all()
    )
    covered = [shown[each.pk] for each in window.components.all() if each.pk in shown]
    return WindowView(
        id=window.pk,
        title=window.title,
        message=window.message,
        state=window.state,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        components=tuple(component.name for component in covered),
        blocks_api=window.blocks_api,
        reference=window.reference,
        impact=window.impact,
        regions=tuple(window.regions),
        component_slugs=tuple(component.slug for component in covered),
        closed_at=window.closed_at,
        updates=updates,
        sequence=window.version,
        changed_at=max([window.updated_at, *(update.created_at for update in updates)]),
        created_at=window.created_at,
        titles=by_language(window.titles),
        messages=by_language(window.messages),
    )


def _block_view(window: Window, shown: Mapping[int, Named], *, named: bool) -> BlockView:
    covered = [each.pk for each in window.components.all()]
    return BlockView(
        window_id=window.pk,
        title=window.title if named else "",
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        slugs=tuple(shown[pk].slug for pk in covered if pk in shown),
        everything=not covered,
    )
