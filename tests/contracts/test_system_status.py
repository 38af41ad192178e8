"""T01–T36: the system status API, answered in the edge from memory."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from components.status import Status
from monitors.rules.reader_metrics import ReaderFigures
from statuspage.access.tokens import digest
from statuspage.api import limits
from statuspage.edge.app import EdgeApp
from statuspage.edge.system_status import DEPENDENCIES, HISTORY, STATUS
from statuspage.edge.token_cache import KnownToken
from statuspage.pages.face import Face
from statuspage.publishing import rendered
from statuspage.state.figures import figures_of
from statuspage.state.page_state import (
    FiguresView,
    PageState,
    RegionView,
    WindowView,
)
from statuspage.state.selection import shown_on
from tests.contracts.golden import golden
from tests.statuspage import page_states as make
from tests.statuspage.asgi import Answer, ask, scope

READER, STRANGER, LATE = "sp_reader", "sp_stranger", "sp_late"


def region(code: str, status: Status = Status.OPERATIONAL, ms: float | None = 40.0) -> RegionView:
    return RegionView(code, code.title(), status, ms, make.NOW)


def a_state() -> PageState:
    api = replace(
        make.component("API", pk=1, slug="api", status=Status.PARTIAL_OUTAGE, uptime=99.987,
                       days=[make.day(1, Status.MAJOR_OUTAGE, 8640)]),
        regions=(region("us-east-1"), region("eu-west-1", Status.MAJOR_OUTAGE, None)),
        needs=("Database",), last_incident_at=make.at(14, 2), description="Core API",
    )  # fmt: skip
    storage = replace(
        make.component("Database", pk=2, slug="database", uptime=None, first_known_on=None),
        regions=(region("us-east-1", ms=10.0), region("eu-west-1", ms=30.5)),
    )
    told = make.update("Half of **all** calls\n\n- fail", status="identified")
    outage = replace(
        make.incident("Calls fail", pk=1, severity="none", status="identified",
                      components=["API"], updates=[told]),
        reference="INC-2026-001", regions=("eu-west-1",),
        impacts=(("API", Status.MAJOR_OUTAGE),),
    )  # fmt: skip
    old = [
        replace(make.incident(f"{days} days ago", pk=10 + days, resolved_at=make.at(9, days=-days)),
                reference=f"INC-2026-0{days:02d}")
        for days in (6, 8)
    ]  # fmt: skip
    state = make.page(
        [make.group(components=[api, storage])],
        status=Status.PARTIAL_OUTAGE,
        incidents=[outage],
        past_incidents=old,
        windows=[replace(make.window(components=["Database"]), reference="MAINT-2026-002")],
    )
    ended = make.window("Done", pk=3, state="completed", starts_at=make.at(1), ends_at=make.at(2))
    cancelled = make.window("Not done", pk=4, state="cancelled")
    figures = FiguresView(
        requests_total=100, requests_failed=3, average_ms=12.5, cpu=45.2, memory=60.0,
        storage=71.3, inbound="2.3 Gbps", outbound="1.8 Gbps", clusters=4, active_clusters=3,
        utilization=82.5, queue_length=17,
    )  # fmt: skip
    return replace(
        state,
        past_windows=(ended, cancelled),
        region_codes=("us-east-1", "eu-west-1", "global"),
        figures=figures,
    )


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> EdgeApp:
    """A edge that knows a page and three tokens, and follows nothing."""

    async def behind(*_: Any) -> None:
        raise AssertionError("T is answered before Django")

    monkeypatch.setattr("statuspage.edge.system_status.LIMITER", limits.Limiter())
    made = EdgeApp(behind)
    made._started = True
    made.pages.install(rendered.build(a_state()))
    scopes = frozenset({"status:read"})
    made.tokens._tokens = {
        digest(READER): KnownToken(1, scopes, None),
        digest(STRANGER): KnownToken(2, frozenset({"agents:write"}), None),
        digest(LATE): KnownToken(3, scopes, datetime.now(UTC) - timedelta(seconds=1)),
    }
    return made


def get(
    door: EdgeApp, path: str = STATUS, query: str = "", key: str = READER, **more: str
) -> Answer:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return asyncio.run(ask(door, scope(path, query=query, headers={**headers, **more})))


def told(door: EdgeApp, query: str = "", path: str = STATUS) -> Any:
    answer = get(door, path, query)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def names(answer: Any) -> list[str]:
    return [service["id"] for service in answer["services"]]


def test_t01_t09_to_t21_the_answer_is_the_golden_one(door: EdgeApp) -> None:
    answer = told(door)

    assert answer == golden("system-status.json", answer)
    assert list(answer) == [
        "overallStatus", "lastUpdated", "services", "incidents", "maintenanceWindows",
    ]  # fmt: skip


def test_t_a_page_is_asked_for_by_its_slug_and_a_token_of_a_page_has_that_one(
    door: EdgeApp,
) -> None:
    chosen = a_state().components[0]
    faces = tuple(Face(slug, slug, component_ids=(chosen.id,)) for slug in ("shop", "other"))
    state = replace(a_state(), faces=faces)
    shown = tuple(rendered.build(shown_on(state, face)) for face in faces)
    door.pages.install(replace(rendered.build(state), pages=shown), anew=True)
    known = dict(door.tokens._tokens or {})
    scopes = frozenset({"status:read"})
    door.tokens._tokens = {**known, digest("bound"): KnownToken(9, scopes, None, "shop")}

    assert names(told(door, "page=shop")) == [chosen.slug]
    assert len(names(told(door, "page=main"))) == len(names(told(door))) > 1
    for path in (STATUS, HISTORY, DEPENDENCIES):
        own = get(door, path, key="bound")
        assert (own.status, own.body) == (200, get(door, path, "page=shop").body)
        assert get(door, path, "page=other", key="bound").status == 400
        assert get(door, path, "page=main", key="bound").status == 400
        assert get(door, path, "page=nope").status == 400


def test_t10_t35_the_instant_is_that_of_the_publication(door: EdgeApp) -> None:
    assert told(door)["lastUpdated"] == "2026-11-21T14:40:10Z"


@pytest.mark.parametrize(
    "query",
    [
        "services=api&services=database",
        "services[]=api&services[]=database",
        "services%5B%5D=api&services%5B%5D=database",
        "services=api,database",
        "services=api%2Cdatabase",
        "services=",
    ],
)
def test_t03_every_spelling_of_services(door: EdgeApp, query: str) -> None:
    assert names(told(door, query)) == ["api", "database"]


@pytest.mark.parametrize(
    "query", ["regions=us-east-1", "regions[]=us-east-1", "regions=us-east-1,mars"]
)
def test_t04_every_spelling_of_regions(door: EdgeApp, query: str) -> None:
    answer = told(door, query)

    assert [each["region"] for each in answer["services"][0]["regions"]] == ["us-east-1"]


@pytest.mark.parametrize(
    ("word", "there"),
    [("true", True), ("True", True), ("TRUE", True), ("1", True), ("yes", True),
     ("false", False), ("False", False), ("0", False), ("no", False)],
)  # fmt: skip
def test_t05_t22_metrics_only_when_asked_for(door: EdgeApp, word: str, there: bool) -> None:
    assert ("metrics" in told(door, f"includeMetrics={word}")) is there


@pytest.mark.parametrize("word", ["", "maybe", "2", "null", "%00"])
@pytest.mark.parametrize("name", ["includeMetrics", "includeIncidents"])
def test_t05_anything_else_is_400_naming_the_parameter(door: EdgeApp, name: str, word: str) -> None:
    answer = get(door, query=f"{name}={word}")

    assert answer.status == 400
    assert json.loads(answer.body)["detail"].startswith(f"{name}:")
    assert answer.headers["content-type"] == "application/problem+json"


def test_t06_incidents_are_left_out_when_not_wanted(door: EdgeApp) -> None:
    assert told(door, "includeIncidents=no")["incidents"] == []


def test_t07_unknown_ids_are_warned_of_and_do_not_fail(door: EdgeApp) -> None:
    answer = told(door, "services=api,nothing&regions=mars")

    assert names(answer) == ["api"]
    assert answer["warnings"] == ["There is no service “nothing”.", "There is no region “mars”."]
    assert "warnings" not in told(door)


def test_t09_overall_is_that_of_the_requested_regions(door: EdgeApp) -> None:
    everywhere, east, west = (
        told(door, query) for query in ("", "regions=us-east-1", "regions=eu-west-1")
    )

    assert everywhere["overallStatus"] == "partial_outage"
    assert east["overallStatus"] == "operational"
    assert (west["overallStatus"], west["services"][0]["status"]) == (
        "partial_outage", "major_outage",
    )  # fmt: skip
    assert [each["id"] for each in east["incidents"]] == ["INC-2026-006"]
    assert "partial_outage" in told(door, "services=database")["overallStatus"]


def test_t04_a_region_in_which_nothing_is_watched_is_unknown_f_t14(door: EdgeApp) -> None:
    """Unknown is told as degraded in this dialect, by the table of words."""
    answer = told(door, "regions=global")

    assert answer["overallStatus"] == "degraded"
    assert [each["status"] for each in answer["services"]] == ["degraded", "degraded"]
    assert [each["regions"] for each in answer["services"]] == [[], []]
    assert answer["warnings"] == [
        "Nothing is watched from “global”: what happens there is unknown."
    ]


@pytest.mark.parametrize("query", ["regions=mars", "regions[]=mars&regions[]=venus"])
def test_t04_a_region_that_does_not_exist_is_unknown_f_t14(door: EdgeApp, query: str) -> None:
    answer = told(door, query)

    assert answer["overallStatus"] == "degraded"
    assert {each["status"] for each in answer["services"]} == {"degraded"}
    assert "There is no region “mars”." in answer["warnings"]


def test_t04_what_is_run_by_hand_holds_in_every_region_there_is_f_t14(door: EdgeApp) -> None:
    state = a_state()
    by_hand = replace(make.component("Desk", pk=3, slug="desk"), regions=())
    groups = (replace(state.groups[0], components=(*state.groups[0].components, by_hand)),)
    door.pages.install(rendered.build(replace(state, groups=groups, version=state.version + 1)))

    east, nowhere, unwatched = (
        told(door, f"regions={code}") for code in ("us-east-1", "mars", "global")
    )

    assert [each["services"][2]["status"] for each in (east, nowhere, unwatched)] == [
        "operational", "degraded", "operational",
    ]  # fmt: skip
    assert east["overallStatus"] == "operational"
    assert unwatched["overallStatus"] == "degraded"


def test_t04_where_nothing_but_what_is_run_by_hand_is_shown_a_region_is_unknown_f_t14(
    door: EdgeApp,
) -> None:
    by_hand = replace(make.component("Desk", pk=3, slug="desk"), regions=())
    state = replace(make.page([make.group(components=[by_hand])]), region_codes=("us-east-1",))
    door.pages.install(rendered.build(replace(state, version=a_state().version + 1)))

    assert told(door, "regions=us-east-1")["overallStatus"] == "degraded"
    assert told(door, "")["overallStatus"] == "operational"


def test_t04_a_service_that_is_watched_elsewhere_alone_is_unknown_there_f_t14(
    door: EdgeApp,
) -> None:
    state = a_state()
    api, database = state.groups[0].components
    only_west = replace(database, regions=(region("eu-west-1", Status.MAJOR_OUTAGE),))
    groups = (replace(state.groups[0], components=(api, only_west)),)
    door.pages.install(rendered.build(replace(state, groups=groups, version=state.version + 1)))

    east = told(door, "regions=us-east-1")
    both = told(door, "regions=us-east-1,eu-west-1")

    assert [each["status"] for each in east["services"]] == ["operational", "degraded"]
    assert east["warnings"] == ["Not watched from there, so unknown: Database."]
    assert both["services"][1]["status"] == "major_outage"
    assert "warnings" not in both


def test_t24_metrics_are_those_of_the_requested_regions_f_t19(door: EdgeApp) -> None:
    gpu = {"total": 4, "active": 3, "utilization": 80.0, "queue_length": 7}
    readers = (
        ReaderFigures("us-east-1", "east-1", requests=10, failed=1, request_ms=50.0,
                      metrics={"cpu": 10.0, "network_in": 1e9, "gpu": gpu}),
        ReaderFigures("us-east-1", "east-2", metrics={"cpu": 30.0, "network_in": 1e9}),
        ReaderFigures("eu-west-1", "west", requests=5, request_ms=5.0,
                      metrics={"cpu": 90.0, "network_in": 5e8}),
    )  # fmt: skip
    state = replace(a_state(), readers=readers, figures=figures_of(readers))
    door.pages.install(rendered.build(replace(state, version=state.version + 1)))

    everywhere, east, west, nowhere = (
        told(door, f"includeMetrics=true{more}")["metrics"]
        for more in ("", "&regions=us-east-1", "&regions=eu-west-1", "&regions=mars")
    )

    assert [each["apiRequests"]["total"] for each in (everywhere, east, west, nowhere)] == [
        15, 10, 5, 0,
    ]  # fmt: skip
    assert [
        each["resourceUsage"]["networkThroughput"]["inbound"]
        for each in (everywhere, east, west, nowhere)
    ] == ["2.5 Gbps", "2.0 Gbps", "500.0 Mbps", "0 bps"]
    assert east["resourceUsage"]["cpuUtilization"] == 20.0
    assert (east["gpuClusters"]["totalClusters"], west["gpuClusters"]["totalClusters"]) == (4, 0)


def test_t12_to_t14_uptime_is_a_number_and_response_time_may_be_absent(door: EdgeApp) -> None:
    api, database = told(door)["services"]

    assert (api["uptime"], api["uptimeKnown"]) == (99.98, True)
    assert (database["uptime"], database["uptimeKnown"]) == (100.0, False)  # C8
    assert (api["responseTime"], database["responseTime"]) == (40.0, 20.2)
    assert "responseTime" not in told(door, "regions=eu-west-1")["services"][0]


def test_t18_resolved_incidents_are_told_for_seven_days(door: EdgeApp) -> None:
    answer = told(door)["incidents"]

    assert [each["id"] for each in answer] == ["INC-2026-001", "INC-2026-006"]
    assert answer[0]["severity"] == "low"
    assert answer[0]["description"] == "Half of all calls\nfail"


def test_t23_to_t25_metrics_have_their_shape(door: EdgeApp) -> None:
    metrics = told(door, "includeMetrics=true")["metrics"]

    assert metrics == golden("system-status-metrics.json", metrics)
    asked = metrics["apiRequests"]
    assert asked["total"] == asked["successful"] + asked["failed"]


def test_t26_t27_dependencies_are_by_display_name_and_nothing_else(door: EdgeApp) -> None:
    assert told(door, path=DEPENDENCIES) == {
        "API": {"dependencies": ["Database"], "status": "partial_outage"},
        "Database": {"dependencies": [], "status": "operational"},
    }


def test_t36_ninety_days_of_history(door: EdgeApp) -> None:
    everything = told(door, path=HISTORY)
    api = told(door, "service=api&days=2", HISTORY)["services"]

    assert [len(each["days"]) for each in everything["services"]] == [90, 90]
    assert everything["services"][1]["days"][0] == {
        "date": "2026-08-24", "status": None, "uptime": None,
    }  # fmt: skip
    assert [each["id"] for each in api] == ["api"]
    assert api[0]["days"] == [
        {"date": "2026-11-20", "status": "major_outage", "uptime": 90.0},
        {"date": "2026-11-21", "status": "operational", "uptime": 100.0},
    ]
    assert told(door, "service=gone", HISTORY)["warnings"] == ["There is no service “gone”."]


@pytest.mark.parametrize("query", ["days=0", "days=91", "days=x", "days=-1", "days=٣", "day=3"])
def test_t36_days_that_will_not_do(door: EdgeApp, query: str) -> None:
    assert get(door, HISTORY, query).status == 400


def test_an_unknown_parameter_is_refused_by_name(door: EdgeApp) -> None:
    answer = get(door, query="service=api")

    assert answer.status == 400
    assert json.loads(answer.body)["detail"] == "service: There is no such parameter."


@pytest.mark.parametrize("path", [STATUS, DEPENDENCIES, HISTORY])
def test_a_missing_wrong_or_expired_key_is_401(door: EdgeApp, path: str) -> None:
    for key in ("", "sp_wrong", LATE, READER + "x", "\u00e9"):
        answer = get(door, path, key=key)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert json.loads(answer.body)["status"] == 401
    other_word = get(door, path, key="", authorization=f"Basic {READER}")
    assert other_word.status == 401


def test_a_key_without_the_scope_is_403(door: EdgeApp) -> None:
    answer = get(door, key=STRANGER)

    assert answer.status == 403
    assert json.loads(answer.body)["detail"] == "The token lacks the scope status:read."


def test_it_is_cacheable(door: EdgeApp) -> None:
    first = get(door)
    again = get(door, **{"if-none-match": first.headers["etag"]})
    other = get(door, query="services=api")

    assert first.headers["cache-control"] == "private, max-age=5"
    assert (again.status, again.body) == (304, b"")
    assert other.headers["etag"] != first.headers["etag"]


def test_head_is_answered_and_other_methods_are_not(door: EdgeApp) -> None:
    key = {"authorization": f"Bearer {READER}"}

    head = asyncio.run(ask(door, scope(STATUS, "HEAD", headers=key)))
    post = asyncio.run(ask(door, scope(STATUS, "POST", headers=key)))

    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == len(get(door).body)
    assert (post.status, post.headers["allow"]) == (405, "GET, HEAD")


def test_too_many_requests_are_429_whatever_a_caller_writes_in_headers(
    door: EdgeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "api_requests_per_minute", 2)
    monkeypatch.setattr(settings.STATUSPAGE, "anonymous_requests_per_minute", 2)

    callers = [get(door, **{"x-forwarded-for": f"192.0.2.{n}"}) for n in range(4)]
    strangers = [get(door, key=f"k{n}", **{"x-forwarded-for": f"192.0.2.{n}"}) for n in range(4)]

    assert [answer.status for answer in callers] == [200, 200, 429, 429]
    assert [answer.status for answer in strangers] == [401, 401, 429, 429]
    assert 1 <= int(callers[2].headers["retry-after"]) <= 61
    assert callers[0].headers["ratelimit"].startswith('"caller";r=1;t=')
    assert callers[0].headers["ratelimit-policy"] == '"caller";q=2;w=60'


def test_before_anything_is_known_it_says_so(door: EdgeApp) -> None:
    door.tokens._tokens = None
    assert get(door).status == 503
    door.tokens._tokens = {digest(READER): KnownToken(1, frozenset({"status:read"}), None)}
    door.pages.snapshot = None
    answer = get(door)

    assert (answer.status, answer.headers["retry-after"]) == (503, "2")


def test_a_window_view_is_not_told_when_cancelled(door: EdgeApp) -> None:
    windows = told(door)["maintenanceWindows"]

    assert [each["status"] for each in windows] == ["scheduled", "completed"]
    assert windows[0]["id"] == "MAINT-2026-002"
    assert isinstance(make.window(), WindowView)
