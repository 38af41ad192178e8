"""Two that apply at the same time: one waits, and what there is in the end is whole (P06)."""

import threading
from typing import Any

import pytest
from django.db import connection

from components.models import Component, JournalEntry
from monitors.models import Monitor
from statuspage.catalogue import planning
from statuspage.catalogue.document import read_document
from statuspage.catalogue.secrets import References
from tests.statuspage.catalogue.test_planning import NOW, apply, changes
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def document(word: str, *, order: int) -> dict[str, Any]:
    """Objects of the same keys, named the other way round by every other writer."""
    slugs = [f"c-{number}" for number in range(6)][::order]
    return {
        "version": 1,
        "components": [{"slug": slug, "name": f"{word} {slug}"} for slug in slugs],
        "monitors": [
            {
                "component": slug,
                "name": "Job",
                "kind": "heartbeat",
                "interval": 60 + order,
                "config": {"period": 60},
            }
            for slug in slugs
        ],
    }


@pytest.mark.parametrize("start", ["empty", "applied"])
def test_p06_two_who_apply_at_once_wait_for_each_other_and_nothing_is_half(start: str) -> None:
    if start == "applied":
        apply(document("Old", order=1))
    before = JournalEntry.objects.filter(kind="catalogue.applied").count()
    wanted = [document("One", order=1), document("Two", order=-1)]
    failures: list[BaseException] = []
    ready = threading.Barrier(2)

    def run(value: dict[str, Any], actor: str) -> None:
        try:
            ready.wait(timeout=PATIENCE)
            planning.apply(
                read_document(value), references=References(), prune=False, actor=actor, at=NOW
            )
        except BaseException as error:  # noqa: BLE001  (told by the assertion below)
            failures.append(error)
        finally:
            connection.close()

    writers = [
        threading.Thread(target=run, args=(value, actor))
        for value, actor in zip(wanted, ("one", "two"), strict=True)
    ]
    for each in writers:
        each.start()
    for each in writers:
        each.join(timeout=PATIENCE)

    assert failures == []
    words = {name.partition(" ")[0] for name in Component.objects.values_list("name", flat=True)}
    assert len(words) == 1, "all of one writer's"
    assert (Component.objects.count(), Monitor.objects.count()) == (6, 6)
    assert [] in [changes(value) for value in wanted]
    applied = JournalEntry.objects.filter(kind="catalogue.applied").order_by("pk")[before:]
    assert {each.actor for each in applied} == {"one", "two"}
