"""A pytest plug-in that hands whole modules to the processes of a run, what takes longest first.

A module's browser, server or product is started once, not once in each process; modules that share
one of a session are handed out together. What waits for clocks and servers begins first, beside
tests that keep a core busy, and what is short comes last, so that all processes end together.

`--dist loadgroup` of pytest-xdist 3.8 does nothing with pytest 9.2, which computes the ids of tests
anew where xdist has added the group.
"""

import gc
from collections.abc import Mapping

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling
from xdist.workermanage import WorkerController

TOGETHER: Mapping[str, tuple[str, ...]] = {
    "one site for all of the API's": (
        "tests/contracts/test_clients.py",
        "tests/contracts/test_openapi.py",
        "tests/contracts/test_programs.py",
    ),
}
"""Modules that share what is made once in a session."""
FIRST: tuple[str, ...] = (
    "tests/drills/test_drills.py",
    "tests/security/test_hostile_values.py",
    "tests/security/test_hostile_forms.py",
    "tests/journeys/test_outage.py",
    "tests/statuspage/access/test_roles.py",
    "tests/journeys/test_heartbeats.py",
    "tests/contracts/test_schemathesis.py",
    "tests/journeys/",
    "tests/statuspage/runtime/test_roles.py",
    "tests/statuspage/demo/test_history.py",
    "tests/store/",
    "tests/statuspage/backoffice/test_accessible.py",
    "tests/statuspage/renderers/html/test_accessible.py",
    "tests/statuspage/accounts/test_in_the_browser.py",
    "tests/contracts/test_clients.py",
)
"""Modules and folders that take longest or wait most, in the order in which they begin."""
_UNIT = {path: name for name, paths in TOGETHER.items() for path in paths}


def unit(nodeid: str) -> str:
    """Return what a test is handed out with: its module, or the name of several."""
    path = nodeid.partition("::")[0]
    return _UNIT.get(path, path)


def place(nodeid: str) -> int:
    """Return where in the order of `FIRST` a test begins."""
    path = nodeid.partition("::")[0]
    found = (number for number, start in enumerate(FIRST) if path.startswith(start))
    return next(found, len(FIRST))


class ModuleScheduling(LoadScopeScheduling):
    """Hands out units in the order in which tests were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)

    def _reschedule(self, node: WorkerController) -> None:
        # One that was started in the place of one that died has yet to find out which tests there
        # are; the base class breaks the whole run off when two died at once.
        if node in self.registered_collections:
            super()._reschedule(node)

    def remove_node(self, node: WorkerController) -> str | None:
        """Take a process out that ended; return the test that it died of, which has failed.

        The base class has the next process make that test again, and die of it as well.
        """
        units: dict[str, dict[str, bool]] = self.assigned_work[node]
        left = [(tests, name) for tests in units.values() for name in tests if not tests[name]]
        if not left:
            del self.assigned_work[node]
            return None
        tests, died_of = left[0]
        tests[died_of] = True
        del self.assigned_work[node]
        self.workqueue.update({unit: it for unit, it in units.items() if not all(it.values())})
        for other in self.assigned_work:
            self._reschedule(other)
        return died_of

    def mark_test_complete(
        self, node: WorkerController, item_index: int, duration: float = 0
    ) -> None:
        super().mark_test_complete(node, item_index, duration)
        # The base class counts what is left of all that a process ever did, after each test.
        work = self.assigned_work[node]
        for scope in [scope for scope, tests in work.items() if all(tests.values())]:
            del work[scope]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ModuleScheduling:
    config.option.loadscopereorder = False
    return ModuleScheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place(item.nodeid))


def pytest_collection_finish() -> None:
    """Let garbage be looked for among what tests make, not among ten thousand collected tests."""
    gc.collect()
    gc.freeze()
