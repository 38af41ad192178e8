"""The copy on disk is a whole site: a plain file server shows it while the product is stopped."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.db import OperationalError

from components.models import Component
from components.services import save_component
from components.values.severity import Severity
from incidents.models import Incident
from incidents.services import open_incident
from maintenance.models import Window
from maintenance.services import schedule
from statuspage.publishing import (
    archive,
    disk_copy,
    projector,
    snapshot,
    static_site,
)
from tests import DOCS, build
from tests.counterparts import program
from tests.journeys.product import free_port
from tests.proxies import nginx_frame
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.django_db(transaction=True)
DOCUMENT = DOCS / "fallback.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings.STATUSPAGE, "repository_path", tmp_path)
    monkeypatch.setattr(static_site, "TURN_SECONDS", 60.0)
    return tmp_path


def published_site() -> Incident:
    """Two components, an incident of last month, one that is open, a window to come."""
    now = datetime.now(UTC)
    api = build.component("API", slug="api")
    build.component("Search", slug="search")
    began = now - timedelta(days=40)
    old = open_incident(
        title="Cable cut", message="Mended.", severity=Severity.MAJOR, started_at=began
    )
    Incident.objects.filter(pk=old.pk).update(
        status="resolved", resolved_at=began + timedelta(hours=2)
    )
    open_incident(title="Slow answers", message="We look.", severity=Severity.MINOR)
    window = Window(title="New disks", starts_at=now + timedelta(days=1))
    window.ends_at = now + timedelta(days=1, hours=2)
    schedule(window, components=[api])
    projector.catch_up()
    snapshot.publish()
    static_site.BackgroundWriter().step(now)
    return old


def test_every_link_of_the_copy_leads_to_a_file(folder: Path) -> None:
    published_site()

    links = set()
    for page in folder.rglob("*.html"):
        links |= set(re.findall(r'(?:href|action)="(/status[^"?#]*)', page.read_text("utf-8")))
    assert {"/status/components/api", "/status/history", "/status/feed.atom"} <= links
    # Signing up takes somebody who answers.
    links.discard("/status/subscribe")
    assert [path for path in links if not disk_copy.file_of(path).is_file()] == []


def test_a_component_that_is_hidden_leaves_no_trace_s2(folder: Path) -> None:
    published_site()
    assert disk_copy.file_of("/status/components/search").is_file()

    search = Component.objects.get(slug="search")
    search.visible = False
    save_component(search)
    projector.catch_up()

    assert not (folder / "site/status/components/search").exists()
    assert b"Search" not in disk_copy.file_of("/status").read_bytes()


def test_an_incident_that_became_a_draft_again_goes_with_the_next_round_s2(folder: Path) -> None:
    old = published_site()
    path = disk_copy.file_of(f"/status/incidents/{old.reference}")
    assert b"Cable cut" in path.read_bytes()

    Incident.objects.filter(pk=old.pk).update(published=False)
    static_site.BackgroundWriter().step(datetime.now(UTC))

    assert not path.exists()


def test_a_round_that_was_cut_short_deletes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = published_site()

    def away(*asked: object) -> None:
        raise OperationalError("gone")

    rest = static_site.BackgroundWriter()
    with monkeypatch.context() as broken:
        broken.setattr(archive, "parse_path", away)
        with pytest.raises(OperationalError):
            rest.step(datetime.now(UTC))
    rest.step(datetime.now(UTC))

    assert disk_copy.file_of(f"/status/incidents/{old.reference}").is_file()


def test_what_did_not_change_is_not_written_again(folder: Path) -> None:
    published_site()
    feed = disk_copy.file_of("/status/feed.atom")
    before = feed.stat().st_ino

    snapshot.publish()

    assert feed.stat().st_ino == before


@pytest.fixture
def fallback(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real nginx, configured as the documentation says, in front of a product that is stopped."""
    nginx = program("nginx")
    found = re.search(r"```nginx\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert found
    port, place = free_port(), tmp_path_factory.mktemp("nginx")
    text = found[1].replace("listen 80;", f"listen 127.0.0.1:{port};")
    text = text.replace("127.0.0.1:3000", f"127.0.0.1:{free_port()}")
    text = text.replace("/var/lib/statuspage/repository/site", str(folder / "site"))
    (place / "nginx.conf").write_text(nginx_frame(place, text))
    command = [str(nginx), "-e", f"{place}/error.log", "-p", str(place), "-c"]
    process = subprocess.Popen([*command, str(place / "nginx.conf")])
    base = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(base), what="nginx answers")
        yield base
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(base: str) -> bool:
    try:
        requests.get(base, timeout=10)
    except requests.ConnectionError:
        return False
    return True


def test_nginx_shows_the_copy_while_the_product_is_stopped(fallback: str) -> None:
    published_site()

    for path, content_type, told in (
        ("/status", "text/html", "As of"),
        ("/status/", "text/html", "Slow answers"),
        ("/status/components/api", "text/html", "Last 12 months"),
        ("/status/history", "text/html", "Slow answers"),
        ("/status/feed.atom", "application/atom+xml", "Slow answers"),
        ("/status/calendar.ics", "text/calendar", "New disks"),
        ("/status/badge.svg", "image/svg+xml", "Status"),
        ("/status.txt", "text/plain", "Slow answers"),
    ):
        answer = requests.get(fallback + path, timeout=PATIENCE, allow_redirects=False)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith(content_type), path
        assert told in answer.text, path
    assert requests.get(f"{fallback}/status/components/none", timeout=PATIENCE).status_code == 404


def test_the_first_round_goes_at_once_and_those_after_it_take_their_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published_site()
    written: list[Path] = []
    monkeypatch.setattr(disk_copy, "replace_file", lambda path, body: written.append(path))
    rest, now = static_site.BackgroundWriter(), datetime.now(UTC)

    def counted(seconds: float) -> int:
        written.clear()
        rest.step(now + timedelta(seconds=seconds))
        return len(written)

    everything = counted(0)
    assert everything > 10
    assert counted(1) == 0, "a round has just ended"
    began = static_site.ROUND_SECONDS + 1
    assert counted(began) == 0, "a new one begins"
    assert 0 < counted(began + static_site.ROUND_SECONDS / 4) < everything / 2
    assert 0 < counted(began + static_site.ROUND_SECONDS) < everything
    assert counted(began + static_site.ROUND_SECONDS + 1) == 0
