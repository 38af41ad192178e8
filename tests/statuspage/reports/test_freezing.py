"""Reports are frozen, signed, and frozen anew when history says otherwise (contract P11)."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from components.history import corrections
from components.models import Component, DeclaredPeriod, JournalEntry, StatusPeriod
from components.secrets.fields import sealed_columns
from components.services import save_component
from components.status import Status
from components.uptime.layers import Policy
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import delete_incident, open_incident
from statuspage.models import Page
from statuspage.report_models import FrozenReport, ReportKey
from statuspage.reports.document import parsed, sha256
from statuspage.reports.freezing import SETTLED, Freezer, last_month
from statuspage.reports.frozen import revisions
from statuspage.reports.signing import is_signed, replace_key, sign, signature_bytes
from statuspage.state.builder import gather
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)
MONTH = last_month(timezone.now())
START = datetime.combine(MONTH, datetime.min.time(), UTC)


def watched(name: str = "Shop", **fields: Any) -> Component:
    """A component that was up since the beginning of last month."""
    made = build.component(name, slug=name.lower(), **fields)
    build.monitor(made)
    rows = StatusPeriod.objects.filter(component=made)
    rows.update(status=Status.OPERATIONAL, started_at=START)
    DeclaredPeriod.objects.filter(component=made).delete()
    return made


def corrected(component: Component, status: Status = Status.MAJOR_OUTAGE, hours: int = 2) -> Any:
    return corrections.add_correction(
        component, status=status, started_at=START + 5 * HOUR, ended_at=START + (5 + hours) * HOUR,
        note="n", now=timezone.now(),
    )  # fmt: skip


def incident(component: Component, **more: Any) -> Incident:
    return open_incident(
        title="=cmd()", severity=Severity.MAJOR, message="x", started_at=START + HOUR,
        resolved_at=START + 2 * HOUR, impacts={component: Status.PARTIAL_OUTAGE}, **more,
    )  # fmt: skip


@pytest.fixture
def beat() -> Callable[[], None]:
    """Does what beat does until there is nothing left to be done."""
    freezer = Freezer(lambda: gather(now=timezone.now()))

    def run() -> None:
        for _ in range(5):
            freezer.step(timezone.now())

    return run


def frozen(page: str = "main") -> list[FrozenReport]:
    return list(FrozenReport.objects.filter(page=page, month=MONTH).order_by("revision"))


def told(row: FrozenReport) -> Any:
    return json.loads(row.document)


def test_a_month_is_frozen_and_signed_once_it_is_over_p11(beat: Callable[[], None]) -> None:
    watched()

    beat()
    beat()

    (row,) = frozen()
    report = told(row)
    (shop,) = report["components"]
    assert shop["parts"]["operational"] == shop["total"] == report["seconds"]
    assert (shop["uptime"], shop["policy"], report["revision"]) == (100, "worst", 1)
    assert report["overall"]["parts"] == shop["parts"]
    assert row.sha256 == sha256(row.document)
    document, signature = row.document.encode(), signature_bytes(row.signature)
    assert is_signed(document, signature, public=row.key.public)
    assert not is_signed(document + b" ", signature, public=row.key.public)
    assert not is_signed(document, signature[:-1] + b"x", public=row.key.public)
    entry = JournalEntry.objects.get(kind="report.frozen")
    assert entry.data["sha256"] == row.sha256


def test_what_is_not_settled_is_not_frozen() -> None:
    watched()
    over = datetime.combine(timezone.now().date().replace(day=1), datetime.min.time(), UTC)

    assert last_month(over + SETTLED - timedelta(seconds=1)) < MONTH
    assert last_month(over + SETTLED) == MONTH


def test_a_correction_makes_a_revision_and_the_former_is_kept_p11(
    beat: Callable[[], None],
) -> None:
    shop = watched()
    beat()

    period = corrected(shop)
    beat()
    corrections.withdraw_period(period, note="n", now=timezone.now())
    beat()

    first, second, third = frozen()
    assert told(second)["previous"] == {"revision": 1, "sha256": first.sha256}
    assert told(second)["reason"] == "history_corrected"
    (of_second,) = told(second)["components"]
    assert of_second["parts"]["major_outage"] == 7_200
    assert sum(of_second["parts"].values()) == told(second)["seconds"]
    assert told(third)["components"] == told(first)["components"]
    assert all(
        is_signed(each.document.encode(), signature_bytes(each.signature), public=each.key.public)
        for each in (first, second, third)
    )


def test_what_changes_nothing_of_the_month_makes_no_revision(beat: Callable[[], None]) -> None:
    shop = watched()
    beat()

    shop.name, shop.uptime_policy = "Store", Policy.MEASURED
    save_component(shop)
    today = timezone.now()
    corrections.add_correction(
        shop, status=Status.DEGRADED, started_at=today - timedelta(seconds=30),
        ended_at=today, note="n", now=today,
    ) if today - HOUR > START + timedelta(days=31) else None  # fmt: skip
    watched("Later")
    StatusPeriod.objects.filter(component__slug="later").update(started_at=today)
    beat()

    (row,) = frozen()
    assert [each["name"] for each in told(row)["components"]] == ["Shop"]


def test_an_incident_counts_until_it_is_deleted_and_drafts_are_not_named(
    beat: Callable[[], None],
) -> None:
    shop = watched()
    made = incident(shop)
    incident(watched("Desk"), published=False)
    beat()
    (first,) = frozen()
    by_name = {each["name"]: each for each in told(first)["components"]}
    assert by_name["Shop"]["incidents"] == [made.reference]
    assert by_name["Shop"]["parts"]["partial_outage"] == 3_600
    assert by_name["Desk"]["incidents"] == []
    assert "=cmd()" not in first.document

    delete_incident(made, actor="ann")
    beat()

    assert [told(each)["overall"]["incidents"] for each in frozen()] == [[made.reference], []]


def test_what_began_or_was_retired_within_the_month_is_unknown_for_the_rest_p11(
    beat: Callable[[], None],
) -> None:
    made, retired = watched("Made"), watched("Retired")
    StatusPeriod.objects.filter(component=made).update(started_at=START + 100 * HOUR)
    StatusPeriod.objects.filter(component=retired).update(ended_at=START + 50 * HOUR)
    Component.objects.filter(pk=retired.pk).update(retired_at=START + 50 * HOUR)

    beat()

    report = told(frozen()[0])
    rows = {each["slug"]: each for each in report["components"]}
    assert rows["made"]["parts"]["unknown"] == 100 * 3_600
    assert rows["retired"]["parts"]["operational"] == 50 * 3_600
    assert {sum(each["parts"].values()) for each in rows.values()} == {report["seconds"]}
    assert sum(report["overall"]["parts"].values()) == report["seconds"]
    assert {each["uptime"] for each in rows.values()} == {100}, "of what is known"


def test_a_policy_that_is_changed_holds_from_the_next_month_on_p11(
    beat: Callable[[], None],
) -> None:
    shop = watched()
    beat()
    shop.uptime_policy = Policy.DECLARED
    save_component(shop)
    corrected(shop)

    beat()

    assert [told(each)["components"][0]["policy"] for each in frozen()] == ["worst", "worst"]
    assert told(frozen()[1])["components"][0]["parts"]["major_outage"] == 7_200


def test_what_is_hidden_leaves_every_report_that_is_shown(beat: Callable[[], None]) -> None:
    """Hidden components never appear; earlier revisions that name one are withdrawn (P11)."""
    watched()
    secret = watched("Secret")
    beat()

    secret.visible = False
    save_component(secret)
    beat()

    state = gather(now=timezone.now())
    both = revisions(state, MONTH)
    assert [len(each.report["components"]) for each in both] == [2, 1]
    assert both[-1].report["reason"] == "components_changed"
    assert "Secret" not in both[-1].row.document

    secret.visible = True
    save_component(secret)
    beat()
    assert len(told(frozen()[-1])["components"]) == 2


def test_each_page_has_a_report_of_what_it_shows(beat: Callable[[], None]) -> None:
    shop = watched()
    watched("Desk")
    page = Page.objects.create(slug="shop", name="The shop", private=True)
    page.components.add(shop)
    save_component(shop)

    beat()

    (row,) = frozen("shop")
    assert [each["slug"] for each in told(row)["components"]] == ["shop"]
    assert row.identity == str(page.identity)
    assert "Desk" not in row.document


def test_another_key_signs_from_now_on_and_survives_a_rotation_of_secrets(
    beat: Callable[[], None],
) -> None:
    shop = watched()
    beat()
    replace_key(now=timezone.now())
    corrected(shop)
    beat()

    first, second = frozen()

    assert first.key_id != second.key_id
    assert told(first)["key"] == first.key_id
    assert ReportKey.objects.filter(in_use=True).count() == 1
    assert ("ReportKey", "private") in {
        (model.__name__, column.name) for model, column in sealed_columns()
    }
    assert sign(second.key, second.document) == second.signature
    assert "PRIVATE" not in second.key.public


def test_the_month_is_that_of_utc() -> None:
    assert last_month(datetime(2026, 3, 1, 0, 9, tzinfo=UTC)) == date(2026, 1, 1)
    assert last_month(datetime(2026, 3, 1, 0, 10, tzinfo=UTC)) == date(2026, 2, 1)
    assert parsed('{"revision":1}')["revision"] == 1
