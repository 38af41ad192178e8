"""The names and labels of Uptime Kuma under `/metrics?names=kuma` (P09)."""

import time

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily

from components.models import Component
from components.status import Status, Verdict
from monitors.models import Check, Monitor, Region
from statuspage.edge.metrics.exposition import Exposition, exposition_of
from statuspage.edge.metrics.families import Series, label_text
from statuspage.edge.metrics.kuma import kuma_metrics
from statuspage.edge.pages import PublicPages
from tests import build
from tests.statuspage.edge.metrics.test_exposition import Samples, samples_of

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def told() -> Samples:
    return samples_of(exposition_of(kuma_metrics(time.time())))


def checked(name: str, **values: object) -> Check:
    """A monitor of an address with secrets in it, with the state that is given."""
    monitor = build.monitor(build.component(), name=name)
    url = "https://ann:secret@shop.example.com:8443/health?key=secret#here"
    Monitor.objects.filter(pk=monitor.pk).update(kind="endpoint", config={"url": url})
    check = build.check(monitor)
    Check.objects.filter(pk=check.pk).update(**values)
    return check


def test_p09_kuma_has_its_four_names_with_that_products_labels() -> None:
    check = checked(
        "Shop", verdict=Verdict.UP, latency_ms=250.0, certificate_ends=time.time() + 9.5 * 86_400,
        certificate_valid=True,
    )  # fmt: skip

    samples = told()

    assert set(samples) == {
        "monitor_status", "monitor_response_time", "monitor_cert_days_remaining",
        "monitor_cert_is_valid",
    }  # fmt: skip
    (labels,) = samples["monitor_status"]
    assert dict(labels) == {
        "monitor_id": str(check.monitor_id), "monitor_name": "Shop", "monitor_type": "http",
        "monitor_url": "https://shop.example.com:8443/health",
        "monitor_hostname": "null", "monitor_port": "null",
    }  # fmt: skip
    assert {name: found[labels] for name, found in samples.items()} == {
        "monitor_status": 1, "monitor_response_time": 250, "monitor_cert_days_remaining": 9,
        "monitor_cert_is_valid": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "status", "number"),
    [
        (Verdict.UP, Status.OPERATIONAL, 1),
        (Verdict.DEGRADED, Status.DEGRADED, 1),
        (Verdict.DOWN, Status.MAJOR_OUTAGE, 0),
        (Verdict.UNKNOWN, Status.UNKNOWN, 2),
        (Verdict.DOWN, Status.MAINTENANCE, 3),
    ],
)
def test_p09_kuma_knows_four_states(verdict: Verdict, status: Status, number: int) -> None:
    check = checked("Shop", verdict=verdict, latency_ms=3.0)
    Component.objects.filter(pk=check.monitor.component_id).update(status=status)

    samples = told()

    assert set(samples["monitor_status"].values()) == {number}
    answers = verdict in (Verdict.UP, Verdict.DEGRADED)
    assert set(samples["monitor_response_time"].values()) == {3.0 if answers else -1}


def test_p09_kuma_a_certificate_that_is_over_or_refused_is_not_valid() -> None:
    checked("over", certificate_ends=time.time() - 10, certificate_valid=True)
    checked("refused", certificate_valid=False)

    valid = {dict(key)["monitor_name"]: value
             for key, value in told()["monitor_cert_is_valid"].items()}  # fmt: skip

    assert valid == {"over": 0, "refused": 0}


def test_p09_kuma_a_monitor_of_several_regions_has_a_series_for_each() -> None:
    check = checked("Shop", verdict=Verdict.UP)
    region = Region.objects.create(code="eu", name="Europe")
    Check.objects.create(monitor=check.monitor, region=region, verdict=Verdict.DOWN)

    states = {dict(key)["region"]: value for key, value in told()["monitor_status"].items()}

    assert states == {check.region_id: 1, "eu": 0}


def test_what_kuma_is_asked_for_has_none_of_our_names_but_the_age() -> None:
    made = Exposition(PublicPages(), streams=lambda: 0, names="kuma")
    made._look = lambda: None  # type: ignore[method-assign]
    made._looked.set()

    assert set(samples_of(made.text())) == {"statuspage_database_up"}


def test_a_series_is_written_as_the_library_writes_it() -> None:
    names, rows = ("a", "b"), [('Web "shop"', "ü\\ \n{}"), ("", "x")]
    values = [1 / 3, 1_764_500_000.25]
    family = GaugeMetricFamily("statuspage_x", "X.", labels=names)
    series = Series("statuspage_x", "X.")
    for row, value in zip(rows, values, strict=True):
        family.add_metric(row, value)
        series.add(label_text(names, row), value)

    class Given:
        def collect(self) -> list[GaugeMetricFamily]:
            return [family]

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Given())
    expected = samples_of(generate_latest(registry))

    assert samples_of(series.text().encode()) == expected
