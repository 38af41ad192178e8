"""The uptime of several components together: the one rule for groups and pages, everywhere."""

from collections.abc import Iterable

from statuspage.state.page_state import ComponentView


def joint_uptime(components: Iterable[ComponentView]) -> float | None:
    """Return the mean of those that count for the overall status and are known; None for none."""
    known = [
        each.uptime for each in components if each.counts_for_overall and each.uptime is not None
    ]
    return sum(known) / len(known) if known else None
