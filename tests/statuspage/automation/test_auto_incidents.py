"""From verdicts to alerts and incidents, once each, whatever runs twice or dies."""

from typing import Any

import pytest

from components.languages.names import NAMES
from components.models import JournalEntry
from components.services import save_component, set_override
from components.status import Status, Verdict
from components.values.severity import Severity
from incidents.models import Incident
from incidents.notes import add_note
from incidents.services import edit_incident, open_incident, post_update
from incidents.workflow import IncidentState
from maintenance.models import Window
from statuspage.automation import auto_incidents
from statuspage.models import Page
from tests import build
from tests.statuspage.outages import alerts, at, the_incident, turns, watched

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_an_outage_opens_is_continued_and_resolves_m38() -> None:
    shop = watched("Shop")

    turns(shop, Verdict.DOWN, 0)
    auto_incidents.run(now=at(1))
    turns(shop, Verdict.DEGRADED, 60)
    auto_incidents.run(now=at(61))
    turns(shop, Verdict.UP, 120)
    auto_incidents.run(now=at(121))

    incident = the_incident()
    assert incident.title == "Shop is down"
    assert (incident.severity, incident.published, incident.machine_only) == ("minor", True, True)
    assert incident.started_at == at(0)
    assert [update.status for update in incident.updates.all()] == [
        "resolved", "investigating", "investigating",
    ]  # fmt: skip
    assert alerts() == [("raised", "Shop"), ("resolved", "Shop")]
    assert build.status_of(shop) is Status.OPERATIONAL


def test_each_language_of_the_page_reads_it_in_its_own_words() -> None:
    shop = watched("Shop")

    turns(shop, Verdict.DOWN, 0)
    auto_incidents.run(now=at(1))
    turns(shop, Verdict.UP, 120)
    auto_incidents.run(now=at(121))

    incident = the_incident()
    newest, first = incident.updates.all()
    others = set(NAMES) - {"en"}
    assert others == set(incident.titles) == set(first.messages) == set(newest.messages)
    assert incident.titles["de"] == "Shop ist ausgefallen"
    assert "Die Prüfung schlägt fehl." in first.messages["de"]
    assert newest.messages["de"].startswith("Shop funktioniert seit ")


def test_a_page_of_another_language_has_it_as_the_original() -> None:
    Page.objects.update_or_create(slug="main", defaults={"languages": "de,en"})
    shop = watched("Shop")

    turns(shop, Verdict.DOWN, 0)
    auto_incidents.run(now=at(1))

    incident = the_incident()
    assert (incident.title, incident.titles) == ("Shop ist ausgefallen", {"en": "Shop is down"})
    assert "This was found by our monitoring" in incident.updates.get().messages["en"]


def test_a_persons_title_takes_the_place_of_all_translations() -> None:
    shop = watched("Shop")
    turns(shop, Verdict.DOWN, 0)
    auto_incidents.run(now=at(1))

    edit_incident(the_incident(), changes={"title": "Checkout is down"})

    assert (the_incident().title, the_incident().titles) == ("Checkout is down", {})


def test_nothing_internal_is_said_in_public_s2() -> None:
    shop = watched("Shop")

    turns(shop, Verdict.DOWN, 0)
    auto_incidents.run(now=at(1))

    message = the_incident().updates.get().message
    assert "10.0.0.7" not in message
    assert "The check fails." in message


@pytest.mark.parametrize(
    ("fields", "published"),
    [({"auto_incident": "draft"}, False), ({"auto_incident": "publish"}, True),
     ({"auto_incident": "publish", "visible": False}, False)],
)  # fmt: skip
def test_drafts_stay_drafts_and_the_hidden_is_never_published(
    fields: dict[str, Any], published: bool
) -> None:
    turns(watched("Shop", **fields), Verdict.DOWN, 0)
    auto_incidents.run(now=at(1))

    assert the_incident().published is published


def test_off_alerts_only() -> None:
    turns(watched("Shop", auto_incident="off"), Verdict.DOWN, 0)
    auto_incidents.run(now=at(1))

    assert not Incident.objects.exists()
    assert alerts() == [("raised", "Shop")]


def test_delays_are_kept_by_the_clock() -> None:
    shop = watched("Shop", opening_delay=60, closing_delay=120)

    turns(shop, Verdict.DOWN, 0)
    auto_incidents.run(now=at(59))
    early = Incident.objects.count()
    auto_incidents.run(now=at(60))
    turns(shop, Verdict.UP, 100)
    auto_incidents.run(now=at(219))
    still_open = the_incident().resolved_at is None
    auto_incidents.run(now=at(220))

    assert (early, still_open) == (0, True)
    assert the_incident().resolved_at == at(220)


def test_a_component_that_comes_and_goes_has_one_incident() -> None:
    shop = watched("Shop")

    for start in range(0, 600, 100):
        turns(shop, Verdict.DOWN, start)
        auto_incidents.run(now=at(start + 1))
        turns(shop, Verdict.UP, start + 50)
        auto_incidents.run(now=at(start + 51))

    assert the_incident().updates.count() == 12


