"""S2: what is hidden, drafted, internal or unconfirmed leaves no trace in anything public.

The addresses are those of the code's own tables, asked by a stranger, so that a new one is looked
at as soon as it is there.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver

from components.models import JournalEntry
from components.secrets import Sealed
from components.status import Status
from components.values.severity import Severity
from incidents.models import Incident
from incidents.notes import add_note
from incidents.services import open_incident
from maintenance.models import Window
from maintenance.services import schedule
from monitors.models import Monitor
from monitors.services import delete_monitor
from statuspage.access import tokens
from statuspage.access.tokens import digest
from statuspage.api import schema_view
from statuspage.edge import maintenance_gate, system_status
from statuspage.edge.app import EdgeApp
from statuspage.edge.live.events import live_event, snapshot_event
from statuspage.edge.token_cache import KnownToken
from statuspage.publishing import documents, rendered, snapshot
from statuspage.renderers.json.statuspage_v2 import PATHS
from statuspage.state.builder import gather
from statuspage.urls import urlpatterns
from subscribers.models import Subscriber
from tests import build
from tests.statuspage.asgi import ask, scope

pytestmark = pytest.mark.django_db(transaction=True)
SECRETS = (
    "zq-hidden-component", "zq-hidden-group", "zq-of-hidden-group", "zq-disabled-monitor",
    "zq-target", "zq-draft-title", "zq-draft-words", "zq-note", "zq-subscriber",
    "zq-hidden-window", "zq-override-note",
)  # fmt: skip
BEHIND = ("/status/subscribe",)
ENDLESS = "/status/events"
PUBLIC = [
    path
    for path, item in json.loads(schema_view.document())["paths"].items()
    if "get" in item
    and "security" not in item["get"]
    and not path.startswith(("/ping/", "/api/push/", ENDLESS, *BEHIND))
]
"""Whatever the edge answers to anybody, as the OpenAPI document has it; the documents that
can be made of a page are held against it, so none can be forgotten."""
SYSTEM = (system_status.STATUS, system_status.DEPENDENCIES, system_status.HISTORY)
FORMS = ({"accept": "text/html"}, {"accept": "application/json"}, {"if-none-match": '"x"'})
KEY = "sp_reader"


@dataclass
class Scene:
    """What there is: a shop that everybody sees, and what nobody may see."""

    hidden_slug: str
    grouped_slug: str
    told: Incident
    window: Window
    draft: Incident
    monitor: Monitor


@pytest.fixture
def scene() -> Scene:
    shop = build.component("Shop", slug="shop", override_note="zq-override-note")
    hidden = build.component("zq-hidden-component", slug="zq-hidden-component", visible=False)
    group = build.group("zq-hidden-group", visible=False)
    grouped = build.component("zq-of-hidden-group", slug="zq-of-hidden-group", group=group)
    shop.depends_on.set([hidden, grouped])
    monitor = build.monitor(
        shop, name="zq-disabled-monitor", url="http://zq-target.example/", enabled=False
    )
    impacts = dict.fromkeys((shop, hidden, grouped), Status.MAJOR_OUTAGE)
    told = open_incident(
        title="Public trouble", severity=Severity.MAJOR, message="We look.", impacts=impacts
    )
    add_note(told, text="zq-note")
    draft = open_incident(
        title="zq-draft-title", severity=Severity.MAJOR, message="zq-draft-words",
        impacts={shop: Status.DEGRADED}, published=False,
    )  # fmt: skip
    now = datetime.now(UTC)
    window = Window(title="zq-hidden-window", message="zq-hidden-window", starts_at=now,
                    ends_at=now + timedelta(hours=1), blocks_api=True)  # fmt: skip
    schedule(window, components=[hidden], at=now)
    sign_up("zq-subscriber@example.org")
    return Scene(hidden.slug, grouped.slug, told, window, draft, monitor)


def sign_up(address: str) -> None:
    """A subscriber that has not confirmed yet."""
    sealed: Any = Sealed.of(address)
    Subscriber.objects.create(address=sealed, address_digest=digest(address), lane="example.org")


def traces(*parts: bytes | str) -> list[str]:
    """The secrets that are told in any of these."""
    text = b"\n".join(each.encode() if isinstance(each, str) else each for each in parts)
    return [secret for secret in SECRETS if secret.encode() in text.lower()]


def door(scene: Scene) -> EdgeApp:
    async def behind(*_: Any) -> None:
        raise AssertionError("not of the edge")

    made = EdgeApp(behind)
    made._started = True
    made.pages.install(rendered.build(gather(now=datetime.now(UTC))))
    made.tokens._tokens = {digest(KEY): KnownToken(1, frozenset({"status:read"}), None)}
    return made


def fetch(front: EdgeApp, path: str, query: str = "", **headers: str) -> tuple[int, bytes, str]:
    answer = asyncio.run(ask(front, scope(path, query=query, headers=headers)))
    return answer.status, answer.body, json.dumps(answer.headers)


def routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    """Every address behind the edge but the admin's, as its pattern has it."""
    for pattern in patterns:
        told = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if not told.startswith("admin/"):
                yield from routes(pattern.url_patterns, told)
        elif isinstance(pattern, URLPattern) and not told.startswith("admin/"):
            yield told


