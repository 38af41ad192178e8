"""Monthly reports by mail to whoever asked: when frozen, when revised, never of imports."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from components.history.imported import write_imported
from components.journal import record
from components.models import Component, JournalEntry
from components.status import Status
from components.uptime.layers import Policy
from components.uptime.periods import Period
from statuspage.automation import notices
from statuspage.models import Page
from statuspage.report_models import FrozenReport
from statuspage.reports.freezing import Freezer
from statuspage.state.builder import gather
from subscribers.delivery.fanout import fan_out
from subscribers.enums import Kind
from subscribers.models import Delivery, Notice, Subscriber
from tests import build
from tests.statuspage.reports.test_freezing import HOUR, MONTH, START, corrected, watched

pytestmark = [pytest.mark.django_db(transaction=True)]
ENDED = timezone.now().replace(day=1, hour=0, minute=20, second=0, microsecond=0)
"""Twenty minutes into this month: the former one is settled."""


@pytest.fixture(autouse=True)
def here_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product has been here since the month's beginning, and now is shortly after its end."""
    watched("Shop", uptime_policy=Policy.DECLARED)
    JournalEntry.objects.update(at=START)


def readers() -> dict[str, Subscriber]:
    made = {
        "reports": build.subscriber("a@example.org", kinds=["reports"]),
        "incidents": build.subscriber("b@example.org"),
        "shop": build.subscriber("c@example.org", kinds=["reports"], page="shop"),
    }
    Subscriber.objects.update(confirmed_at=START, created_at=START)
    return made


def freeze(now: datetime = ENDED) -> None:
    freezer = Freezer(lambda: gather(now=now))
    for _ in range(5):
        freezer.step(now)


def tell(now: datetime = ENDED) -> list[Notice]:
    """Have the journal read at an instant; return what was told."""
    fresh = JournalEntry.objects.filter(kind="report.frozen").order_by("-pk")
    told = Notice.objects.filter(kind=Kind.REPORTS).values("entry_id")
    fresh.exclude(pk__in=told).update(at=now)
    notices.run(now=now)
    while fan_out(now=now):
        pass
    return list(Notice.objects.filter(kind=Kind.REPORTS).order_by("pk"))


def recipients(notice: Notice) -> set[int]:
    return set(Delivery.objects.filter(notice=notice).values_list("subscriber", flat=True))


def test_a_frozen_report_is_one_mail_to_who_asked_on_that_page_p11() -> None:
    Page.objects.create(slug="shop", name="Shop", everything=True)
    told = readers()
    freeze()

    main, shop = tell()

    assert recipients(main) == {told["reports"].pk}
    assert recipients(shop) == {told["shop"].pk}
    assert main.facts["url"].endswith(f"/status/reports/{MONTH:%Y-%m}")
    assert main.facts["headline"] == f"Report, {MONTH:%Y-%m}"
    assert "ready to read" in main.facts["message"]
    freeze()
    assert tell() == [main, shop], "nothing is frozen or told twice"


def test_a_revision_is_said_to_be_one_p11() -> None:
    told = readers()
    freeze()
    tell()

    corrected(Component.objects.get(slug="shop"))
    freeze(ENDED + HOUR)
    first, second = tell(ENDED + HOUR)

    assert recipients(second) == {told["reports"].pk}
    assert "revised" in second.facts["message"]
    assert "revision 2" in second.facts["message"]
    assert second.thread == first.thread


def test_what_is_imported_is_told_to_nobody_p11() -> None:
    readers()
    freeze()
    tell()
    shop = Component.objects.get(slug="shop")
    period = Period(Status.MAJOR_OUTAGE, START + HOUR, START + 3 * HOUR)
    with transaction.atomic():
        record(
            write_imported(shop, [(period, "")], origin="kener", product="Kener"),
            at=ENDED + HOUR / 2,
        )
    freeze(ENDED + HOUR)

    assert len(tell(ENDED + HOUR)) == 1
    assert FrozenReport.objects.filter(page="main", revision=2).exists()


@pytest.mark.parametrize("late", [False, True], ids=["began after it", "told a month late"])
def test_a_month_before_anybody_watched_is_told_to_nobody_p11(late: bool) -> None:
    readers()
    now = ENDED + timedelta(days=32) if late else ENDED
    if not late:
        JournalEntry.objects.update(at=ENDED - timedelta(minutes=10))
    freeze(now)

    told = [each for each in tell(now) if each.thread.endswith(f"{MONTH:%Y-%m}")]

    assert told == []
