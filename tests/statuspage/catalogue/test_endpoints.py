"""Operators' own endpoints in the catalogue; those of whoever asked to be told are left alone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from components.models import JournalEntry
from statuspage.catalogue import planning
from statuspage.catalogue.document import read_document
from statuspage.catalogue.index import export_document
from statuspage.catalogue.managed_rows import file_of
from subscribers.endpoints import create_endpoint
from subscribers.models import Subscriber
from tests.statuspage.catalogue.test_planning import NOW, REFERENCES, apply, changes, mistakes

pytestmark = [pytest.mark.both, pytest.mark.django_db]
LAKE = {"name": "Data lake", "channel": "webhook", "address": "https://hooks.acme.dev/status"}


def document(*endpoints: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "endpoints": list(endpoints)}


def of_somebody() -> Subscriber:
    row, _ = create_endpoint(
        channel="webhook", url="https://hooks.example.org/mine", chosen={"components": ()},
        owner="", now=datetime.now(UTC), actor="",
    )  # fmt: skip
    return row


def test_p06_an_endpoint_is_made_with_its_secret_told_once_and_exported_without_its_address() -> (
    None
):
    outcome = apply(document({**LAKE, "kinds": ["incidents"], "min_severity": "major"}))

    row = Subscriber.objects.get()
    assert row.is_active
    assert outcome.told["endpoints/Data lake"]["secret"] == row.endpoint.secret.reveal()
    assert export_document()["endpoints"] == [
        {**LAKE, "address": {"keep": True}, "kinds": ["incidents"], "min_severity": "major"}
    ]
    assert changes(export_document()) == []
    assert {each.actor for each in JournalEntry.objects.filter(kind="endpoint.changed")} == {"ann"}


def test_p06_who_asked_to_be_told_is_in_no_document_and_stays_when_it_is_pruned() -> None:
    mine = of_somebody()

    assert "endpoints" not in export_document()
    assert changes(document(), prune=True) == []
    mine.refresh_from_db()
    assert mine.is_active


def test_p06_a_pruned_endpoint_is_told_nothing_more_and_comes_back_as_it_was() -> None:
    apply(document(LAKE))
    secret = Subscriber.objects.get().endpoint.secret.reveal()

    apply(document(), prune=True)

    assert not Subscriber.objects.get().is_active
    assert "endpoints" not in export_document()
    assert changes(document(LAKE)) == [("change", "endpoints/Data lake", ["retired"])]
    apply(document(LAKE))
    row = Subscriber.objects.get()
    assert (row.is_active, row.endpoint.secret.reveal()) == (True, secret)


def test_p07_an_endpoint_keeps_its_address() -> None:
    apply(document(LAKE))

    found = mistakes(document({**LAKE, "address": "https://elsewhere.example.org/"}))

    assert "keeps its channel and address" in found["endpoints.0.address"]
    assert "keep" in mistakes(document({**LAKE, "name": "New", "address": {"keep": True}}))[
        "endpoints.0.address"
    ]  # fmt: skip


def test_p06_a_managed_endpoint_names_its_file() -> None:
    planning.apply(
        read_document(document(LAKE)), references=REFERENCES, prune=False, actor="ann",
        source="catalogue.yaml", at=NOW,
    )  # fmt: skip

    assert file_of(Subscriber.objects.get()) == "catalogue.yaml"
    assert file_of(of_somebody()) == ""


def test_p06_a_page_that_is_not_in_the_file_is_named_and_left_to_a_person() -> None:
    apply({"version": 1, "pages": [{"slug": "shop", "name": "Shop"}]})

    outcome = planning.plan(
        read_document({"version": 1, "pages": []}), references=REFERENCES, prune=True, at=NOW
    )

    assert (outcome.changes, outcome.left) == ([], ["pages/shop"])


def test_p06_another_key_is_another_object_and_a_plan_says_both() -> None:
    apply({"version": 1, "components": [{"slug": "api", "name": "API"}]})
    renamed = {"version": 1, "components": [{"slug": "gateway", "name": "API"}]}

    assert changes(renamed) == [("create", "components/gateway", ["slug", "name"])]
    assert changes(renamed, prune=True) == [
        ("create", "components/gateway", ["slug", "name"]), ("retire", "components/api", []),
    ]  # fmt: skip


def test_p06_what_names_a_component_that_comes_back_is_as_it_was() -> None:
    value: dict[str, Any] = {
        "version": 1, "components": [{"slug": "api", "name": "API"}],
        "alert_routes": [{"name": "Nights", "components": ["api"]}],
        **document({**LAKE, "components": ["api"]}),
    }  # fmt: skip
    apply(value)
    apply({"version": 1, "components": []}, prune=True)

    assert changes(value) == [("change", "components/api", ["retired"])]
    apply(value)
    assert changes(value) == []
