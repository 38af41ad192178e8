"""A store that an earlier release has left opens, and the page it shows is the same to the byte.

What is expected lies in `data/`; `make.py` tells how that is made anew.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.store import kept, make

pytestmark = pytest.mark.long

ANEW = "If that is meant: python -m tests.store.make expected"


@pytest.fixture(scope="module")
def opening(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What this tree makes of the kept store."""
    made = make.run("opening", tmp_path_factory.mktemp("opening"))
    found: dict[str, Any] = json.loads((made / "opening.json").read_text("utf-8"))
    return found


def test_every_document_of_an_earlier_store_is_answered_as_before(tmp_path: Path) -> None:
    now = make.shown(make.run("documents", tmp_path))

    changed = [
        line
        for name, text in now.items()
        for line in make.differences((kept.FOLDER / name).read_text("utf-8"), text, name)
    ]

    assert not changed, "\n".join([ANEW, *changed[:200]])


def test_every_kind_of_document_is_among_them() -> None:
    index = kept.INDEX.read_text("utf-8")

    for path in (
        *("/status ", "/status?format=json ", "/status/api ", "/status.txt ", "/status/banner "),
        *("/status/history/2026-10 ", "/status/components/api ", "/status/feed.rss "),
        *("/status/incidents/INC-2026-001/postmortem ", "/status/maintenance/MAINT-2026-001.ics "),
        *("/api/v2/summary.json ", "/v2/monitoring/history ", "/status/manage/1-"),
    ):
        assert f"\n{path}" in f"\n{index}", path
    assert " 500 " not in index
    assert " 503 " not in index


def test_secrets_of_an_earlier_store_open(opening: dict[str, Any]) -> None:
    assert opening["secrets"] == kept.facts()["secrets"]


def test_the_password_of_an_earlier_store_logs_in(opening: dict[str, Any]) -> None:
    assert opening["user"]


def test_the_snapshot_of_an_earlier_store_is_read(opening: dict[str, Any]) -> None:
    snapshot = opening["snapshot"]

    assert snapshot["version"] == kept.facts()["head"]
    assert snapshot["built_at"] == kept.NOW.isoformat()
    assert "secret-lab" not in snapshot["components"]
    assert "storage" in snapshot["components"]
    assert snapshot["bodies"]["page.html"] == kept.facts()["page"]
    assert {"status.json", "/api/v2/summary.json"} <= snapshot["bodies"].keys()


def test_readers_go_on_from_their_cursors_and_digest_nothing_twice(
    opening: dict[str, Any],
) -> None:
    head, before, (after, again) = kept.facts()["head"], opening["before"], opening["after"]

    assert before["cursors"] == kept.facts()["cursors"]
    assert min(before["cursors"].values()) < head
    assert after["cursors"] == dict.fromkeys(before["cursors"], head)
    # What was new for one of them is told once; nothing that was told is told again.
    assert set(after["notices"]) - set(before["notices"]) == {f"journal-{head}"}
    told = {key: n for key, n in after["deliveries"].items() if key != f"journal-{head}"}
    assert told == before["deliveries"]
    assert after["deliveries"][f"journal-{head}"] > 1
    assert [after[name] for name in ("head", "alerts", "incidents")] == [
        before[name] for name in ("head", "alerts", "incidents")
    ]
    assert again == after


def test_tasks_that_wait_in_an_earlier_store_are_known(opening: dict[str, Any]) -> None:
    assert opening["tasks"] == ["monitors.tasks.probe_shift", "statuspage.tasks.deliver"]


def test_models_ask_for_no_migration(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
        cwd=make.ROOT, env=kept.environment(tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
