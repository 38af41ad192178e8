"""Whole pages for tests and pictures: a good day, every kind of bad one, and many services."""

from collections.abc import Callable
from dataclasses import replace

from components.status import Status
from components.uptime.layers import Policy
from statuspage.state.page_state import ComponentView, IncidentView, PageState
from tests.statuspage.page_states import (
    TODAY,
    ago,
    at,
    component,
    day,
    group,
    hours,
    incident,
    page,
    update,
    window,
)

_HOUR = 3600


def _platform() -> list[ComponentView]:
    degraded, partial, major = Status.DEGRADED, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE
    return [
        component(
            "API",
            pk=1,
            description="Core API endpoints",
            uptime=99.98,
            latency_ms=85,
            response_ms=hours(85, 85),
            days=[
                day(59, degraded, 1500),
                day(58, degraded, 2460),
                day(19, Status.MAINTENANCE, 2 * _HOUR),
            ],
        ),
        component(
            "Inference Routing",
            pk=2,
            description="Routers in four regions",
            uptime=99.719,
            latency_ms=412,
            response_ms=hours(412, 412),
            days=[
                day(78, degraded, 900),
                day(35, partial, 4320, degraded=1200),
                day(34, degraded, 780),
            ],
        ),
        component(
            "AI Services",
            pk=3,
            uptime=99.94,
            latency_ms=3200,
            response_ms=hours(3200, 3200),
            days=[day(35, degraded, 4000)],
        ),
        component("Dashboard", pk=4, latency_ms=41, response_ms=hours(41, 41)),
        component(
            "Model Storage",
            pk=5,
            uptime=99.99,
            latency_ms=23,
            response_ms=hours(23, 23),
            first_known_on=ago(67),
            days=[day(50, degraded, 240), day(8, major, 300)],
        ),
    ]


def _compute() -> list[ComponentView]:
    return [
        component(
            "GPU Clusters",
            pk=6,
            description="892 of 1,247 active",
            uptime=99.951,
            days=[
                day(84, Status.PARTIAL_OUTAGE, 1800),
                day(83, Status.MAJOR_OUTAGE, 2500, partial_outage=700),
                day(41, Status.MAINTENANCE, 5400),
            ],
        ),
        component(
            "Shared Agents",
            pk=7,
            description="38 agents reporting",
            uptime=99.9,
            days=[
                day(70, Status.DEGRADED, 600),
                day(69, Status.UNKNOWN, 86400),
                day(68, Status.UNKNOWN, 86400),
            ],
        ),
    ]


def past() -> list[IncidentView]:
    return [
        incident(
            "Slow sign-in for some customers",
            pk=31,
            severity="minor",
            status="resolved",
            components=["Dashboard"],
            started_at=at(9, 10, days=-2),
            resolved_at=at(9, 32, days=-2),
            updates=[
                update(
                    "Sign-in is back to its usual speed.",
                    pk=302,
                    status="resolved",
                    created_at=at(9, 32, days=-2),
                ),
                update("Sign-in takes up to ten seconds.", pk=301, created_at=at(9, 14, days=-2)),
            ],
        ),
        incident(
            "Model uploads failed",
            pk=30,
            status="resolved",
            components=["Model Storage"],
            started_at=at(22, 50, days=-8),
            resolved_at=at(0, 5, days=-7),
            updates=[
                update("All uploads work.", pk=299, status="resolved", created_at=at(0, 5, days=-7))
            ],
        ),
    ]


def all_good() -> PageState:
    return page([group("Platform", _platform()), group("Compute", _compute(), pk=2)])


def partial_outage() -> PageState:
    """One component partly unavailable, one slowed down by it, an open incident, a window ahead."""
    services = _platform()
    services[1] = replace(
        services[1],
        status=Status.PARTIAL_OUTAGE,
        since=at(14, 2),
        note="4 of 6 routers answer in us-east-1. The other regions are fine.",
        days=(*services[1].days, day(0, Status.PARTIAL_OUTAGE, 2290)),
    )
    services[2] = replace(
        services[2],
        status=Status.DEGRADED,
        since=at(14, 3),
        note="Affected by Inference Routing.",
        affected_by=("Inference Routing",),
        days=(*services[2].days, day(0, Status.DEGRADED, 2230)),
    )
    return replace(
        page([group("Platform", services), group("Compute", _compute(), pk=2)]),
        status=Status.PARTIAL_OUTAGE,
        since=at(14, 2),
        incidents=(
            incident(
                "Elevated errors on inference requests in us-east-1",
                pk=41,
                status="identified",
                components=["Inference Routing", "AI Services"],
                updates=[
                    update(
                        "Two of six routers in us-east-1 lost their connection to the model store"
                        " after a configuration change at 13:58. **We are rolling the change"
                        " back**; routers return one by one. Requests that fail with `503` can be"
                        " retried safely.",
                        pk=402,
                        status="identified",
                        created_at=at(14, 31),
                    ),
                    update(
                        "About one request in five to us-east-1 fails. Other regions are not"
                        " affected.",
                        pk=401,
                    ),
                ],
            ),
        ),
        windows=(
            window(
                "Database optimization and indexing",
                message="Reads stay available. Writes may take up to a minute longer.",
                components=["API", "Dashboard"],
                blocks_api=True,
            ),
        ),
        past_incidents=tuple(past()),
    )


