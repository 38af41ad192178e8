"""The first sentence answers: what is wrong, since when, and how much still works."""

import pytest

from components.status import Status
from statuspage.renderers.html.headline import group_summary, headline
from statuspage.state.page_state import ComponentView, PageState
from tests.statuspage import page_scenes
from tests.statuspage.page_states import TODAY, at, component, group, incident, page, window


def told(state: PageState) -> str:
    return headline(state).text(today=TODAY)


def services(*wrong: ComponentView, fine: int = 0) -> PageState:
    good = [component(f"Fine {n}", pk=100 + n) for n in range(fine)]
    return page([group(components=[*wrong, *good])], status=Status.PARTIAL_OUTAGE)


def down(name: str = "API", *, since: int | None = 2) -> ComponentView:
    return component(
        name, status=Status.MAJOR_OUTAGE, since=None if since is None else at(14, since)
    )


def impaired(name: str = "Search") -> ComponentView:
    return component(name, status=Status.DEGRADED, since=at(14, 3))


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (services(fine=1), "Fine 0 is working."),
        (services(fine=12), "All 12 services are working."),
        (services(down()), "API has been down since 14:02 UTC."),
        (
            services(down(), fine=11),
            "API has been down since 14:02 UTC. 11 of 12 services are working.",
        ),
        (
            services(down("A"), down("B"), fine=1),
            "A and B have been down since 14:02 UTC. 1 of 3 services is working.",
        ),
        (
            services(down("A"), down("B", since=9), down("C", since=4), fine=2),
            "A, C and B are down, the first since 14:02 UTC. 2 of 5 services are working.",
        ),
        (
            services(down("A"), down("B"), down("C"), down("D")),
            "A, B and 2 more have been down since 14:02 UTC. None of the 4 services is working.",
        ),
        (services(down(since=None), fine=1), "API is down. 1 of 2 services is working."),
        (
            services(down(), impaired(), fine=2),
            (
                "API has been down since 14:02 UTC."
                " 3 of 4 services are working, 1 of them with reduced performance."
            ),
        ),
        (
            services(impaired(), fine=2),
            (
                "Search has had reduced performance since 14:03 UTC."
                " The other 2 services are working normally."
            ),
        ),
        (
            services(impaired("A"), impaired("B")),
            "A and B have had reduced performance since 14:03 UTC. All of them are still working.",
        ),
        (
            services(component(status=Status.PARTIAL_OUTAGE, since=at(23, 50, days=-1)), fine=1),
            "API has been partly unavailable since 20 Nov, 23:50 UTC. 1 of 2 services is working.",
        ),
        (
            services(component(status=Status.UNKNOWN, since=at(14, 38)), fine=1),
            ("There has been no recent data for API since 14:38 UTC. 1 of 2 services is working."),
        ),
        (
            services(*[component(n, status=Status.UNKNOWN) for n in "AB"]),
            "There is no recent data for A and B. None of the 2 services is known to work.",
        ),
        # F-T13: what is unknown, and what is under maintenance, is not counted as broken.
        (
            services(
                down(),
                *(component(n, status=Status.UNKNOWN) for n in "AB"),
                component("C", status=Status.MAINTENANCE),
                fine=7,
            ),
            (
                "API has been down since 14:02 UTC. 7 of 11 services are working;"
                " 2 are unknown and 1 is under maintenance."
            ),
        ),
        (
            services(
                component("A", status=Status.UNKNOWN), component("B", status=Status.MAINTENANCE)
            ),
            (
                "There is no recent data for A. None of the 2 services is known to work;"
                " 1 is under maintenance."
            ),
        ),
        (page_scenes.empty(), "Services will appear here once they are added."),
    ],
)
def test_the_answer(state: PageState, sentence: str) -> None:
    assert told(state) == sentence


def test_maintenance_is_told_with_its_end() -> None:
    assert told(page_scenes.maintenance()) == (
        "API and Model Storage are under maintenance until 16:00 UTC. 5 of 7 services are working."
    )


def test_maintenance_that_touches_no_component_is_told_too() -> None:
    state = page(
        [group(components=[component("A"), component("B")])],
        status=Status.MAINTENANCE,
        windows=[window(state="in_progress", starts_at=at(14), ends_at=at(16))],
    )

    assert told(state) == (
        "Maintenance is in progress until 16:00 UTC. All 2 services are working."
    )


def test_an_outage_is_told_before_maintenance_c7() -> None:
    state = services(component("B", status=Status.MAINTENANCE, since=at(13)), down(), fine=1)

    assert told(state).startswith("API has been down since 14:02 UTC.")


def test_what_counts_is_told_before_what_does_not() -> None:
    lab = component("Lab", status=Status.MAJOR_OUTAGE, since=at(9), counts_for_overall=False)

    assert told(services(lab, impaired(), fine=1)).startswith("Search has had")
    assert told(services(lab, fine=1)).startswith("Lab has been down since 09:00 UTC.")


def test_an_incident_that_touches_nothing_is_told() -> None:
    state = page([group(components=[component("A"), component("B")])], incidents=[incident()])

    assert told(state) == "All 2 services are working. 1 incident is open."


def test_the_label_is_the_status_word() -> None:
    assert headline(page_scenes.major_outage()).label == "Major Outage"
    assert headline(page_scenes.empty()).label == "Nothing is published here yet"


@pytest.mark.parametrize(
    ("statuses", "summary"),
    [
        ([Status.OPERATIONAL], "Working"),
        ([Status.OPERATIONAL] * 3, "All working"),
        ([Status.DEGRADED], "Degraded"),
        ([Status.OPERATIONAL, Status.DEGRADED], "All working, 1 degraded"),
        ([Status.OPERATIONAL] * 4 + [Status.MAJOR_OUTAGE], "4 of 5 working"),
        ([Status.OPERATIONAL, Status.UNKNOWN], "1 of 2 working, 1 unknown"),
        ([Status.MAINTENANCE], "0 of 1 working, 1 under maintenance"),
    ],
)
def test_a_group_says_how_much_of_it_works(statuses: list[Status], summary: str) -> None:
    each = [component(f"S{n}", status=status) for n, status in enumerate(statuses)]

    assert group_summary(group(components=each)) == summary


def test_what_needs_something_broken_is_told_as_maybe_affected() -> None:
    state = services(down(), component("Checkout", pk=7, affected_by=("API",)))

    assert told(state) == (
        "API has been down since 14:02 UTC. 1 of 2 services is working. Checkout may be affected."
    )
