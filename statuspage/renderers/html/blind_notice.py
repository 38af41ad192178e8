"""The notice that monitoring itself has lost its network, in plain words."""

from statuspage.renderers.html.escaping import escape_text
from statuspage.renderers.html.times import clock, time_tag
from statuspage.state.page_state import PageState

_EVERYWHERE = (
    "<b>Monitoring is blind since {at}.</b> It has lost its own network: until that is back,"
    " nothing new is known about what it watches."
)
_SOMEWHERE = (
    "<b>Monitoring from {name} is blind since {at}.</b> It has lost its own network there; what"
    " other places see still counts."
)


def blind_notices(state: PageState) -> list[str]:
    """Return HTML: one notice for each blind vantage point, or one for all of them."""
    if state.blind and state.blind_everywhere:
        first = state.blind[0].since
        return [_EVERYWHERE.format(at=time_tag(first, clock(first, today=state.today)))]
    return [
        _SOMEWHERE.format(
            name=escape_text(view.name),
            at=time_tag(view.since, clock(view.since, today=state.today)),
        )
        for view in state.blind
    ]
