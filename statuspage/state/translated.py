"""What people wrote, in the language of who reads it, where there is a translation: pure.

What is not translated stays the original, and says in which language that is: the page's own.
"""

from dataclasses import replace

from statuspage.pages.announcement import AnnouncementView
from statuspage.state.page_state import (
    IncidentView,
    PageState,
    Translations,
    UpdateView,
    WindowView,
)


def read_in(state: PageState, tag: str) -> PageState:
    """Return a state as readers of a language see it; in the page's own it is what it was."""
    own = state.languages[0]
    if tag == own:
        return state
    return replace(
        state,
        incidents=tuple(incident_in(each, tag, own) for each in state.incidents),
        past_incidents=tuple(incident_in(each, tag, own) for each in state.past_incidents),
        older_incidents=tuple(incident_in(each, tag, own) for each in state.older_incidents),
        windows=tuple(window_in(each, tag, own) for each in state.windows),
        past_windows=tuple(window_in(each, tag, own) for each in state.past_windows),
        older_windows=tuple(window_in(each, tag, own) for each in state.older_windows),
        announcements=tuple(_announcement_in(each, tag, own) for each in state.announcements),
    )


def incident_in(incident: IncidentView, tag: str, own: str) -> IncidentView:
    """Return an incident as readers of a language see it; `own` is that of the originals."""
    if tag == own:
        return incident
    title, language = _in(incident.title, incident.titles, tag, own)
    updates = tuple(_update_in(each, tag, own) for each in incident.updates)
    return replace(
        incident,
        title=title,
        title_language=language,
        updates=updates,
        # Nobody translates a post-mortem.
        report_language=own if incident.report else "",
    )


def window_in(window: WindowView, tag: str, own: str) -> WindowView:
    """Return a window as readers of a language see it; `own` is that of the originals."""
    if tag == own:
        return window
    title, title_language = _in(window.title, window.titles, tag, own)
    message, language = _in(window.message, window.messages, tag, own)
    return replace(
        window,
        title=title,
        title_language=title_language,
        message=message,
        language=language,
        updates=tuple(_update_in(each, tag, own) for each in window.updates),
    )


def original_language(view: IncidentView | WindowView) -> str:
    """Return the tag of the original language of what is not translated; '' if all of it is."""
    own = view.language if isinstance(view, WindowView) else ""
    updates = (each.language for each in view.updates)
    return view.title_language or own or next(filter(None, updates), "")


def _update_in(update: UpdateView, tag: str, own: str) -> UpdateView:
    message, language = _in(update.message, update.messages, tag, own)
    return replace(update, message=message, language=language)


def _announcement_in(announcement: AnnouncementView, tag: str, own: str) -> AnnouncementView:
    message, language = _in(announcement.message, announcement.messages, tag, own)
    return replace(announcement, message=message, language=language)


def _in(text: str, translations: Translations, tag: str, own: str) -> tuple[str, str]:
    """Return a text in a language, and '' or the language that it is in instead."""
    known = dict(translations)
    if tag in known:
        return known[tag], ""
    return text, own if text.strip() else ""
