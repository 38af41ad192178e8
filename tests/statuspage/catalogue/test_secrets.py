"""Secrets of documents: by reference, kept, and never told (P07)."""

from pathlib import Path
from typing import Any

import pytest

from monitors.config.parsing import parse_config
from monitors.models import Monitor
from statuspage.catalogue.index import export_document
from statuspage.catalogue.secrets import References
from statuspage.catalogue.text import write_yaml
from statuspage.models import Page
from tests.statuspage.catalogue.documents import SECRET, SOME
from tests.statuspage.catalogue.test_planning import apply, changes, mistakes, some

pytestmark = [pytest.mark.both, pytest.mark.django_db]
CANARY = "canary-of-the-catalogue"


def health(**config: Any) -> dict[str, Any]:
    """The document with other settings of one monitor."""
    first, *others = SOME["monitors"]
    return some(monitors=[{**first, "config": {**first["config"], **config}}, *others])


def test_p07_a_secret_is_sealed_for_its_destination_and_exported_as_kept() -> None:
    apply(SOME)

    monitor = Monitor.objects.get(name="Health")
    exported = export_document()
    assert parse_config(monitor.kind, monitor.config).password.get_secret_value() == CANARY  # type: ignore[attr-defined]
    assert CANARY not in str(monitor.config)
    assert CANARY not in write_yaml(exported)
    assert exported["monitors"][0]["config"]["password"] == {"keep": True}
    assert exported["pages"][0]["password"] == {"keep": True}
    assert changes(exported) == []


def test_p07_another_secret_is_a_change_that_tells_neither() -> None:
    apply(SOME)
    before = Monitor.objects.get(name="Health").target_revision

    assert changes(health(password=CANARY)) == []
    outcome = apply(health(password="another-one"))

    (change,) = outcome.changes
    assert change.fields == (("config.password", "secret", "new secret"),)
    assert Monitor.objects.get(name="Health").target_revision == before + 1


def test_p07_keep_without_a_secret_or_after_a_change_of_origin_is_an_error_s15() -> None:
    kept = {"keep": True}
    found = mistakes(health(password=kept))
    assert "Enter the secret again" in found["monitors.0.config.password"]

    apply(SOME)
    assert changes(health(password=kept)) == []
    moved = mistakes(health(password=kept, url="https://evil.example.dev/"))
    assert "Enter the secret again" in moved["monitors.0.config.password"]
    channel = {"name": "New", "channel": "email", "address": kept}
    found = mistakes({"version": 1, "alert_channels": [channel]})
    assert "no secret here to keep" in found["alert_channels.0.address"]


def test_p07_a_header_by_reference_is_a_secret_whatever_its_name() -> None:
    apply(health(headers={"X-Env": SECRET, "X-Plain": "told"}))

    (first, _) = export_document()["monitors"]
    assert first["config"]["headers"] == {"X-Env": {"keep": True}, "X-Plain": "told"}
    assert changes(health(headers={"X-Env": {"keep": True}, "X-Plain": "told"})) == []


def test_p07_a_page_keeps_its_password_and_its_passes() -> None:
    apply(SOME)
    version = Page.objects.get(slug="shop").key_version

    (shop,) = SOME["pages"]
    apply(some(pages=[{**shop, "name": "Store", "password": {"keep": True}}]))

    page = Page.objects.get(slug="shop")
    assert (page.name, page.key_version) == ("Store", version)


def test_p07_references_are_read_for_who_runs_the_command_alone(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    allowed = References(allowed=True, folder=tmp_path, environment={"A": "from-a-variable"})

    assert allowed.open({"file": "token"}) == "from-a-file"
    assert allowed.open({"env": "A"}) == "from-a-variable"
    for form in ({"env": "A"}, {"file": "token"}, {"file": "/etc/passwd"}):
        with pytest.raises(ValueError, match="read the server's environment"):
            References(folder=tmp_path).open(form)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"env": "NOT_THERE"}, "no variable NOT_THERE"),
        ({"file": "not-there"}, "cannot be read"),
        ({"file": "."}, "cannot be read"),
        ({"file": "binary"}, "no text"),
        ({"file": "long"}, "65536 bytes"),
        ({"env": "EMPTY"}, "empty"),
        ({"vault": "x"}, "{env: NAME}"),
        ({"keep": False}, "{env: NAME}"),
        ({"env": "A", "file": "b"}, "{env: NAME}"),
    ],
)
def test_p07_a_reference_that_leads_nowhere_is_told(
    form: dict[str, Any], said: str, tmp_path: Path
) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "long").write_bytes(b"x" * 70_000)
    references = References(allowed=True, folder=tmp_path, environment={"EMPTY": ""})

    with pytest.raises(ValueError, match=said):
        references.open(form)
