"""S4: targets that drip, bomb, never end, flood with headers, stall TLS or break certificates.

The short form of the drill: 50 of them at once, and 450 good monitors within three seconds, made by
a prober in a process of its own, so that its memory can be measured. What each of them is told as
stands in `tests/monitors/probers/test_http.py`.
"""

import json
import subprocess
import sys
from contextlib import ExitStack
from typing import Any

import pytest

from tests import ROOT
from tests.certificates import make_certificate
from tests.servers import Mute, Target

pytestmark = pytest.mark.long

BAD, GOOD = 50, 450
TIMEOUT, SECONDS = 2.0, 3.0
MOST_MEMORY = 150 << 20
PATHS = ["/drip", "/drip-headers", "/bomb", "/transfer-bomb", "/endless", "/headers?count=5000",
         "/endless-headers", "/stall", "/half", "/garbage"]  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("hostile")
    expired = make_certificate(folder, names=("127.0.0.1",), days_left=-1)
    foreign = make_certificate(folder, names=("shop.example",))
    with ExitStack() as servers:
        evil, good, mute = Target(), Target(), Mute()
        broken = [Target(tls=expired), Target(tls=foreign)]
        for server in (evil, good, mute, *broken):
            servers.enter_context(server)
        bad = [evil.url(path) for path in PATHS]
        bad += [f"https://127.0.0.1:{mute.port}/", *(each.url("/drip") for each in broken)]
        wanted = [(bad[n % len(bad)], TIMEOUT, 0.0) for n in range(BAD)]
        wanted += [(good.url("/ok"), TIMEOUT, n / GOOD * SECONDS) for n in range(GOOD)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.drills.prober_alone"], cwd=ROOT, check=True,
            input=json.dumps(wanted), stdout=subprocess.PIPE, text=True, timeout=600,
        )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_s4_every_check_ends_by_its_deadline_and_a_second(found: dict[str, Any]) -> None:
    assert len(found["checks"]) == BAD + GOOD
    assert max(check["over"] for check in found["checks"]) < 1.0


def test_s4_good_monitors_stay_on_time_and_up(found: dict[str, Any]) -> None:
    good = found["checks"][BAD:]

    assert max(check["late"] for check in good) < 1.0
    assert {check["word"] for check in good} == {"up"}


def test_s4_the_prober_stays_small(found: dict[str, Any]) -> None:
    assert found["grown"] < MOST_MEMORY
