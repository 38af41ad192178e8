"""The notice that monitoring itself is blind, in plain words."""

from components.languages.words import ENGLISH, Words, msg
from statuspage.renderers.html.escaping import escape_text
from statuspage.renderers.html.times import clock, time_tag
from statuspage.state.observations import BlindView
from statuspage.state.page_state import PageState

_NETWORK_EVERYWHERE = (
    msg("Monitoring has been interrupted since {at}."),
    msg("The monitoring service has lost its own network. Results resume when it is back."),
)
_NAMES_EVERYWHERE = (
    msg("Monitoring has been interrupted since {at}."),
    msg(
        "The monitoring service cannot resolve names."
        " Results for monitors that use a host name resume when it can."
    ),
)
_NETWORK_SOMEWHERE = (
    msg("Monitoring from {name} has been interrupted since {at}."),
    msg("The monitoring service has no network there. Results from other regions still count."),
)
_NAMES_SOMEWHERE = (
    msg("Monitoring from {name} has been interrupted since {at}."),
    msg(
        "The monitoring service cannot resolve names there. Results from other regions still count."
    ),
)


def blind_notices(state: PageState, words: Words = ENGLISH) -> list[str]:
    """Return HTML: one notice for each blind vantage point, or one for all of them."""
    if state.blind and state.blind_everywhere:
        names_only = all(view.names_only for view in state.blind)
        first = state.blind[0]
        texts = _NAMES_EVERYWHERE if names_only else _NETWORK_EVERYWHERE
        return [_notice(first, texts, state, words)]
    return [
        _notice(view, _NAMES_SOMEWHERE if view.names_only else _NETWORK_SOMEWHERE, state, words)
        for view in state.blind
    ]


def _notice(view: BlindView, texts: tuple[str, str], state: PageState, words: Words) -> str:
    title, sentence = texts
    at = time_tag(view.since, clock(view.since, today=state.today_in(words), words=words))
    return f"<b>{words(title, at=at, name=escape_text(view.name))}</b> {words(sentence)}"
