"""P08: Statuspage's metrics, fed by their clients' requests into monitors of numbers."""

import time
from typing import Any

import pytest
from django.test import Client

from components.models import Component, JournalEntry
from components.status import Verdict
from components.values.public_ids import public_id
from monitors.models import Check, LastNumber, Monitor
from monitors.services import save_monitor
from statuspage.access import tokens
from statuspage.access.pages import save_page
from statuspage.models import Page
from tests import build
from tests.components.values.test_decimal_text import NO_NUMBERS
from tests.contracts.test_statuspage_v1 import MAIN, SCOPES, Dialect, ids

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def v1(client: Client) -> Dialect:
    return Dialect(client, tokens.create(name="publisher", scopes=SCOPES))


def provider(v1: Dialect) -> str:
    found: str = v1.told("get", "/metrics_providers")[0]["id"]
    return found


def made(v1: Dialect, **fields: Any) -> dict[str, Any]:
    body = {"metric": {"name": "Queue length", **fields}}
    told: dict[str, Any] = v1.told(
        "post", f"/metrics_providers/{provider(v1)}/metrics", body, status=201
    )
    return told


def send(
    v1: Dialect,
    metric: str,
    value: float,
    *,
    ago: int = 0,
    at: int | None = None,
    status: int = 201,
) -> Any:
    point = {"timestamp": int(time.time()) - ago if at is None else at, "value": value}
    return v1.told("post", f"/metrics/{metric}/data", {"data": point}, status=status)


def check_of(component: Component) -> Check:
    return Check.objects.get(monitor__component=component)


def test_p08_a_number_that_is_sent_is_judged_by_its_monitor_at_once(v1: Dialect) -> None:
    component = build.component("Jobs", slug="jobs")
    metric = made(v1, metric_identifier=ids(component)[0], suffix="jobs")
    monitor = Monitor.objects.get(component=component)
    monitor.config = {**monitor.config, "down_above": 1000}
    save_monitor(monitor, regions=[])

    told = send(v1, metric["id"], 1240)

    assert told["data"]["value"] == 1240
    assert check_of(component).verdict == Verdict.DOWN
    assert check_of(component).message == "Queue length 1,240 jobs is above 1,000 jobs"
    shown = v1.told("get", f"/metrics/{metric['id']}.json")
    assert shown["suffix"] == "jobs"
    assert shown["most_recent_data_at"] is not None


def test_p08_a_metric_without_a_component_has_one_of_its_own_that_counts_for_nothing(
    v1: Dialect,
) -> None:
    before = JournalEntry.objects.count()

    metric = made(v1, metric_identifier="pingdom-17", display=False, tooltip_description="Of jobs.")

    component = Component.objects.get(slug="queue-length")
    assert (component.visible, component.counts_for_overall) == (False, False)
    assert component.description == "Of jobs."
    assert metric["metric_identifier"] == "pingdom-17"
    entries = JournalEntry.objects.order_by("pk")[before:]
    said = [each.actor for each in entries if each.kind in ("component.changed", "monitor.changed")]
    assert said == ["token publisher"] * 2
    v1.told("patch", f"/metrics/{metric['id']}", {"metric": {"display": True}})
    component.refresh_from_db()
    assert component.visible
    v1.told("delete", f"/metrics/{metric['id']}")
    component.refresh_from_db()
    assert component.retired_at is not None
    assert not Monitor.objects.exists()
    assert v1.told("get", "/metrics") == []


def test_p08_several_metrics_get_numbers_at_once_or_none_of_them_does(v1: Dialect) -> None:
    first, second = made(v1)["id"], made(v1, name="Free disks")["id"]
    now = int(time.time())
    points = {first: [{"timestamp": now - 60, "value": 1}, {"timestamp": now, "value": 2.5}],
              second: [{"timestamp": str(now), "value": "7"}]}  # fmt: skip

    told = v1.told("post", "/metrics/data", {"data": points}, status=202)

    assert told[first][1] == {"timestamp": now, "value": 2.5}
    assert sorted(LastNumber.objects.values_list("value", flat=True)) == [2.5, 7]
    later = {first: [{"timestamp": now + 10, "value": 9}], "abcdefghijkl": []}
    v1.refused("post", "/metrics/data", {"data": later}, status=404)
    future = {first: [{"timestamp": now + 10, "value": 9}],
              second: [{"timestamp": now + 9_000, "value": 9}]}  # fmt: skip
    assert "future" in v1.refused("post", "/metrics/data", {"data": future})
    assert sorted(LastNumber.objects.values_list("value", flat=True)) == [2.5, 7]


