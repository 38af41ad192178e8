"""Better Stack's `index.json`, a document of JSON:API: the page, its resources and its reports.

A report that is resolved may still have no
end: `aggregate_state` tells.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from components.status import Status
from monitors.probing.upstream.base import (
    Format,
    Question,
    Reading,
    as_object,
    nested,
    objects,
    of_component,
    parse_json,
    reading,
    text,
    translated,
)

WORDS = {
    "operational": Status.OPERATIONAL,
    "resolved": Status.OPERATIONAL,
    "degraded": Status.DEGRADED,
    "downtime": Status.MAJOR_OUTAGE,
    "maintenance": Status.MAINTENANCE,
}
"""`not_monitored` is left out: nothing is known of such a resource."""


class BetterStackFormat(Format):
    """One document; resources have ids and public names."""

    name = "betterstack"

    def paths(self, component: str) -> Sequence[str]:
        return ("index.json",)

    def read(self, documents: Sequence[bytes], question: Question) -> Reading:
        index = as_object(parse_json(documents[0]), "an index of Better Stack")
        included = objects(index.get("included"))
        ids: set[str] = set()
        if question.component:
            resources = list(_resources(included, question))
            ids = {text(each, "id") for each in resources}
            status = of_component(
                (
                    translated(WORDS, text(nested(each, "attributes"), "status"))
                    for each in resources
                ),
                question,
            )
        else:
            page = nested(nested(index, "data"), "attributes")
            status = translated(WORDS, text(page, "aggregate_state"))
        return reading(status, _report(included, status, ids), title="title", link="url")


def _resources(
    included: Iterable[Mapping[str, Any]], question: Question
) -> Iterator[Mapping[str, Any]]:
    for each in included:
        name = text(nested(each, "attributes"), "public_name")
        if text(each, "type") == "status_page_resource" and question.is_about(
            text(each, "id"), name
        ):
            yield each


def _report(
    included: Iterable[Mapping[str, Any]], status: Status, ids: set[str]
) -> Mapping[str, Any] | None:
    """Return the open report on one of these resources, or on any; windows for maintenance."""
    for each in included:
        report = nested(each, "attributes")
        if text(each, "type") != "status_report" or text(report, "aggregate_state") == "resolved":
            continue
        is_window = text(report, "report_type") == "maintenance"
        touched = {
            text(one, "status_page_resource_id")
            for one in objects(report.get("affected_resources"))
        }
        if is_window is (status is Status.MAINTENANCE) and (not ids or ids & touched):
            return report
    return None
