"""What the page is told of incidents and of dependencies, and what never reaches it."""

from datetime import UTC, datetime

import pytest

from components.models import Component
from components.services import save_component, set_override
from components.status import Status
from components.values.severity import Severity
from incidents.postmortems import save_postmortem
from incidents.services import open_incident, post_update
from incidents.workflow import IncidentState
from statuspage.publishing import projector
from statuspage.renderers.json.system_status import service_dependencies
from statuspage.state.builder import gather
from statuspage.state.page_state import ComponentView, PageState
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def state() -> PageState:
    return gather(now=datetime.now(UTC))


def view(component: Component) -> ComponentView:
    return next(each for each in state().components if each.id == component.pk)


def test_what_is_fine_but_depends_on_the_broken_says_so() -> None:
    shop, api, database = (build.component(name) for name in ("Shop", "API", "Database"))
    save_component(shop, depends_on=[api])
    save_component(api, depends_on=[database])

    set_override(database, status=Status.MAJOR_OUTAGE)

    assert view(shop).affected_by == ("Database",)
    assert view(shop).status is Status.OPERATIONAL
    assert view(shop).note == "Affected by Database."
    assert view(database).affected_by == ()


@pytest.mark.parametrize("status", [Status.OPERATIONAL, Status.MAINTENANCE])
def test_what_is_not_broken_affects_nobody(status: Status) -> None:
    shop, database = build.component(), build.component()
    save_component(shop, depends_on=[database])

    set_override(database, status=status)

    assert view(shop).affected_by == ()


def test_components_of_one_name_are_shown_apart_wherever_they_are_named_f_t19() -> None:
    europe, america = build.group("Europe"), build.group("America")
    one, other = build.component("API", group=europe), build.component("API", group=america)
    build.component("API", visible=False)
    shop = build.component("Shop")
    save_component(shop, depends_on=[one, other])
    open_incident(
        title="Slow",
        severity=Severity.MINOR,
        message="We look.",
        impacts={other: Status.MAJOR_OUTAGE},
    )
    projector.catch_up()

    seen = state()

    assert sorted(each.name for each in seen.components) == [
        "API (America)", "API (Europe)", "Shop",
    ]  # fmt: skip
    assert sorted(view(shop).needs) == ["API (America)", "API (Europe)"]
    assert seen.incidents[0].components == ("API (America)",)
    assert view(shop).affected_by == ("API (America)",)
    assert Component.objects.filter(name="API").count() == 3
    assert list(service_dependencies(seen)) == [each.name for each in seen.components]


def test_a_hidden_cause_is_not_named_s2() -> None:
    shop, secret = build.component(), build.component("Secret", visible=False)
    save_component(shop, depends_on=[secret])

    set_override(secret, status=Status.MAJOR_OUTAGE)

    assert view(shop).affected_by == ()


def test_a_circle_forced_into_the_database_ends_t28() -> None:
    one, two = build.component("One"), build.component("Two")
    one.depends_on.add(two)
    two.depends_on.add(one, two)

    set_override(one, status=Status.DEGRADED)

    assert view(two).affected_by == ("One",)
    assert view(one).affected_by == ()


def test_an_incident_is_told_with_reference_regions_and_declarations_t18() -> None:
    shop, secret = build.component("Shop"), build.component("Secret", visible=False)
    incident = open_incident(
        title="t",
        severity=Severity.MINOR,
        message="m",
        impacts={shop: Status.DEGRADED, secret: Status.MAJOR_OUTAGE},
        regions=["us-east-1"],
    )
    post_update(
        incident,
        status=IncidentState.IDENTIFIED,
        message="m",
        impacts={shop: Status.PARTIAL_OUTAGE},
    )

    told = state().incidents[0]

    assert (told.reference, told.regions) == (incident.reference, ("us-east-1",))
    assert told.impacts == (("Shop", Status.PARTIAL_OUTAGE),)
    assert [update.declared for update in told.updates] == [
        (("Shop", Status.PARTIAL_OUTAGE),), (("Shop", Status.DEGRADED),),
    ]  # fmt: skip
    assert "Secret" not in repr(state())


def test_a_post_mortem_is_flagged_only_once_it_is_published() -> None:
    incident = open_incident(title="t", severity=Severity.MINOR, message="m")
    post_update(incident, status=IncidentState.RESOLVED, message="m")
    save_postmortem(incident, parts={"impact": "i"})
    drafted = state().past_incidents[0].postmortem

    save_postmortem(incident, parts={}, publish=True)

    assert (drafted, state().past_incidents[0].postmortem) == (False, True)
