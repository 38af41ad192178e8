"""The post-mortem in public: its own page, a notice that leads there, nothing while a draft."""

from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async

from components.models import Component
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident
from incidents.postmortems import save_postmortem
from incidents.services import open_incident, post_update
from incidents.workflow import IncidentState
from statuspage.automation import notices
from statuspage.state.builder import gather
from subscribers.models import Notice
from tests import build
from tests.statuspage.asgi import ask, scope
from tests.statuspage.edge.test_document_cache import showing

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop() -> Component:
    return build.component("Shop")


@pytest.fixture
def incident(shop: Component) -> Incident:
    made = open_incident(
        title="Cable cut", severity=Severity.MAJOR, message="We look.",
        impacts={shop: Status.MAJOR_OUTAGE},
    )  # fmt: skip
    post_update(made, status=IncidentState.RESOLVED, message="Mended.")
    return made


PARTS = {"impact": "Nobody could **buy**.", "root_cause": "<script>digger()</script>"}


@pytest.mark.asyncio
@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=200)])
async def test_it_has_a_page_of_its_own_once_it_is_published_s2(
    incident: Incident, age: timedelta
) -> None:
    began = datetime.now(UTC) - age
    await sync_to_async(Incident.objects.filter(pk=incident.pk).update)(
        started_at=began, resolved_at=began
    )
    path = f"/status/incidents/{incident.reference}/postmortem"
    await sync_to_async(save_postmortem)(incident, parts=PARTS)
    drafted = await ask(showing(await sync_to_async(gather)(now=datetime.now(UTC))), scope(path))
    await sync_to_async(save_postmortem)(incident, parts={}, publish=True)

    door = showing(await sync_to_async(gather)(now=datetime.now(UTC)))
    told = await ask(door, scope(path))
    main = await ask(door, scope(path.removesuffix("/postmortem")))
    window = await ask(door, scope("/status/maintenance/MAINT-2026-001/postmortem"))

    assert (drafted.status, told.status, window.status) == (404, 200, 404)
    assert b"Nobody could <strong>buy</strong>." in told.body
    assert b"<script>digger" not in told.body
    assert f'href="{path}"'.encode() in main.body


def test_the_notice_of_it_leads_to_its_page(incident: Incident) -> None:
    notices.run(now=datetime.now(UTC))
    build.subscriber("ann@example.org")
    save_postmortem(incident, parts=PARTS, publish=True)
    save_postmortem(incident, parts={"actions": "Deeper cables."}, publish=True)

    notices.run(now=datetime.now(UTC))

    told = [each.facts for each in Notice.objects.order_by("id")]
    told = [facts for facts in told if facts["event"] == "postmortem.published"]
    assert len(told) == 1
    assert told[0]["url"].endswith(f"/status/incidents/{incident.reference}/postmortem")
    assert told[0]["message"] == "Nobody could **buy**."
