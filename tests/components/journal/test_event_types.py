"""Kinds of journal entries: each declared once, with all that it does."""

import os
import re
import subprocess
import sys

import pytest

from components.journal import event_types
from components.journal.event_types import SNAPSHOT, Moves, Topic
from tests import DOCS, ROOT

PROGRAM = """
import django
django.setup()
from components.journal.event_types import registered
print(*(kind.name for kind in registered()))
"""


def test_every_process_knows_the_kinds_of_all_apps() -> None:
    """A reader that did not know a kind would take it for one that says nothing of itself."""
    documented = re.findall(
        r"^\| `([a-z_.]+)` \|", (DOCS / "journal.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "statuspage.settings"}

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=env, check=True, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip

    assert done.stdout.split() == sorted(documented)


def test_a_kind_that_nobody_declares_any_more_moves_everything_and_tells_nobody() -> None:
    kind = event_types.event_type("no.such_kind")

    assert kind.moves is Moves.ALL
    assert (kind.public, kind.live, kind.notifies) == (False, "", None)


def test_a_name_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        event_types.register("group.changed", public=True, meaning="Again.")


def test_what_is_hidden_is_heard_of_only_as_the_page_anew() -> None:
    with pytest.raises(ValueError, match="would tell what is hidden"):
        event_types.register(
            "toy.moved", public=False, meaning="", live="status.toy", live_if_hidden=True
        )


@pytest.mark.parametrize("kind", event_types.registered(), ids=lambda kind: kind.name)
def test_what_the_public_is_told_of_is_public(kind: event_types.EventType) -> None:
    if kind.live and not kind.live_if_hidden:
        assert kind.public
    if kind.notifies not in (None, Topic.ALERTS):
        assert kind.public
    if kind.live_if_hidden:
        assert kind.live == SNAPSHOT
