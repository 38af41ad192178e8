"""The OpenAPI document: whole, valid, up to date, with an example for everything."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.test import Client

from statuspage.access.tokens import SCOPES
from statuspage.api import schema_view
from statuspage.edge import system_status
from statuspage.publishing import documents
from statuspage.renderers.json.statuspage_v2 import PATHS
from tests import ROOT
from tests.contracts.api_site import ApiSite
from tests.statuspage.live_site import ARGUMENTS

DOCUMENT: dict[str, Any] = json.loads(schema_view.document())
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]

AS_PEERS_SAY_IT = ("ping", "ping_with_body", "push")
"""What calls in was written for other products, and looks for their words."""


def answers(operation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Status, media type and what is said of each answer."""
    for status, response in operation["responses"].items():
        name = response.get("$ref", "").rpartition("/")[2]
        told = DOCUMENT["components"]["responses"][name] if name else response
        for media, content in told.get("content", {}).items():
            yield status, media, content


def test_the_document_is_what_the_code_says_and_is_valid(tmp_path: Path) -> None:
    """`manage.py spectacular --fail-on-warn --validate`; after a change: `make schema`."""
    made = tmp_path / "openapi.json"

    call_command(
        "spectacular", "--fail-on-warn", "--validate", "--format", "openapi-json", "--file", made
    )

    assert DOCUMENT["openapi"].startswith("3.1")
    assert json.loads(made.read_bytes()) == DOCUMENT, "run `make schema`"


def test_operations_have_stable_ids_of_their_own() -> None:
    ids = [operation["operationId"] for _, operation in OPERATIONS]

    assert len(ids) > 90
    assert len(set(ids)) == len(ids)
    assert [name for name in ids if not re.fullmatch(r"[a-z][a-z0-9_]+", name)] == []


def test_everything_that_the_front_door_answers_is_described() -> None:
    told = set(DOCUMENT["paths"])

    assert told >= PATHS
    assert told >= {system_status.STATUS, system_status.DEPENDENCIES, system_status.HISTORY}
    assert told >= {f"/status/{form}" for form in documents.FORMATS}
    assert told >= {f"/status/components/{{slug}}/{form}" for form in documents.FORMATS}


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_operation_has_examples_that_fit(name: str, operation: dict[str, Any]) -> None:
    contents = [content for _, _, content in answers(operation)]
    if "requestBody" in operation:
        contents += operation["requestBody"]["content"].values()

    examples = [
        (each["value"], content["schema"])
        for content in contents
        for each in content.get("examples", {}).values()
    ]

    assert examples
    in_path = [each for each in operation.get("parameters", ()) if each["in"] == "path"]
    assert [each["name"] for each in in_path if "examples" not in each] == []
    for value, schema in examples:
        jsonschema.validate(value, {**schema, "components": DOCUMENT["components"]})


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_refusal_is_a_problem_and_scopes_are_named(
    name: str, operation: dict[str, Any]
) -> None:
    refusals = {media for status, media, _ in answers(operation) if status >= "400"}
    scopes = {each for way in operation.get("security", ()) for each in way.get("bearer", ())}

    if operation["operationId"] not in AS_PEERS_SAY_IT:
        assert refusals <= {"application/problem+json"}
    assert scopes <= set(SCOPES)
    if scopes:
        assert {"401", "403", "429"} <= operation["responses"].keys()


def test_no_server_imports_the_generator() -> None:
    code = (
        "import sys, django; django.setup(); import statuspage.asgi, statuspage.urls;"
        "print([name for name in sys.modules if name.partition('.')[0] =="
        " 'drf_spectacular' or name.startswith('statuspage.openapi.op')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env={"DJANGO_SETTINGS_MODULE": "statuspage.settings", "PATH": "",
             "STATUSPAGE_SECRET_KEY": "of-the-tests-" * 4},
    )  # fmt: skip

    assert done.stdout.strip() == "[]"


def test_the_document_is_served_to_tools_of_any_origin(client: Client) -> None:
    first = client.get("/api/schema/")
    again = client.get("/api/schema/", headers={"If-None-Match": first["ETag"]})

    assert first.json() == DOCUMENT
    assert first["Access-Control-Allow-Origin"] == "*"
    assert (again.status_code, again.content) == (304, b"")
    assert client.post("/api/schema/").status_code == 405


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_docs_are_readable_without_anybody_elses_files(
    site: ApiSite, chromium: Path, width: int
) -> None:
    # Missing where there is no browser.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": width, "height": 900})
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{site.url}/api/docs/")
        page.wait_for_selector(".opblock-tag-section")
        page.get_by_role("heading", name=re.compile("status administration")).click()
        page.locator("#operations-status_administration-open_incident").click()
        page.wait_for_selector("text=API answers slowly")
        told = page.inner_text("main")
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        browser.close()

    assert [url for url in asked if not url.startswith((site.url, "data:"))] == []
    assert said == []
    assert "Open an incident" in told
    assert overflow <= 0