def test_p08_what_is_older_than_what_is_known_is_taken_and_says_nothing_new(v1: Dialect) -> None:
    metric = made(v1)["id"]
    at = int(time.time()) - 5
    send(v1, metric, 5, at=at)

    send(v1, metric, 4, at=at)
    send(v1, metric, 9, ago=3_600)
    send(v1, metric, 8, ago=40 * 86_400)

    assert LastNumber.objects.get().value == 5
    form = [("data[timestamp]", int(time.time())), ("data[value]", "6.5")]
    assert v1.told("post", f"/metrics/{metric}/data.json", form, status=201)["data"]["value"] == 6.5
    assert LastNumber.objects.get().value == 6.5


def test_p08_a_reset_metric_is_unknown_until_the_next_number(v1: Dialect) -> None:
    component = build.component("Jobs", slug="jobs")
    metric = made(v1, metric_identifier="jobs")["id"]
    send(v1, metric, 5)
    assert check_of(component).verdict == Verdict.UP

    told = v1.told("delete", f"/metrics/{metric}/data")

    assert told["most_recent_data_at"] is None
    assert check_of(component).verdict == Verdict.UNKNOWN
    send(v1, metric, 6)
    assert check_of(component).verdict == Verdict.UP


def test_p08_response_times_are_metrics_to_read_and_not_to_write(v1: Dialect) -> None:
    build.monitor(build.component("Shop", slug="shop"), name="Health")

    (metric,) = v1.told("get", "/metrics")

    assert (metric["name"], metric["suffix"], metric["reference_name"]) == ("Health", "ms", "shop")
    point = {"data": {"timestamp": int(time.time()), "value": 1}}
    assert "measured" in v1.refused("post", f"/metrics/{metric['id']}/data", point)
    assert "measured" in v1.refused("delete", f"/metrics/{metric['id']}")
    assert "measured" in v1.refused("patch", f"/metrics/{metric['id']}", {"metric": {"name": "a"}})


def test_p08_there_is_one_provider_and_numbers_are_fetched_from_none(v1: Dialect) -> None:
    (there,) = v1.told("get", "/metrics_providers")

    again = {"metrics_provider": {"type": "Self", "api_key": "", "email": ""}}
    assert v1.told("post", "/metrics_providers", again, status=201) == there
    other = {"metrics_provider": {"type": "Datadog", "api_key": "canary"}}
    said = v1.refused("post", "/metrics_providers", other)
    assert "Self" in said
    assert "canary" not in said
    v1.refused("get", "/metrics_providers/abcdefghijkl", status=404)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("suffix", "x" * 21), ("transform", "median"), ("y_axis_min", "nan"),
     ("y_axis_max", "inf"), ("decimal_places", -1), ("colour", "red"), ("display", "perhaps")],
)  # fmt: skip
def test_p08_a_metric_that_will_not_do_names_the_field(v1: Dialect, field: str, value: Any) -> None:
    body = {"metric": {"name": "A", field: value}}

    said = v1.refused("post", f"/metrics_providers/{provider(v1)}/metrics", body)

    assert said.startswith(field)
    assert not Component.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("timestamp", None), ("timestamp", "2026"), ("timestamp", True), ("value", "nan"),
     ("value", 1e300), ("value", [1])],
)  # fmt: skip
def test_p08_a_point_that_will_not_do_names_the_field(v1: Dialect, field: str, value: Any) -> None:
    metric = made(v1)["id"]
    point = {"timestamp": int(time.time()), "value": 1, field: value}
    if value == "2026":
        point = {"value": 1}

    said = v1.refused("post", f"/metrics/{metric}/data", {"data": point})

    assert said.startswith(field)
    assert not LastNumber.objects.exists()


def test_p08_a_form_with_no_number_names_the_field(v1: Dialect) -> None:
    metric = made(v1)["id"]

    for text in (*NO_NUMBERS, "1e999"):
        sent = [("data[timestamp]", str(int(time.time()))), ("data[value]", text)]
        said = v1.refused("post", f"/metrics/{metric}/data", sent)
        assert said.startswith("value"), text[:12]

    assert not LastNumber.objects.exists()


