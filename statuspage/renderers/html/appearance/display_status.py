"""The state under which a component is shown: its status, or that it may be affected."""

from components.languages.words import msg
from components.status import Status
from statuspage.renderers.html.icons import MAY_BE_AFFECTED
from statuspage.state.page_state import ComponentView

MAY_LABEL = msg("May be affected")


def shown_as(component: ComponentView) -> str:
    """Return the key of its icon and its colour: a status, or MAY_BE_AFFECTED.

    A component that works by itself, but needs one that does not, is neither: green would promise
    too much, and its own checks say nothing against it.
    """
    if component.affected_by and component.status is Status.OPERATIONAL:
        return MAY_BE_AFFECTED
    return component.status


def shown_label(component: ComponentView) -> str:
    """Return the word for `shown_as`."""
    return MAY_LABEL if shown_as(component) == MAY_BE_AFFECTED else component.status.label
