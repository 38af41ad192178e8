"""The notice that monitoring itself is blind, in plain words."""

from statuspage.renderers.html.escaping import escape_text
from statuspage.renderers.html.times import clock, time_tag
from statuspage.state.page_state import PageState

_EVERYWHERE = (
    "<b>Monitoring is blind since {at}.</b> It has lost {lost}: until that is back,"
    " nothing new is known about {what}."
)
_SOMEWHERE = (
    "<b>Monitoring from {name} is blind since {at}.</b> It has lost {lost} there; what"
    " other places see still counts."
)
_NETWORK, _NAME_SERVERS = "its own network", "its own name servers"


def blind_notices(state: PageState) -> list[str]:
    """Return HTML: one notice for each blind vantage point, or one for all of them."""
    if state.blind and state.blind_everywhere:
        first = state.blind[0].since
        names_only = all(view.names_only for view in state.blind)
        return [
            _EVERYWHERE.format(
                at=time_tag(first, clock(first, today=state.today)),
                lost=_NAME_SERVERS if names_only else _NETWORK,
                what="what it watches by name" if names_only else "what it watches",
            )
        ]
    return [
        _SOMEWHERE.format(
            name=escape_text(view.name),
            at=time_tag(view.since, clock(view.since, today=state.today)),
            lost=_NAME_SERVERS if view.names_only else _NETWORK,
        )
        for view in state.blind
    ]
