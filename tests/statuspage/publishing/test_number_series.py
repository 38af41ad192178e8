"""Numbers that are sent, as a metric: on pages, in the admin, by the API and at `/metrics`."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from components.languages.registry import words_of
from monitors.models import Monitor
from monitors.pushed_numbers.intake import take_number
from monitors.services import save_monitor
from statuspage.access import tokens
from statuspage.edge.metrics.catalogue import catalogue_metrics
from statuspage.edge.metrics.families import Series
from statuspage.publishing.archive import parse_path
from statuspage.renderers.html.render import render_page
from statuspage.state.builder import gather
from tests import build
from tests.statuspage.page_html import read

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def queue() -> Monitor:
    """A queue whose numbers of the last hours were 40 and 1,240 jobs."""
    monitor = Monitor(
        name="Queue", component=build.component("Shop", slug="shop"), kind="number",
        config={"measures": "queue <length>", "down_above": 1_000, "unit": "jobs & more"},
    )  # fmt: skip
    save_monitor(monitor, regions=[])
    now = time.time()
    take_number(monitor, 40, now=now - 3_700)
    take_number(monitor, 1_240, now=now)
    return monitor


def page() -> Any:
    return read(render_page(gather(now=datetime.now(UTC))))


def own_page(slug: str = "shop") -> str:
    found = parse_path(f"/status/components/{slug}")
    assert found is not None
    made: Any = found.make(gather(now=datetime.now(UTC)))
    return str(made.body.decode())


def test_the_page_shows_the_newest_number_with_its_unit_though_it_is_down(queue: Monitor) -> None:
    figure = page().one("li", class_="c").one("span", class_="ms")

    assert "1,240 jobs & more" in figure.text
    assert figure.attributes["title"] == "queue <length>"
    assert "40 jobs & more to 1,240 jobs & more" in figure.one("svg").attributes["aria-label"]


def test_a_components_page_has_a_chart_of_each_span_and_no_empty_response_times(
    queue: Monitor,
) -> None:
    told = own_page()

    assert "queue &lt;length&gt;" in told
    assert told.count('<svg class="times"') == 3
    assert "40 to 1,240 jobs &amp; more" in told
    assert "Response times" not in told


def test_what_is_not_public_is_in_no_page(queue: Monitor) -> None:
    queue.config = {**queue.config, "public": False}
    save_monitor(queue, regions=[])

    assert "1,240" not in render_page(gather(now=datetime.now(UTC))).decode()
    assert "1,240" not in own_page()


def test_a_number_that_counts_no_more_is_not_shown_as_the_newest(queue: Monitor) -> None:
    type(queue.checks.get()).objects.update(verdict="unknown")

    assert "1,240" not in render_page(gather(now=datetime.now(UTC))).decode()
    assert "40 to 1,240" in own_page()


def test_a_page_in_another_language_writes_numbers_its_way(queue: Monitor) -> None:
    found = parse_path("/status/components/shop")
    assert found is not None
    made: Any = found.make(gather(now=datetime.now(UTC)), words_of("de"))

    assert "1.240" in made.body.decode()


def test_the_admin_shows_number_and_chart_in_list_and_page(queue: Monitor, staff: Client) -> None:
    listed = staff.get("/admin/monitors/monitor/").content.decode()
    shown = staff.get(f"/admin/monitors/monitor/{queue.pk}/change/").content.decode()
    desk = staff.get("/admin/").content.decode()

    assert "1,240 jobs &amp; more" in listed
    assert '<svg class="times"' in shown
    assert "queue &lt;length&gt; 1,240 jobs &amp; more is above" in desk


def test_the_api_tells_the_series_by_span(queue: Monitor, client: Client) -> None:
    def get(query: str, scope: str = "monitors:read") -> Any:
        key = tokens.create(name=f"{query} {scope}", scopes=[scope])
        return client.get(
            f"/api/v1/monitors/{queue.pk}/numbers{query}",
            headers={"Authorization": f"Bearer {key}"},
        )

    day, quarter = get("").json(), get("?span=quarter").json()

    assert (day["measures"], day["unit"], day["value"]) == ("queue <length>", "jobs & more", 1240)
    assert [each["avg"] for each in day["rows"]] == [40, 1240]
    assert sum(each["count"] for each in quarter["rows"]) == 2
    at = datetime.fromisoformat(day["at"])
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=5)
    assert get("?span=year").json()["errors"][0]["field"] == "span"
    assert get("", "alerts:write").status_code == 403


def test_metrics_have_the_number(queue: Monitor) -> None:
    series = [each for each in catalogue_metrics() if isinstance(each, Series)]
    (found,) = (each for each in series if each.name == "statuspage_monitor_number")

    labels = f'id="{queue.pk}",monitor="Queue",component="shop",kind="number",region="global"'
    assert found.text().endswith(f"statuspage_monitor_number{{{labels}}} 1240.0\n")
