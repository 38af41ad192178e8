"""`Idempotency-Key`: sent often, done once, answered the same (M41, R18)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from monitors.models import Monitor
from statuspage.api import idempotency, idempotency_retention
from statuspage.api.authentication import BearerAuthentication, HasScope
from statuspage.models import IdempotentAnswer
from statuspage.urls import urlpatterns
from tests import build
from tests.statuspage.api.test_monitors import URL, bearer
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def headers() -> dict[str, str]:
    return bearer("monitors:read", "monitors:write")


def body(component: str, **fields: Any) -> dict[str, Any]:
    values = {"name": "M", "component": component, "kind": "endpoint", "interval": 30, "timeout": 5}
    return {**values, "config": {"url": "https://shop.example.org/"}, **fields}


def post(headers: dict[str, str], key: str, said: dict[str, Any]) -> Any:
    return Client().post(
        URL, said, content_type="application/json", headers={**headers, "Idempotency-Key": key}
    )


def test_a_repetition_is_answered_the_same_and_does_nothing_m41(headers: dict[str, str]) -> None:
    said = body(build.component().slug)

    first = post(headers, "a", said)
    again = post(headers, "a", dict(reversed(said.items())))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Monitor.objects.count() == 1


def test_the_same_key_for_another_request_is_422_m41(headers: dict[str, str]) -> None:
    slug = build.component().slug
    post(headers, "a", body(slug))

    answer = post(headers, "a", body(slug, name="Another"))

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert Monitor.objects.count() == 1


def test_a_key_belongs_to_its_token(headers: dict[str, str]) -> None:
    slug = build.component().slug

    post(headers, "a", body(slug))
    post(bearer("monitors:write"), "a", body(slug))

    assert Monitor.objects.count() == 2


def test_what_was_refused_may_be_mended_under_the_same_key(headers: dict[str, str]) -> None:
    slug = build.component().slug

    refused = post(headers, "a", body(slug, interval=-1))
    mended = post(headers, "a", body(slug))

    assert (refused.status_code, mended.status_code) == (400, 201)


@pytest.mark.parametrize("key", ["", "with space", "é", "x" * 256])
def test_a_key_that_will_not_do_is_named(headers: dict[str, str], key: str) -> None:
    answer = post(headers, key, body(build.component().slug))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


def test_twenty_at_once_per_key_have_one_effect_per_key_r18(headers: dict[str, str]) -> None:
    slug, keys = build.component().slug, [f"key-{number}" for number in range(5)]

    def submit(key: str) -> tuple[str, int, bytes]:
        try:
            answer = post(headers, key, body(slug, name=key))
            return key, answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(submit, keys * 20))

    assert sorted(Monitor.objects.values_list("name", flat=True)) == keys
    assert {status for _, status, _ in answers} == {201}
    assert len({(key, content) for key, _, content in answers}) == len(keys)


class Moved(APIView):
    """A view that answers with headers of its own, slowly."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (HasScope,)
    scopes = {"read": "monitors:read", "write": "monitors:write"}
    done = 0
    inside = threading.Event()
    leave = threading.Event()

    @idempotency.idempotent
    def post(self, request: Request) -> Response:
        type(self).done += 1
        self.inside.set()
        self.leave.wait(PATIENCE)
        return Response({"id": 7}, status=201, headers={"Location": "/x/7"})


def ask_moved(headers: dict[str, str]) -> Any:
    request = APIRequestFactory().post(
        "/x", {}, format="json", headers={**headers, "Idempotency-Key": "k"}
    )
    try:
        return Moved.as_view()(request).render()
    finally:
        connection.close()


def test_headers_are_answered_again_and_a_duplicate_in_the_midst_waits(
    headers: dict[str, str],
) -> None:
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask_moved, headers)
        Moved.inside.wait(PATIENCE)
        second = pool.submit(ask_moved, headers)
        Moved.leave.set()
        answers = [first.result(), second.result()]

    assert [answer.headers["Location"] for answer in answers] == ["/x/7", "/x/7"]
    assert Moved.done == 1


def test_answers_are_forgotten_after_a_day(headers: dict[str, str]) -> None:
    post(headers, "a", body(build.component().slug))
    now = datetime.now(UTC)

    assert idempotency_retention.prune(now=now + timedelta(hours=23)) == 0
    assert idempotency_retention.prune(now=now + timedelta(hours=25)) == 1
    assert not IdempotentAnswer.objects.exists()


def test_every_post_of_the_api_honours_the_key_m41() -> None:
    views: list[Any] = [
        view for pattern in urlpatterns if (view := getattr(pattern, "callback", None))
    ]
    posts = [
        (view.cls, view.cls.post) for view in views if hasattr(getattr(view, "cls", 0), "post")
    ]
    without = {cls.__name__ for cls, post in posts if not hasattr(post, "idempotent")}

    assert posts
    # Reports of readers and agents, alerts and numbers, told twice, change nothing; nor does a
    # trial, nor what is refused whatever it holds. A provider of metrics is there already.
    assert without == {
        "ReaderHeartbeat", "AgentResults", "MonitorTest", "MonitorAlerts", "AllAlerts",
        "MonitorNumbers", "Unserved", "MetricData", "MetricsData", "ProviderList",
    }  # fmt: skip
