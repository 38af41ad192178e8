"""One trial: a rule's unit tests, run on a changed source in a forked process.

What tests and rule import of others is imported before the fork, the rule and the tests after it,
so that enums, parametrised cases and whatever else is made on import are those of the changed
source. Django is not set up, and there is no database: no `conftest.py` and no plug-in is loaded.
"""

import contextlib
import gc
import importlib.abc
import importlib.util
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import hypothesis
import pytest

from tests.mutants.rules import Rule

_PATIENCE = 300.0
"""Seconds after which a trial that hangs is ended, however busy the machine is."""
_MEMORY = 1 << 30
_FAILED = (
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.INTERRUPTED,
    pytest.ExitCode.INTERNAL_ERROR,
)


class TrialError(Exception):
    """The tests could not be run; the message says of which rule, and why."""


@dataclass(slots=True)
class Evidence:
    """What a run of the tests on the unchanged source showed."""

    durations: dict[str, float] = field(default_factory=dict)
    """Seconds of each test, by its id."""
    seconds: float = 0.0
    """Processor time of all of it."""
    modules: dict[str, str] = field(default_factory=dict)
    """The files of the modules that were imported for it, '' for those without, by name."""


class _MutantImporter(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """An importer of one module from a source that is given."""

    def __init__(self, rule: Rule, source: str) -> None:
        self._rule, self._source = rule, source
        self._path = str(rule.root / rule.path)

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name != self._rule.module:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, self._path, "exec"), module.__dict__)


class _Observer:
    """A pytest plug-in that has the quickest tests go first, and notes how long each takes."""

    def __init__(self, known: dict[str, float]) -> None:
        self._known = known
        self.durations: dict[str, float] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self._known.get(item.nodeid, 0.0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.durations[report.nodeid] = report.duration


def observe(rule: Rule) -> Evidence:
    """Run the tests on the unchanged source. Raises TrialError unless they pass."""
    with tempfile.TemporaryFile() as output:
        verdict, told = _forked(rule, rule.source(), Evidence(), _PATIENCE, output.fileno())
        if verdict != "survived":
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
            raise TrialError(f"{rule.path}: its tests do not pass without any change.\n{said}")
    return Evidence(**told)


def attempt(rule: Rule, source: str, evidence: Evidence) -> str:
    """Return "killed", "timeout", or "survived" for a changed source."""
    with open(os.devnull, "wb") as output:  # noqa: PTH123
        verdict, _ = _forked(rule, source, evidence, 2 + 5 * evidence.seconds, output.fileno())
    return verdict


def _forked(
    rule: Rule, source: str, evidence: Evidence, cpu_seconds: float, output: int
) -> tuple[str, dict[str, Any]]:
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = int(pytest.ExitCode.INTERNAL_ERROR)
        with contextlib.suppress(BaseException):
            os.close(reading)
            _limit(cpu_seconds)
            os.dup2(output, 1)
            os.dup2(output, 2)
            code = _run(rule, source, evidence, writing)
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        # It is readable when the child has written its answer, or has ended without.
        answered, _, _ = select.select([answers], [], [], _PATIENCE)
        if not answered:
            os.kill(child, signal.SIGKILL)
        told = answers.read()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if not answered or code == -signal.SIGXCPU:
        return "timeout", {}
    if code in (pytest.ExitCode.NO_TESTS_COLLECTED, pytest.ExitCode.USAGE_ERROR):
        raise TrialError(f"{rule.path}: pytest finds no tests in {', '.join(rule.tests)}.")
    if code == pytest.ExitCode.OK:
        return "survived", json.loads(told)
    return "killed", {}


def _limit(cpu_seconds: float) -> None:
    seconds = int(cpu_seconds) + 1
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _run(rule: Rule, source: str, evidence: Evidence, answer: int) -> int:
    # Plug-ins take seconds to load.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # The same examples each time, and none of them shrunk: that it fails is all that is asked.
    hypothesis.settings.register_profile(
        "mutants", deadline=None, database=None, derandomize=True,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    hypothesis.settings.load_profile("mutants")
    sys.meta_path.insert(0, _MutantImporter(rule, source))
    observer, started = _Observer(evidence.durations), time.process_time()
    # A trial is too short for rubbish to matter; what the parent has is not to be looked through.
    gc.freeze()
    gc.disable()
    code = pytest.main(_arguments(rule), plugins=[observer])
    told = {
        "durations": observer.durations,
        "seconds": time.process_time() - started,
        "modules": {
            name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()
        },
    }
    with os.fdopen(answer, "wb") as answers:
        answers.write(json.dumps(told).encode())
    return int(code)


def _arguments(rule: Rule) -> list[str]:
    """Return pytest's arguments for the rule's tests, without all that takes time."""
    files = [str(rule.root / test) for test in rule.tests]
    folder = os.path.commonpath([os.path.dirname(file) for file in files])  # noqa: PTH120
    unneeded = ("cacheprovider", "capture", "threadexception", "unraisableexception")
    return [
        "-x", "-q", "--tb=line", "--assert=plain", "--noconftest", f"-c{os.devnull}",
        f"--rootdir={rule.root}",
        # Folders above are not collected.
        f"--confcutdir={folder}",
        *(f"-pno:{name}" for name in unneeded),
        *files,
    ]  # fmt: skip
