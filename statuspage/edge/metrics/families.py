"""Families of metrics, built in few words."""

from collections.abc import Iterable, Mapping, Sequence

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)

Labels = tuple[str, ...]
Sample = tuple[Labels, float]


def gauge(
    name: str, help_text: str, labels: Labels, samples: Iterable[Sample]
) -> GaugeMetricFamily:
    """Return a gauge with a sample for each combination of labels."""
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def counter(
    name: str, help_text: str, labels: Labels, samples: Iterable[Sample]
) -> CounterMetricFamily:
    """Return a counter; `name` is without `_total`."""
    family = CounterMetricFamily(name, help_text, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def add_histogram(
    family: HistogramMetricFamily,
    labels: Labels,
    *,
    bounds: Sequence[float],
    counts: Sequence[float],
    total: float,
) -> None:
    """Add one series. `counts` are those between two bounds, the last one above all of them."""
    buckets: list[tuple[str, float]] = []
    so_far = 0.0
    for bound, count in zip((*bounds, float("inf")), counts, strict=True):
        so_far += count
        buckets.append(("+Inf" if bound == float("inf") else repr(float(bound)), so_far))
    family.add_metric(labels, buckets, total)


def by_label(known: Sequence[str], counted: Mapping[str, float]) -> list[Sample]:
    """Return a sample for each known value, 0 for those that were not counted."""
    return [((value,), counted.get(value, 0)) for value in known]
