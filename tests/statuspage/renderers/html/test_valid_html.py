"""Every public page in every state is valid HTML, by a validator that is not ours."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client

from statuspage.renderers.html.render import render_page
from tests.node_tools import FOLDER, tool
from tests.statuspage.page_many import many
from tests.statuspage.page_scenes import SCENES, all_good
from tests.statuspage.public_pages import pages


@pytest.mark.django_db
def test_every_page_is_valid(tmp_path: Path, client: Client) -> None:
    validator = tool("html-validate")
    shown = {
        **pages(),
        **{f"scene-{name}": render_page(make()) for name, make in SCENES.items()},
        "stale": render_page(all_good(), stale=True),
        "demo": render_page(replace(all_good(), demo=True)),
        "many": render_page(many(30, collapsed=True)),
        "subscribe": client.get("/status/subscribe").content,
    }
    for name, body in shown.items():
        (tmp_path / f"{name}.html").write_bytes(body)

    # Into a file: what is written into a pipe is cut off where it ends.
    report = tmp_path / "report.json"
    done = subprocess.run(
        [
            *(validator, "--config", str(FOLDER / "htmlvalidate.json")),
            *("--formatter", f"json={report}", tmp_path),
        ],
        timeout=60,
        check=False,
    )

    found = {
        f"{Path(each['filePath']).stem}:{message['line']}:{message['column']}": message["message"]
        for each in json.loads(report.read_text())
        for message in each["messages"]
    }
    assert found == {}
    assert done.returncode == 0


def test_the_validator_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text("<!doctype html><title>x</title><p id=a><b id=a></p>")

    done = subprocess.run(
        [tool("html-validate"), "--config", str(FOLDER / "htmlvalidate.json"), tmp_path],
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
