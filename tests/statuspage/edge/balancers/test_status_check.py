"""`/status/check`: 200 or 503 from memory, for load balancers and scripts (contract P10)."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from components.status import Status
from statuspage.asgi import application
from statuspage.edge.app import EdgeApp
from statuspage.pages.face import Door, Face
from statuspage.publishing import rendered
from statuspage.state.selection import shown_on
from tests.statuspage.asgi import Answer, ask, scope
from tests.statuspage.page_states import component, group, page
from tests.statuspage.pages.fleet import fleet

SHOP = Face("shop", "Shop", component_ids=(1, 2))
INNER = Face("inner", "Inner", component_ids=(5,), door=Door(password="x"))


def door(status: Status | None = Status.OPERATIONAL) -> EdgeApp:
    """A page with one component that once had another slug; None: nothing is published yet."""
    made = EdgeApp(application._inner)
    made._started = True
    if status is not None:
        api = replace(component("API", slug="api", status=status), former_slugs=("gateway",))
        state = replace(page([group(components=[api])]), built_at=datetime.now(UTC))
        made.pages.install(rendered.build(replace(state, status=status)))
    return made


def check(app: EdgeApp, query: str, method: str = "GET", path: str = "/status/check") -> Answer:
    return asyncio.run(ask(app, scope(path, method, query)))


@pytest.mark.parametrize(
    ("status", "query", "expected"),
    [
        (Status.OPERATIONAL, "", "ok"),
        (Status.OPERATIONAL, "&degraded=fail&maintenance=fail&unknown=fail", "ok"),
        (Status.DEGRADED, "", "ok"),
        (Status.DEGRADED, "&degraded=fail", "degraded"),
        (Status.PARTIAL_OUTAGE, "", "partial_outage"),
        (Status.MAJOR_OUTAGE, "&degraded=pass", "major_outage"),
        (Status.MAINTENANCE, "&degraded=fail", "ok"),
        (Status.MAINTENANCE, "&maintenance=fail", "maintenance"),
        (Status.UNKNOWN, "", "ok"),
        (Status.UNKNOWN, "&unknown=fail", "unknown"),
    ],
)
@pytest.mark.parametrize("which", ["component=api", "component=gateway", "component="])
def test_p10_a_status_is_200_or_503(status: Status, query: str, expected: str, which: str) -> None:
    answer = check(door(status), which + query)

    assert (answer.status, answer.body) == (
        200 if expected == "ok" else 503,
        f"{expected}\n".encode(),
    )
    assert answer.headers["cache-control"] == "no-store"
    assert ("retry-after" in answer.headers) is (answer.status == 503)


@pytest.mark.parametrize(
    ("query", "status"),
    [("component=other", 404), ("page=other", 404), ("page=main&component=api", 200),
     ("component=api&degraded=no", 400), ("component=%00%ff", 404), ("&&=&component", 200)],
)  # fmt: skip
def test_p10_what_is_not_there_is_404_and_what_is_not_understood_400(
    query: str, status: int
) -> None:
    assert check(door(), query).status == status


def test_p10_it_is_read_alone_and_head_has_no_body() -> None:
    app = door(Status.MAJOR_OUTAGE)

    head = check(app, "component=api", "HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (503, b"", "13")
    assert check(app, "component=api", "POST").status == 405
    assert check(app, "component=api", "OPTIONS").status == 204


def test_p10_before_the_first_publication_nothing_is_known() -> None:
    answer = check(door(None), "component=api")

    assert (answer.status, answer.body) == (503, b"unknown\n")


def test_p10_a_page_is_checked_by_what_it_shows_and_a_private_one_behind_its_door() -> None:
    app = door(None)
    state = fleet(SHOP, INNER)
    shown = tuple(rendered.build(shown_on(state, face)) for face in (SHOP, INNER))
    app.pages.install(replace(rendered.build(state), pages=shown))
    own, other = (f"component={state.components[n].slug}" for n in (0, 4))

    assert check(app, f"page=shop&{own}").status in (200, 503)
    assert check(app, f"page=shop&{other}").status == 404
    assert check(app, own, path="/status/p/shop/check").status in (200, 503)
    for query in ("page=inner", f"page=inner&{other}", f"page=inner&{own}"):
        assert check(app, query).status == 401
    assert check(app, other, path="/status/p/inner/check").status == 401
