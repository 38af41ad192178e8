"""`/api/docs/`: Swagger UI, from files of our own."""

import re
from importlib.metadata import metadata
from pathlib import Path

import drf_spectacular_sidecar
import pytest
from django.test import Client

from tests import ROOT

OURS = ROOT / "statuspage" / "static" / "swagger-ui"
THEIRS = Path(drf_spectacular_sidecar.__path__[0], "static/drf_spectacular_sidecar/swagger-ui-dist")


@pytest.mark.parametrize("name", ["LICENSE", "swagger-ui.css", "swagger-ui-bundle.js"])
def test_swagger_ui_is_as_its_makers_have_it(name: str) -> None:
    """After a new version: `make assets`, and its number into the README beside the files."""
    assert (OURS / name).read_bytes() == (THEIRS / name).read_bytes(), "run `make assets`"


def test_the_readme_names_the_version_of_swagger_ui() -> None:
    told = re.search(r"version ``(\S+)`` \(`npm <\S+/swagger-ui-dist>",
                     str(metadata("drf-spectacular-sidecar")))  # fmt: skip

    assert told
    assert f"# Swagger UI {told[1]}\n" in (OURS / "README.md").read_text("utf-8")


@pytest.mark.django_db
def test_every_file_of_the_page_is_served(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)

    assert len(addresses) == 5
    for address in addresses:
        answer = client.get(address)
        answer.close()
        assert answer.status_code == 200, address
