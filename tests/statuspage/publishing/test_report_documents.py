"""The addresses of monthly reports: what each answers, and what it never names (contract P11)."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from components.models import DeclaredPeriod, StatusPeriod
from components.services import save_component
from components.status import Status
from statuspage.edge.app import EdgeApp
from statuspage.models import Page
from statuspage.pages.face import Door, Face
from statuspage.publishing import rendered
from statuspage.publishing.archive import parse_path
from statuspage.publishing.documents import Document
from statuspage.report_models import FrozenReport
from statuspage.reports.freezing import freeze_month, last_month
from statuspage.reports.month import month_span
from statuspage.state.builder import gather
from statuspage.state.page_state import PageState
from statuspage.state.selection import shown_on
from tests import build
from tests.statuspage.asgi import ask, scope
from tests.statuspage.page_html import read

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
MONTH = last_month(timezone.now())
START = datetime.combine(MONTH, datetime.min.time(), UTC)
PATH = f"/status/reports/{MONTH:%Y-%m}"


def shown(path: str, state: PageState | None = None) -> Document | None:
    asked = parse_path(path)
    assert asked is not None
    made = asked.make(state or gather(now=timezone.now()))
    assert made is None or isinstance(made, Document)
    return made


def body(path: str) -> bytes:
    made = shown(path)
    assert made is not None
    return made.body


def freeze() -> None:
    now = timezone.now()
    span = month_span(MONTH, now=now)
    assert span is not None
    freeze_month(gather(now=now), span, now=now)


@pytest.fixture(autouse=True)
def shop() -> Any:
    group = build.group("Sales")
    made = build.component("=HYPERLINK(1)", slug="shop", group=group)
    build.monitor(made)
    StatusPeriod.objects.update(status=Status.OPERATIONAL, started_at=START)
    DeclaredPeriod.objects.all().delete()
    return made


def test_a_report_to_read_says_what_it_is_and_what_verifies_it_p11() -> None:
    preliminary = read(body(PATH))
    assert "Preliminary" in preliminary.text

    freeze()
    page = read(body(PATH))

    (row,) = FrozenReport.objects.all()
    assert "Revision 1, final since" in page.text
    assert f"/status/reports/verify/{row.sha256}" in page.text
    assert "Sales" in page.text
    assert next(each.text for each in page.all("tr")[1].all("td")) == "100 %"
    assert json.loads(body(f"{PATH}.json")) == json.loads(row.document)
    assert body(f"{PATH}.json") == row.document.encode()
    assert len(body(f"{PATH}.sig")) == 64
    assert body("/status/reports/key.pem").startswith(b"-----BEGIN PUBLIC KEY-----")
    assert body(f"/status/reports/keys/{row.key_id}.pem") == body("/status/reports/key.pem")
    listed = json.loads(body("/status/reports.json"))["reports"]
    assert [each["revision"] for each in listed] == [0, 1]
    assert f"{MONTH:%Y-%m}" in body("/status/reports").decode()


def test_no_cell_is_a_formula_and_each_row_adds_up_s3() -> None:
    rows = list(csv.DictReader(io.StringIO(body(f"{PATH}.csv").decode())))

    assert [each["kind"] for each in rows] == ["page", "group", "component"]
    assert rows[-1]["name"] == "'=HYPERLINK(1)"
    for each in rows:
        parts = [int(each[name]) for name in each if name.endswith("_seconds")]
        total, *rest = parts
        assert sum(rest) == total


def test_the_running_month_is_cut_at_now_and_not_signed() -> None:
    now = timezone.now()
    path = f"/status/reports/{now:%Y-%m}"

    report = json.loads(body(f"{path}.json"))

    assert report["frozen_at"] is None
    assert report["seconds"] <= (now + timedelta(minutes=5) - START).total_seconds()
    assert report["components"][0]["total"] == report["seconds"]
    assert shown(f"{path}.sig") is None


@pytest.mark.parametrize(
    "path",
    [
        "/status/reports/2999-01",
        "/status/reports/9999-12.json",
        "/status/reports/1999-01",
        "/status/reports/2001-01",
        f"{PATH}/7",
        f"{PATH}/7.json",
        "/status/reports/keys/0123456789abcdef.pem",
        f"/status/reports/verify/{'0' * 64}",
        f"/status/reports/verify/{'0' * 64}.json",
    ],
    ids=[
        "future",
        "last_year_s16",
        "first_year",
        "unknown",
        "revision",
        "json",
        "key",
        "verify",
        "verify_json",
    ],
)
def test_what_there_is_not_is_not_found(path: str) -> None:
    freeze()

    assert shown(path) is None


@pytest.mark.parametrize("path", ["/status/reports/2026-13", "/status/reports/verify/abc"])
def test_other_addresses_are_none_of_reports(path: str) -> None:
    assert parse_path(path) is None


def test_a_revision_is_said_to_be_replaced_and_verifies_still(shop: Any) -> None:
    freeze()
    DeclaredPeriod.objects.create(
        component=shop, status=Status.MAJOR_OUTAGE, started_at=START,
        ended_at=START + timedelta(hours=3), note="n",
    )  # fmt: skip

    freeze()

    first, second = FrozenReport.objects.order_by("revision")
    assert "Replaced by revision 2." in read(body(f"{PATH}/1")).text
    newest = read(body(PATH)).text
    assert "History was corrected." in newest
    assert "Replaces revision 1." in newest
    told = json.loads(body(f"/status/reports/verify/{first.sha256}.json"))
    assert (told["genuine"], told["revision"], told["newest_revision"]) == (True, 1, 2)
    assert "This report is genuine." in read(body(f"/status/reports/verify/{second.sha256}")).text


def test_a_row_that_was_tampered_with_is_not_called_genuine() -> None:
    freeze()
    row = FrozenReport.objects.get()
    FrozenReport.objects.update(document=row.document.replace('"uptime":100', '"uptime":99'))

    assert shown(f"/status/reports/verify/{row.sha256}.json") is None


def test_a_hidden_component_is_in_no_revision_that_is_shown(shop: Any) -> None:
    build.monitor(build.component("Desk", slug="desk"))
    StatusPeriod.objects.update(status=Status.OPERATIONAL, started_at=START)
    freeze()
    first = FrozenReport.objects.get()

    shop.visible = False
    save_component(shop)

    for path in (PATH, f"{PATH}.json", f"{PATH}.csv", f"{PATH}/1.json"):
        made = shown(path)
        assert made is None or b"HYPERLINK" not in made.body, path
    freeze()
    for path in (f"{PATH}/1", f"{PATH}/1.json", f"/status/reports/verify/{first.sha256}"):
        assert shown(path) is None
    assert json.loads(body(f"{PATH}.json"))["revision"] == 2


def test_another_page_has_reports_of_its_own(shop: Any) -> None:
    build.monitor(build.component("Desk", slug="desk"))
    StatusPeriod.objects.update(status=Status.OPERATIONAL, started_at=START)
    made = Page.objects.create(slug="sales", name="Sales page")
    made.components.add(shop)
    freeze()
    state = gather(now=timezone.now())
    (face,) = state.faces

    of_page = shown(f"{PATH}.json", shown_on(state, face))

    assert of_page is not None
    assert b"Desk" not in of_page.body
    assert b"Desk" in body(f"{PATH}.json")
    another = Face(slug="sales", component_ids=(shop.pk,), door=Door())
    made_anew = shown(f"{PATH}.json", shown_on(state, another))
    assert made_anew is not None
    assert json.loads(made_anew.body)["frozen_at"] is None


@pytest.mark.asyncio
async def test_reports_of_a_private_page_lie_behind_its_door(shop: Any) -> None:
    """Nothing is said of a private page before its door was passed, not even which key signs."""

    async def behind(asked: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def publish() -> PageState:
        made = Page.objects.create(slug="secret", name="Secret page", private=True)
        made.components.add(shop)
        freeze()
        return gather(now=timezone.now())

    app = EdgeApp(behind)
    app._started = True
    state = await sync_to_async(publish)()
    (face,) = state.faces
    main = rendered.build(state)
    app.pages.install(replace(main, pages=(rendered.build(shown_on(state, face)),)))
    paths = (PATH, f"{PATH}.json", f"{PATH}.sig", "/status/reports.json", "/status/reports/key.pem")

    for path in paths:
        refused = await ask(app, scope(path.replace("/status", "/status/p/secret", 1)))
        assert refused.status == 401, path
        shown_to_all = await ask(app, scope(path))
        assert shown_to_all.status == 200, path
