"""X12, X13, X15: three services of a platform, each probed for real, each one component.

X14, many agents by the freshness of their heartbeats, is in
`tests/monitors/worker/test_internal_checks.py`.
"""

from pathlib import Path
from typing import Any

import pytest

from components.models import Component
from components.status import Status
from monitors.models import Monitor
from monitors.services import save_monitor
from statuspage.publishing import projector
from tests import build
from tests.monitors.shifts import make_all
from tests.object_store import object_store
from tests.ports import free_ports
from tests.servers import Target

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def watch(of: Component, kind: str, **config: Any) -> None:
    monitor = Monitor(
        name=f"{of.name} {Monitor.objects.count()}", component=of, kind=kind, config=config,
        interval=30, timeout=5, confirm_down=0,
    )  # fmt: skip
    save_monitor(monitor, regions=())


def probe_all() -> None:
    """Make every check once; then what follows from it."""
    make_all()
    projector.catch_up()


def test_a_slow_front_end_is_degraded_by_its_threshold_x12() -> None:
    quick, slow = build.component("Dashboard"), build.component("Old dashboard")
    with Target() as target:
        watch(quick, "endpoint", url=target.url("/ok"), degraded_ms=4000)
        watch(slow, "endpoint", url=target.url("/slow?seconds=0.2"), degraded_ms=100)

        probe_all()

    assert build.status_of(quick) is Status.OPERATIONAL
    assert build.status_of(slow) is Status.DEGRADED


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (("/ok", "/ok", "/ok"), Status.OPERATIONAL),
        (("/ok", "/slow?seconds=0.2", "/ok"), Status.DEGRADED),
        (("/ok", "/slow?seconds=0.2", None), Status.PARTIAL_OUTAGE),
        ((None, None, None), Status.MAJOR_OUTAGE),
    ],
)
def test_several_routers_are_one_component_x13(
    paths: tuple[str | None, ...], expected: Status
) -> None:
    routing = build.component("Inference Routing")
    [closed] = free_ports(1)
    with Target() as target:
        for path in paths:
            url = f"http://127.0.0.1:{closed}/" if path is None else target.url(path)
            watch(routing, "endpoint", url=url, degraded_ms=100)

        probe_all()

    assert build.status_of(routing) is expected


def test_a_model_store_is_written_read_and_asked_for_x15(tmp_path: Path) -> None:
    storage, gone = build.component("Model Storage"), build.component("Lost bucket")
    with object_store(tmp_path) as store:
        watch(storage, "storage", **store.settings(check="canary"))
        watch(storage, "storage", **store.settings())
        watch(gone, "storage", **{**store.settings(), "bucket": "no-such-bucket"})

        probe_all()

    assert build.status_of(storage) is Status.OPERATIONAL
    assert build.status_of(gone) is Status.MAJOR_OUTAGE
