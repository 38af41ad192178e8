"""S: what existing status-page tools read, key by key and in order."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components import journal
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident, post_update
from incidents.workflow import IncidentState
from maintenance.models import Window
from maintenance.services import schedule
from statuspage.edge.app import EdgeApp
from statuspage.publishing import rendered
from statuspage.renderers.json.statuspage_v2 import PATHS, statuspage_v2
from statuspage.state.builder import gather
from statuspage.state.page_state import PageState
from tests import build
from tests.contracts.golden import golden
from tests.statuspage import page_scenes
from tests.statuspage import page_states as make
from tests.statuspage.asgi import ask, scope


def a_state() -> PageState:
    state = page_scenes.partial_outage()
    told = (
        make.update("Fixed; we watch.", pk=3, status="monitoring", created_at=make.at(14, 30)),
        replace(make.update("It fails.", pk=2), declared=(("API", Status.MAJOR_OUTAGE),)),
    )
    api = next(each for each in state.components if each.name == "API")
    broken = make.incident("API fails", pk=7, components=[api.name], status="monitoring",
                           severity="critical", updates=told)  # fmt: skip
    past = make.incident("Past", pk=5, status="resolved", severity="none",
                         started_at=make.at(8, days=-3),
                         resolved_at=make.at(9, days=-3))  # fmt: skip
    older = make.incident("Older", pk=4, status="resolved", started_at=make.at(8, days=-30),
                          resolved_at=make.at(9, days=-30))  # fmt: skip
    broken, past, older = (
        replace(each, reference=f"INC-2026-00{each.id}") for each in (broken, past, older)
    )
    state = replace(
        state,
        incidents=(broken,),
        past_incidents=(replace(past, postmortem=True),),
        older_incidents=(older,),
        windows=(
            make.window("Now", pk=1, state="in_progress", components=["API"],
                        starts_at=make.at(14), ends_at=make.at(16)),
            make.window("Soon", pk=2, message="We move."),
        ),
        past_windows=(
            make.window("Done", pk=3, state="completed", starts_at=make.at(1), ends_at=make.at(2)),
            make.window("Not done", pk=4, state="cancelled"),
        ),
    )  # fmt: skip
    windows, over = (
        tuple(replace(each, reference=f"MAINT-2026-00{each.id}") for each in views)
        for views in (state.windows, state.past_windows)
    )
    return replace(state, windows=windows, past_windows=over)


def answers(state: PageState) -> dict[str, Any]:
    return {path: json.loads(body) for path, body in statuspage_v2(state).items()}


def test_s_every_path_is_rendered_at_publication() -> None:
    assert statuspage_v2(a_state()).keys() == PATHS
    assert rendered.build(a_state()).bodies.keys() > PATHS


@pytest.mark.parametrize("path", sorted(PATHS))
def test_s_each_answer_is_the_golden_one(path: str) -> None:
    told = answers(a_state())[path]
    name = path.removeprefix("/api/v2/").replace("/", "-")

    # As text, since the order of keys is part of the contract.
    assert json.dumps(told) == json.dumps(golden(f"statuspage-{name}", told))


def test_s_keys_are_in_the_contracts_order() -> None:
    told = answers(a_state())
    summary = told["/api/v2/summary.json"]

    assert list(summary) == [
        "page", "components", "incidents", "scheduled_maintenances", "status",
    ]  # fmt: skip
    assert list(summary["page"]) == ["id", "name", "url", "time_zone", "updated_at"]
    assert list(summary["status"]) == ["indicator", "description"]
    group, member = summary["components"][0], summary["components"][1]
    keys = [
        *("id", "name", "status", "created_at", "updated_at", "position", "description"),
        *("showcase", "start_date", "group_id", "page_id", "group", "only_show_if_degraded"),
    ]
    assert (list(group), list(member)) == ([*keys, "components"], keys)
    incident = summary["incidents"][0]
    keys = [
        *("id", "name", "status", "created_at", "updated_at", "monitoring_at", "resolved_at"),
        *("impact", "shortlink", "started_at", "page_id", "incident_updates", "components"),
    ]
    assert list(incident) == keys
    window = summary["scheduled_maintenances"][0]
    assert list(window) == [*keys, "scheduled_for", "scheduled_until"]
    assert list(incident["incident_updates"][0]) == [
        *("id", "status", "body", "incident_id", "created_at", "updated_at", "display_at"),
        *("affected_components", "deliver_notifications", "custom_tweet", "tweet_id"),
    ]


def test_s_groups_list_their_members_and_members_name_their_group() -> None:
    told = answers(a_state())["/api/v2/components.json"]["components"]
    groups = {each["id"]: each["components"] for each in told if each["group"]}

    assert groups
    for each in told:
        if each["group_id"] is not None:
            assert each["id"] in groups[each["group_id"]]
    assert [each["position"] for each in told] == list(range(1, len(told) + 1))


def test_s_incidents_are_any_state_and_unresolved_are_open() -> None:
    told = answers(a_state())
    everything = told["/api/v2/incidents.json"]["incidents"]

    assert [each["name"] for each in everything] == ["API fails", "Past", "Older"]
    assert [each["status"] for each in everything] == ["monitoring", "postmortem", "resolved"]
    assert [each["impact"] for each in everything] == ["critical", "none", "major"]
    unresolved = told["/api/v2/incidents/unresolved.json"]["incidents"]
    assert [each["name"] for each in unresolved] == ["API fails"]
    first = unresolved[0]
    assert first["monitoring_at"] == "2026-11-21T14:30:00.000Z"
    assert [each["status"] for each in first["incident_updates"]] == ["monitoring", "investigating"]
    assert first["incident_updates"][0]["affected_components"] is None
    affected = first["incident_updates"][1]["affected_components"][0]
    assert (affected["old_status"], affected["new_status"]) == ("operational", "major_outage")


def test_s_windows_are_told_by_state_and_cancelled_ones_never() -> None:
    told = answers(a_state())
    prefix = "/api/v2/scheduled-maintenances"

    def names(path: str) -> list[str]:
        return [each["name"] for each in told[path]["scheduled_maintenances"]]

    assert names(f"{prefix}.json") == ["Soon", "Now", "Done"]
    assert names(f"{prefix}/upcoming.json") == ["Soon"]
    assert names(f"{prefix}/active.json") == ["Now"]
    assert names("/api/v2/summary.json") == ["Now", "Soon"]
    assert told[f"{prefix}/active.json"]["scheduled_maintenances"][0]["impact"] == "maintenance"


@pytest.mark.parametrize(
    ("status", "indicator", "word"),
    [
        (Status.OPERATIONAL, "none", "operational"),
        (Status.MAINTENANCE, "none", "under_maintenance"),
        (Status.UNKNOWN, "minor", "degraded_performance"),
        (Status.DEGRADED, "minor", "degraded_performance"),
        (Status.PARTIAL_OUTAGE, "major", "partial_outage"),
        (Status.MAJOR_OUTAGE, "critical", "major_outage"),
    ],
)
def test_s_words_are_those_of_the_table(status: Status, indicator: str, word: str) -> None:
    told = answers(make.one(make.component(status=status)))["/api/v2/summary.json"]

    assert (told["status"]["indicator"], told["components"][0]["status"]) == (indicator, word)


def strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, key)
    elif isinstance(value, str):
        yield key, value


def test_s_ids_and_instants_have_their_form_and_ids_are_stable_for_ever() -> None:
    told = list(strings(answers(a_state())))

    for key, value in told:
        if key in ("id", "page_id", "group_id", "incident_id", "code"):
            assert re.fullmatch(r"[a-z0-9]{12}", value), (key, value)
        if key.endswith(("_at", "_for", "_until")):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value), (key, value)
    # Kept somewhere out there: these may never change.
    summary = answers(make.one(make.component(pk=1)))["/api/v2/summary.json"]
    ids = (summary["page"]["id"], summary["components"][1]["id"])
    assert ids == ("atb7ca3u37lg", "ecm3sn1rkx6b")


@pytest.mark.asyncio
async def test_s_is_served_ready_made_with_cors_and_304() -> None:
    async def behind(*_: Any) -> None:
        raise AssertionError("S is answered before Django")

    door = EdgeApp(behind)
    door._started = True
    door.pages.install(rendered.build(a_state()))

    for path in PATHS:
        answer = await ask(door, scope(path, headers={"origin": "https://elsewhere.example"}))
        again = await ask(door, scope(path, if_none_match=answer.headers["etag"]))
        packed = await ask(door, scope(path, accept_encoding="br"))
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")
        assert (again.status, packed.headers["content-encoding"]) == (304, "br")
        assert door.immediate_response(scope(path)) is not None
    refused = await ask(door, scope("/api/v2/summary.json", "POST"))
    preflight = await ask(door, scope("/api/v2/summary.json", "OPTIONS"))
    assert (refused.status, preflight.status) == (405, 204)


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_s_older_incidents_are_listed_up_to_the_newest_fifty() -> None:
    now = datetime.now(UTC)
    shop = build.component("Shop")
    with journal.without_listeners():  # nobody asks for the pages of those in between
        for number in range(52):
            began = now - timedelta(days=60 - number / 10)
            incident = open_incident(
                title=f"Old {number}", severity=Severity.MINOR, message="m", started_at=began,
                impacts={shop: Status.DEGRADED}, notify=False,
            )  # fmt: skip
            if number < 3:
                post_update(incident, status=IncidentState.RESOLVED, message="over", notify=False)
    Incident.objects.filter(resolved_at__isnull=False).update(resolved_at=now - timedelta(days=40))

    state = gather(now=now)
    told = answers(state)["/api/v2/incidents.json"]["incidents"]

    assert len(told) == 50
    assert told[0]["name"] == "Old 51"
    assert [view.title for view in state.older_incidents] == ["Old 2"]
    assert state.past_incidents == ()


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_s_windows_long_over_are_listed_up_to_the_newest_fifty_and_nowhere_else() -> None:
    now = datetime.now(UTC)
    shop = build.component("Shop")
    hidden = build.component("Cellar", visible=False)
    with journal.without_listeners():
        for number in range(53):
            began, title = now - timedelta(days=80 - number), f"Work {number}"
            window = Window(title=title, starts_at=began, ends_at=began + timedelta(hours=1))
            schedule(window, components=[hidden if number == 50 else shop], at=now)

    state = gather(now=now)
    told = answers(state)["/api/v2/scheduled-maintenances.json"]["scheduled_maintenances"]

    titles = [each["name"] for each in told]
    assert (len(titles), titles[0], titles[-1]) == (50, "Work 52", "Work 2")
    assert "Work 50" not in titles
    assert state.past_windows == ()
    assert len(state.older_windows) == 50
