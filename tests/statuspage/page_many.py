"""Pages of very many components, for what must stay small and readable all the same."""

from components.status import Status
from statuspage.state.page_state import PageState
from tests.statuspage.page_states import component, day, group, hours, page


def many(number: int, *, per_group: int = 25, collapsed: bool = False) -> PageState:
    """A page of many components with a plausible history, the same one every time."""
    statuses = (Status.DEGRADED, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE, Status.MAINTENANCE)
    components = [
        component(
            f"{_SERVICES[n % len(_SERVICES)]} {n + 1}",
            pk=n + 1,
            description=_ABOUT[n % len(_ABOUT)],
            uptime=100 - (n * 7 % 40) / 100,
            latency_ms=20 + n * 37 % 400,
            response_ms=hours(20 + n * 37 % 400, n),
            days=sorted(
                (
                    day(
                        (n * 13 + k * 31) % 90,
                        statuses[(n + k) % 4],
                        300 + (n * 97 + k * 53) % 5000,
                    )
                    for k in range(n % 4)
                ),
                key=lambda each: each.on,
            ),
        )
        for n in range(number)
    ]
    groups = [
        group(
            f"Region {start // per_group + 1}",
            components[start : start + per_group],
            pk=start // per_group + 1,
            collapsed=collapsed,
        )
        for start in range(0, number, per_group)
    ]
    return page(groups)


_SERVICES = ("API", "Dashboard", "Inference", "Storage", "Queue", "Search", "Sign-in")
_ABOUT = ("", "Public endpoints", "", "Used by every workspace", "Answers within a second")