def major_outage() -> PageState:
    services = [
        replace(
            each,
            status=Status.MAJOR_OUTAGE,
            since=at(13, 58, days=-1),
            latency_ms=None,
            note="No answer within 10 s." if each.id == 1 else "",
            days=(
                *each.days,
                day(1, Status.MAJOR_OUTAGE, 36_120),
                day(0, Status.MAJOR_OUTAGE, 52_800),
            ),
        )
        if each.id != 4
        else each
        for each in _platform()
    ]
    return replace(
        page([group("Platform", services), group("Compute", _compute(), pk=2)]),
        status=Status.MAJOR_OUTAGE,
        since=at(13, 58, days=-1),
        incidents=(
            incident(
                "Nothing answers in eu-west-1",
                pk=42,
                severity="critical",
                started_at=at(13, 58, days=-1),
                components=["API", "Inference Routing", "AI Services", "Model Storage"],
                updates=[
                    update("We lost power in one building.", pk=403, created_at=at(14, 2, days=-1))
                ],
            ),
        ),
    )


def maintenance() -> PageState:
    services = _platform()
    services[0] = replace(services[0], status=Status.MAINTENANCE, since=at(14, 0))
    services[4] = replace(services[4], status=Status.MAINTENANCE, since=at(14, 0))
    return replace(
        page([group("Platform", services), group("Compute", _compute(), pk=2)]),
        status=Status.MAINTENANCE,
        since=at(14, 0),
        windows=(
            window(
                "Storage migration",
                pk=51,
                state="in_progress",
                starts_at=at(14),
                ends_at=at(16),
                message="Uploads are queued and will finish by themselves.",
                components=["API", "Model Storage"],
            ),
            window("Certificate renewal", pk=52, starts_at=at(23, days=2), ends_at=at(1, days=3)),
        ),
    )


def degraded() -> PageState:
    services = _platform()
    services[2] = replace(services[2], status=Status.DEGRADED, since=at(14, 3))
    return page(
        [group("Platform", services), group("Compute", _compute(), pk=2)], status=Status.DEGRADED
    )


def unknown() -> PageState:
    services = _platform()
    services[3] = replace(
        services[3], status=Status.UNKNOWN, since=at(14, 38), checked_at=at(14, 35, 2)
    )
    return replace(
        page([group("Platform", services), group("Compute", _compute(), pk=2)]),
        status=Status.DEGRADED,
        checked_at=at(14, 35, 2),
    )


def empty() -> PageState:
    return page([])


def fresh_install() -> PageState:
    """Ten seconds after the first start: everything works, and there is hardly any history."""
    names = ["Web", "Workers", "Database"]
    return page(
        [
            group(
                "",
                [
                    component(name, pk=n, latency_ms=3.4 * n, first_known_on=TODAY)
                    for n, name in enumerate(names, 1)
                ],
                pk=None,
            )
        ],
        site_name="Site status",
    )


def every_status() -> PageState:
    """One component of each status, and one that is run by hand."""
    each = [
        component(
            f"Service {status.label}",
            pk=n,
            status=status,
            since=at(13, n),
            uptime=99.5,
            days=[day(n, status, 600)],
        )
        for n, status in enumerate(Status, 1)
    ]
    by_hand = component(
        "Support desk", pk=9, checked_at=None, uptime=None, first_known_on=None,
        basis=Policy.DECLARED, by_staff=True,
    )  # fmt: skip
    return page([group(components=[*each, by_hand])], status=Status.PARTIAL_OUTAGE)


SCENES: dict[str, Callable[[], PageState]] = {
    "good": all_good,
    "partial": partial_outage,
    "major": major_outage,
    "maintenance": maintenance,
    "degraded": degraded,
    "unknown": unknown,
    "empty": empty,
    "fresh-install": fresh_install,
    "every-status": every_status,
}