def test_unknown_neither_raises_nor_resolves() -> None:
    shop, other = watched("Shop"), watched("Other")

    turns(other, Verdict.UNKNOWN, 0)
    turns(shop, Verdict.DOWN, 0)
    auto_incidents.run(now=at(1))
    turns(shop, Verdict.UNKNOWN, 10)
    auto_incidents.run(now=at(1000))

    assert alerts() == [("raised", "Shop")]
    assert the_incident().resolved_at is None


@pytest.mark.parametrize("act", ["update", "note"])
def test_what_a_person_touched_is_theirs_m38(act: str) -> None:
    shop = watched("Shop")
    turns(shop, Verdict.DOWN, 0)
    auto_incidents.run(now=at(1))

    if act == "update":
        post_update(the_incident(), status=IncidentState.IDENTIFIED, message="m", actor="olga")
    else:
        add_note(the_incident(), text="mine", actor="olga")
    turns(shop, Verdict.UP, 10)
    auto_incidents.run(now=at(500))

    assert the_incident().resolved_at is None
    assert the_incident().updates.count() == (2 if act == "update" else 1)


def test_a_persons_incident_is_enough() -> None:
    shop = watched("Shop")
    open_incident(title="We know", severity=Severity.MAJOR, message="m",
                  impacts={shop: Status.MAJOR_OUTAGE})  # fmt: skip

    turns(shop, Verdict.DOWN, 0)
    auto_incidents.run(now=at(1))

    assert the_incident().title == "We know"


def test_a_status_set_by_hand_or_declared_opens_nothing() -> None:
    shop, other = watched("Shop"), watched("Other")

    set_override(shop, status=Status.MAJOR_OUTAGE)
    open_incident(title="t", severity=Severity.MAJOR, message="m",
                  impacts={other: Status.MAJOR_OUTAGE})  # fmt: skip
    auto_incidents.run(now=at(1))

    assert Incident.objects.count() == 1
    assert alerts() == []


def test_one_root_one_alert_one_incident() -> None:
    database, api, shop = watched("Database"), watched("API"), watched("Shop")
    save_component(api, depends_on=[database])
    save_component(shop, depends_on=[api])

    # The dependants are found out first.
    for seconds, component in enumerate((shop, api, database)):
        turns(component, Verdict.DOWN, seconds)
        auto_incidents.run(now=at(seconds))
    auto_incidents.run(now=at(300))

    assert sorted(alerts()) == [
        ("raised", "Database"), ("suppressed", "API"), ("suppressed", "Shop"),
    ]  # fmt: skip
    assert the_incident().title == "Database is down"
    suppressed = JournalEntry.objects.filter(kind="alert.suppressed")
    assert {row.data["name"]: row.data["by"] for row in suppressed} == {
        "API": ["Database"], "Shop": ["API"],
    }  # fmt: skip


def test_what_is_still_down_when_its_root_is_well_is_alerted_then() -> None:
    database, shop = watched("Database"), watched("Shop")
    save_component(shop, depends_on=[database])
    turns(database, Verdict.DOWN, 0)
    turns(shop, Verdict.DOWN, 1)
    auto_incidents.run(now=at(20))

    turns(database, Verdict.UP, 30)
    auto_incidents.run(now=at(31))

    assert alerts() == [
        ("raised", "Database"), ("suppressed", "Shop"), ("resolved", "Database"),
        ("raised", "Shop"),
    ]  # fmt: skip


def test_a_circle_does_not_silence_everybody_t28() -> None:
    one, two = watched("One"), watched("Two")
    one.depends_on.add(two)
    two.depends_on.add(one)

    turns(one, Verdict.DOWN, 0)
    turns(two, Verdict.DOWN, 0)
    auto_incidents.run(now=at(60))

    assert sorted(alerts()) == [("raised", "One"), ("suppressed", "Two")]


def test_a_window_mutes_and_its_end_raises_m26() -> None:
    shop = watched("Shop")
    window = Window.objects.create(
        title="Work", state="in_progress", starts_at=at(-10), ends_at=at(3600)
    )
    window.components.add(shop)

    turns(shop, Verdict.DOWN, 0)
    auto_incidents.run(now=at(1))
    during = (alerts(), Incident.objects.count())
    Window.objects.update(state="completed")
    auto_incidents.run(now=at(100))

    assert during == ([("muted", "Shop")], 0)
    assert alerts() == [("muted", "Shop"), ("raised", "Shop")]
    assert Incident.objects.count() == 1


def test_what_recovers_during_the_window_is_never_raised_m26() -> None:
    shop = watched("Shop")
    window = Window.objects.create(
        title="Work", state="in_progress", starts_at=at(-10), ends_at=at(3600)
    )
    window.components.add(shop)

    turns(shop, Verdict.DOWN, 0)
    auto_incidents.run(now=at(1))
    turns(shop, Verdict.UP, 2)
    auto_incidents.run(now=at(3))
    Window.objects.update(state="completed")
    auto_incidents.run(now=at(100))

    assert alerts() == [("muted", "Shop"), ("resolved", "Shop")]
    assert JournalEntry.objects.get(kind="alert.resolved").data["was"] == "muted"