def test_p08_a_token_of_a_page_sends_to_its_metrics_alone(v1: Dialect, client: Client) -> None:
    shop, other = build.component("Shop", slug="shop"), build.component("Other", slug="other")
    inside = made(v1, metric_identifier="shop")["id"]
    outside = made(v1, metric_identifier="other")["id"]
    save_page(Page(slug="shop", name="Shop"), components=[shop])
    key = tokens.create(name="s", scopes=SCOPES, page="shop")
    page = Dialect(client, key, public_id("page", "shop"))

    send(page, inside, 3)

    assert [each["id"] for each in page.told("get", "/metrics")] == [inside]
    send(page, outside, 3, status=404)
    path = f"/metrics_providers/{provider(page)}/metrics"
    page.refused("post", path, {"metric": {"name": "A"}}, status=403)
    page.refused("post", path, {"metric": {"name": "A", "metric_identifier": other.slug}},
                 status=403)  # fmt: skip
    assert LastNumber.objects.get().monitor.component == shop


class Terraform:
    """The requests of yannh/terraform-provider-statuspage, as its sources write them, and what it
    does with the answers: 201 for what is created, 200 to read, none of them null."""

    def __init__(self, v1: Dialect) -> None:
        self._v1 = v1

    def create(self, kind: str, body: Any) -> str:
        told = self._v1.told("post", f"/{kind}", body, status=201)
        identifier: str = told["id"]
        return identifier

    def read(self, kind: str, pk: str, fields: dict[str, Any]) -> dict[str, Any]:
        """What its plan would change: nothing, if what is read is what was written."""
        told = self._v1.told("get", f"/{kind}/{pk}")
        assert None not in [told[name] for name in fields if fields[name] != ""]
        return {
            name: told[name]
            for name, value in fields.items()
            if (told[name] or "") != (value or "")
        }

    def update(self, kind: str, pk: str, body: Any) -> None:
        assert self._v1.told("patch", f"/{kind}/{pk}", body)["id"] == pk

    def delete(self, kind: str, pk: str) -> None:
        assert self._v1.ask("delete", f"/{kind}/{pk}").status_code in (200, 204)


def test_p08_terraform_creates_reads_changes_and_destroys_and_plans_nothing_between(
    v1: Dialect,
) -> None:
    terraform = Terraform(v1)
    component = {"name": "Web", "description": "", "status": "operational",
                 "only_show_if_degraded": False, "showcase": True}  # fmt: skip
    web = terraform.create("components", {"component": component})
    group = {"name": "Sites", "description": "All of them.", "components": [web]}
    sites = terraform.create("component-groups", {"component_group": group})
    keys = dict.fromkeys(("email", "password", "api_key", "api_token", "application_key"), "")
    own = {**keys, "type": "Self"}
    source = terraform.create("metrics_providers", {"metrics_provider": own})
    metric = {"name": "Visitors", "metric_identifier": "visitors", "transform": "average",
              "suffix": "per min", "y_axis_min": 0.0, "y_axis_max": 500.0, "y_axis_hidden": True,
              "display": True, "decimal_places": 2,
              "tooltip_description": "Of a minute."}  # fmt: skip
    visitors = terraform.create(f"metrics_providers/{source}/metrics", {"metric": metric})
    written = {name: value for name, value in metric.items() if name != "transform"}
    template = {"name": "Disk", "title": "Slow", "body": "A disk is full."}
    disk = terraform.create("incident_templates", {"template": template})

    assert terraform.read("components", web, component) == {}
    assert terraform.read("component-groups", sites, group) == {}
    assert terraform.read("metrics_providers", source, {"type": "Self"}) == {}
    assert terraform.read("metrics", visitors, written) == {}
    assert terraform.read("incident_templates", disk, template) == {}

    terraform.update("components", web, {"component": {**component, "description": "The site."}})
    terraform.update("component-groups", sites, {**group, "name": "Pages"})
    terraform.update("metrics_providers", source, {"metrics_provider": own})
    terraform.update("metrics", visitors, {"metric": {**metric, "suffix": "per h"}})
    assert terraform.read("components", web, {"description": "The site."}) == {}
    assert terraform.read("component-groups", sites, {**group, "name": "Pages"}) == {}
    assert terraform.read("metrics", visitors, {**written, "suffix": "per h"}) == {}

    for kind, pk in (("metrics", visitors), ("metrics_providers", source),
                     ("component-groups", sites), ("components", web),
                     ("incident_templates", disk)):  # fmt: skip
        terraform.delete(kind, pk)
    for kind, pk in (("metrics", visitors), ("component-groups", sites), ("components", web),
                     ("incident_templates", disk)):  # fmt: skip
        v1.refused("get", f"/{kind}/{pk}", status=404)


def test_p08_metrics_are_listed_in_as_many_queries_as_one(
    v1: Dialect, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        made(v1, name=f"Number {number}")

    with django_assert_max_num_queries(14):
        told = v1.told("get", "/metrics?per_page=2")

    assert [each["name"] for each in told] == ["Number 0", "Number 1"]
    assert v1.page == MAIN
