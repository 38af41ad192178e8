"""Which requests count as requests to the APIs (T23, F-T19)."""

import time

import pytest

from monitors.probing.curl_options import USER_AGENT
from statuspage.edge.api_requests import count, is_api_request, route_class
from statuspage.server.request_counter import API_SERVED, SERVED
from tests.statuspage.asgi import scope


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("/api/v1/monitors", True),
        ("/api/v1/status/incidents/INC-2026-001", True),
        ("/api/v1/readers/heartbeat", True),
        ("/api/v2/summary.json", True),
        ("/v2/monitoring/system-status", True),
        ("/v1/models", True),
        ("/status/api", True),
        ("/", False),
        ("/status", False),
        ("/status/", False),
        ("/status/events", False),
        ("/status/history", False),
        ("/status/feed.atom", False),
        ("/status/incidents/INC-2026-001", False),
        ("/status/subscribe", False),
        ("/admin/", False),
        ("/ping/0123456789abcdef", False),
        ("/ping/0123456789abcdef/start", False),
        ("/api/push/0123456789abcdef", False),
        ("/api/docs/", False),
        ("/api/schema/", False),
        ("/api/v1/agent/results", False),
        ("/apiary", False),
    ],
)
def test_t23_pages_and_pings_are_no_requests_to_an_api_f_t19(path: str, is_one: bool) -> None:
    before, all_before = API_SERVED.copy(), SERVED.copy()

    count(scope(path), time.perf_counter(), status=500)

    assert is_api_request(scope(path)) is is_one
    counted = API_SERVED.since(before)
    assert (counted["total"], counted["failed"]) == ((1, 1) if is_one else (0, 0))
    assert SERVED.since(all_before)["total"] == 1


def test_t23_what_our_own_probes_ask_is_none_f_t19() -> None:
    asked = scope("/api/v2/summary.json", user_agent=USER_AGENT)
    assert not is_api_request(asked)
    assert is_api_request(scope("/api/v2/summary.json", user_agent="curl/8.5.0"))


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "page"), ("/status", "page"), ("/status/api", "status_json"),
        ("/api/v2/summary.json", "status_json"), ("/status/feed.atom", "documents"),
        ("/status/events", "stream"), ("/status/subscribe", "sign_up"), ("/api/v1/monitors", "api"),
        ("/api/push/0123456789abcdef", "ping"), ("/admin/login/", "admin"),
        ("/static/a.css", "static"),
        ("/wp-login.php", "other"), ("/%00" + "a" * 500, "other"),
    ],
)  # fmt: skip
def test_fo11_requests_are_counted_by_route_class_of_which_there_are_few(
    path: str, route: str
) -> None:
    before = SERVED.by_key().get(("public", route, 404), (0, 0.0))[0]

    count(scope(path), time.perf_counter(), status=404)

    assert route_class(path) == route
    assert SERVED.by_key()["public", route, 404][0] == before + 1
