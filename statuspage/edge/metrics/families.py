"""Families of metrics, built in few words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

Labels = tuple[str, ...]
Sample = tuple[Labels, float]


@dataclass(slots=True)
class Series:
    """A gauge with thousands of series, written as they come.

    The library takes ten times as long, most of it for labels that several families share.
    Format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    """

    name: str
    help_text: str
    lines: list[str] = field(default_factory=list)

    def add(self, labels: str, value: float) -> None:
        """Add a sample; `labels` are those of `label_text`."""
        self.lines.append(f"{self.name}{labels} {float(value)!r}\n")

    def text(self) -> str:
        """Return the family as text; '' without samples."""
        if not self.lines:
            return ""
        head = f"# HELP {self.name} {self.help_text}\n# TYPE {self.name} gauge\n"
        return head + "".join(self.lines)


Family = Metric | Series


def label_text(names: Labels, values: Iterable[object]) -> str:
    """Return labels as they are written behind a name."""
    pairs = [f'{name}="{_escaped(str(value))}"' for name, value in zip(names, values, strict=True)]
    return f"{{{','.join(pairs)}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


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
