"""The notice that monitoring itself is blind, in plain words."""

from components.languages.words import ENGLISH, Words, msg
from statuspage.renderers.html.escaping import escape_text
from statuspage.renderers.html.times import clock, time_tag
from statuspage.state.page_state import BlindView, PageState

_NETWORK_EVERYWHERE = (
    msg("Monitoring is blind since {at}."),
    msg(
        "It has lost its own network: until that is back,"
        " nothing new is known about what it watches."
    ),
)
_NAMES_EVERYWHERE = (
    msg("Monitoring is blind since {at}."),
    msg(
        "It has lost its own name servers: until that is back,"
        " nothing new is known about what it watches by name."
    ),
)
_NETWORK_SOMEWHERE = (
    msg("Monitoring from {name} is blind since {at}."),
    msg("It has lost its own network there; what other places see still counts."),
)
_NAMES_SOMEWHERE = (
    msg("Monitoring from {name} is blind since {at}."),
    msg("It has lost its own name servers there; what other places see still counts."),
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
    at = time_tag(view.since, clock(view.since, today=state.today, words=words))
    return f"<b>{words(title, at=at, name=escape_text(view.name))}</b> {words(sentence)}"
