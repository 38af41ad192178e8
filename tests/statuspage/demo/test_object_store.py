"""The demonstration's object store, as the monitor of the kind `storage` finds it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from monitors.probers.storage import StorageConfig, StorageProber
from monitors.probing.base import Outcome, ProbeStatus
from statuspage.demo import object_store, targets
from statuspage.demo.object_store import BUCKET, ObjectStore
from statuspage.demo.targets import State
from tests.monitors.checks import OPEN
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio


@pytest.fixture
async def store(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ObjectStore]:
    monkeypatch.setattr(targets, "PACE_SECONDS", (0.0, 0.0))
    monkeypatch.setattr(targets, "SLOW_SECONDS", 0.4)
    made = ObjectStore(slug="model-storage", name="Model Storage", component="model-storage")
    await made.open()
    yield made
    made.close()


async def probe(store: ObjectStore, **changes: Any) -> Outcome:
    given = {
        "url": store.url,
        "bucket": BUCKET,
        "access_key": store.access_key,
        "secret_key": store.secret_key,
        "check": "canary",
        **changes,
    }
    config = StorageConfig.model_validate(given)
    return await asyncio.to_thread(StorageProber().probe, config, timeout=PATIENCE, guard=OPEN)


async def test_an_object_is_written_read_and_deleted_x15(store: ObjectStore) -> None:
    outcome = await probe(store)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")
    assert {"write", "read", "delete"} <= outcome.phases.keys()
    assert store._objects == {}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"secret_key": "another"}, "the secret key is wrong"),
        ({"access_key": "another"}, "the access key is not known there"),
        ({"bucket": "another"}, "the bucket does not exist"),
    ],
)
async def test_what_is_wrong_is_refused_as_a_store_does(
    store: ObjectStore, changes: dict[str, str], says: str
) -> None:
    outcome = await probe(store, **changes)

    assert outcome.status is ProbeStatus.DOWN
    assert says in outcome.message


async def test_it_breaks_as_the_others_do(store: ObjectStore) -> None:
    await store.set_state(State.SLOW)
    slow = await probe(store, degraded_ms=100)
    await store.set_state(State.FAILING)
    failing = await probe(store)
    await store.set_state(State.STOPPED)
    stopped = await probe(store)
    await store.set_state(State.HEALTHY)

    assert slow.status is ProbeStatus.DEGRADED
    assert (failing.status, stopped.status) == (ProbeStatus.DOWN, ProbeStatus.DOWN)
    assert "503" in failing.message
    assert (await probe(store)).status is ProbeStatus.UP


async def test_what_it_holds_is_bounded(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "MAX_OBJECTS", 0)

    outcome = await probe(store)

    assert "the server asks to be spared" in outcome.message