def test_s2_nothing_hidden_is_told_on_any_public_address(scene: Scene) -> None:
    front, cells, leaks = door(scene), 0, []
    for path in ("/", *addresses(scene), *SYSTEM):
        key = {"authorization": f"Bearer {KEY}"} if path in SYSTEM else {}
        for form in FORMS:
            for query in ("", "includeMetrics=true" if path == system_status.STATUS else "n=1"):
                _, body, headers = fetch(front, path, query, **form, **key)
                cells += len(SECRETS)
                leaks += [(path, secret) for secret in traces(body, headers)]
    current = front.pages.snapshot
    assert current is not None
    for name, variant in current.bodies.items():
        cells += len(SECRETS)
        leaks += [(name, secret) for secret in traces(variant.identity)]

    assert leaks == []
    assert cells >= 3_000


def addresses(scene: Scene) -> list[str]:
    """Every public address, of what is shown and of what is not."""
    values = {
        "slug": ("shop", scene.hidden_slug, scene.grouped_slug),
        "reference": (scene.told.reference, scene.draft.reference, scene.window.reference),
        "month": (f"{datetime.now(UTC):%Y-%m}",),
        "status": tuple(Status),
        "sha256": ("0f" * 32,),
    }
    found = []
    for template in PUBLIC:
        name = next(iter(re.findall(r"\{(\w+)\}", template)), "")
        found += [template.replace(f"{{{name}}}", value) for value in values.get(name, ("",))]
    return found


def test_s2_every_document_of_a_page_is_among_the_public_addresses(scene: Scene) -> None:
    state = gather(now=datetime.now(UTC))
    known = [re.compile(re.sub(r"\{\w+\}", "[^/]+", each.replace(".", r"\."))) for each in PUBLIC]

    paths = {
        *documents.all_paths(state),
        *rendered.build(state).bodies,
        *PATHS,
        maintenance_gate.PATH,
    }
    made = [path for path in paths if path.startswith("/")]

    assert len(made) > 25
    assert [path for path in made if not any(each.fullmatch(path) for each in known)] == []


def test_s2_hidden_and_missing_documents_answer_alike(scene: Scene) -> None:
    front = door(scene)
    hidden = {
        "slug": (scene.hidden_slug, scene.grouped_slug),
        "reference": (scene.draft.reference, scene.window.reference),
    }
    never = {"slug": "never-was", "reference": "INC-2026-999999"}
    looked = 0
    for template in PUBLIC:
        for name in re.findall(r"\{(slug|reference)\}", template):
            missing = fetch(front, template.replace(f"{{{name}}}", never[name]))
            assert missing[0] == 404
            for value in hidden[name]:
                assert fetch(front, template.replace(f"{{{name}}}", value)) == missing
                looked += 1

    assert looked >= 20


def test_s2_nothing_hidden_is_told_to_strangers_behind_the_door(
    scene: Scene, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.STATUSPAGE, "anonymous_requests_per_minute", 10**9)
    leaks, answered = [], 0
    client.raise_request_exception = False
    for route in routes(urlpatterns):
        pk = scene.monitor.pk if "monitors" in route else scene.draft.pk
        path = "/" + re.sub(r"<slug:\w+>", "shop", re.sub(r"<(int|str):\w+>", str(pk), route))
        for method in ("get", "post", "options", "delete"):
            answer = getattr(client, method)(path, headers={"accept": "application/json"})
            answered += 1
            assert answer.status_code != 500, (method, path)
            leaks += [(path, each) for each in traces(answer.content, str(answer.headers))]

    assert leaks == []
    assert answered > 60


def test_s2_nothing_hidden_is_told_on_the_stream(scene: Scene) -> None:
    delete_monitor(scene.monitor)
    state = gather(now=datetime.now(UTC))

    events = [live_event(entry, state) for entry in JournalEntry.objects.order_by("id")]

    told = [event.sse for event in (*events, snapshot_event(state)) if event is not None]
    assert len(told) > 2
    assert traces(*told) == []


def test_s2_nothing_hidden_is_kept_on_disk_or_in_the_published_state(scene: Scene) -> None:
    published = snapshot.publish()
    kept = rendered.unpack(rendered.pack(published))

    assert traces(repr(kept.state)) == []
    folder = settings.STATUSPAGE.repository_path / "site"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert traces(*(path.read_bytes() for path in files)) == []


@pytest.mark.parametrize(
    "path", [maintenance_gate.PATH, system_status.STATUS, system_status.HISTORY]
)
def test_s2_hidden_and_missing_answer_alike(scene: Scene, path: str) -> None:
    front = door(scene)
    name = {maintenance_gate.PATH: "component", system_status.HISTORY: "service"}.get(
        path, "services"
    )
    key = {"authorization": f"Bearer {KEY}"}

    hidden, missing = (
        fetch(front, path, f"{name}={slug}", **key) for slug in (scene.hidden_slug, "never-was")
    )

    told = hidden[1].replace(scene.hidden_slug.encode(), b"never-was")
    assert (hidden[0], told) == (missing[0], missing[1])


def test_s2_hiding_changes_no_etag_of_what_is_told(scene: Scene) -> None:
    now = datetime.now(UTC)
    before = rendered.build(gather(now=now)).bodies
    build.component("zq-hidden-component-2", slug="zq-2", visible=False)
    open_incident(title="zq-draft-title", severity=Severity.MAJOR, message="m", published=False)
    sign_up("zq-subscriber-2@example.org")
    tokens.create(name="zq-note", scopes=["manage"])

    after = rendered.build(gather(now=now)).bodies

    # The HTML page names its version; the JSON of every dialect is the same to the byte.
    changed = [name for name in before if before[name].etag != after[name].etag]
    assert [name for name in changed if not name.endswith(".html")] == []
