"""A pytest plug-in for what tests need of a machine beside Python: programs, and rights.

A test that cannot have its counterpart calls `missing` and is skipped. The end of the run says once
what was missing, how many tests went without it and what to install.
`STATUSPAGE_REQUIRE=postgres,browser` turns such skips into failures, so that CI cannot quietly go
without.

Time is such a need as well: a test marked `long` is left out of a run that was not given it, and
counted at the end. It is made with `--long`, where `STATUSPAGE_REQUIRE` names `long`, as in CI, and
when its module is named: see docs/adr/0017-long-tests.md.
"""

import fcntl
import json
import os
import shutil
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from _pytest.outcomes import Skipped  # pytest.skip.Exception, as a type

DEBIAN = {
    "alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
    "browser": "chromium",
    "caddy": "caddy",
    "curl": "curl",
    "dovecot": "dovecot-imapd",
    "fish": "fish",
    "haproxy": "haproxy",
    "mariadbd": "mariadb-server",
    "mosquitto": "mosquitto",
    "nginx": "nginx-light",
    "node": "nodejs npm",
    "pgbouncer": "pgbouncer",
    "podman": "podman runc conmon busybox-static",
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "redis": "redis-server",
    "sshd": "openssh-server",
    "systemd": "systemd",
    "unbound": "unbound",
    "zsh": "zsh",
}
"""The counterparts that Debian has, and the packages that they come in."""
OTHERWISE = {
    "history": "run the tests in a clone with its whole history",
    "mkdocs": "make docs",
    "namespaces": "run the tests as root, who may make networks of a test's own",
    "packages": "install what requirements-dev.lock names: make test",
    "ping": "as root: sysctl net.ipv4.ping_group_range='0 2147483647'",
    "postgres": "give a server's address in TEST_DATABASE_URL",
}
"""What to do about the others."""
_PROGRAMS = {"browser": ("chromium", "chromium-browser"), "redis": ("redis-server",)}
LONG = "long"
"""The marker of tests that a run has to be given time for."""
EVERYTHING = "make test ARGS=--long"
_ATTRIBUTE = "missing_counterpart"
_TOTALS = "--missing-totals"


class MissingCounterpart(Skipped):
    """A skip that the summary at the end counts."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} is missing: {why}", _use_item_location=True)
        self.what = what


def required(what: str) -> bool:
    """Whether this run may not go without it."""
    return what in os.environ.get("STATUSPAGE_REQUIRE", "").split(",")


def missing(what: str, why: str) -> NoReturn:
    """Skip the test, or fail it where `what` is required."""
    assert what in DEBIAN or what in OTHERWISE, f"{what} is not among the counterparts"
    if required(what):
        pytest.fail(f"{what} is missing ({why}), but STATUSPAGE_REQUIRE asks for it")
    raise MissingCounterpart(what, why)


def program(what: str, *names: str) -> Path:
    """The path of a counterpart's program, by its usual name or one of `names`.

    Where it is not installed, the test is skipped.
    """
    names = names or _PROGRAMS.get(what, (what,))
    # Users' PATH on Debian lacks the folder of servers.
    places = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    found = next(filter(None, (shutil.which(name, path=places) for name in names)), None)
    if found is None:
        missing(what, f"{' or '.join(names)} is not installed")
    return Path(found)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        _TOTALS, type=Path, default=None, metavar="FILE",
        help="add what was missing to the counts in FILE, and tell those of all runs that did",
    )  # fmt: skip
    parser.addoption(
        "--long", action="store_true", help="run what is marked long as well, named or not"
    )  # fmt: skip


def left_out(item: pytest.Item) -> bool:
    """Whether a test is long, and this run was not given the time for it."""
    marker = item.get_closest_marker(LONG)
    if marker is None or required(LONG) or item.config.getoption("--long"):
        return False
    if marker.args == ("postgres",) and not item.config.getoption("--postgres", default=False):
        return False
    named = {Path(argument.partition("::")[0]).resolve() for argument in item.config.args}
    return item.path not in named


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a long test out before anything is made for it."""
    if left_out(item):
        raise MissingCounterpart(LONG, "nobody asked for it")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Reports carry what was missing, from xdist's workers too."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, MissingCounterpart):
        setattr(report, _ATTRIBUTE, call.excinfo.value.what)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Iterator[None]:
    """Tell it last, below failures and other skips."""
    yield
    counts = Counter(
        getattr(report, _ATTRIBUTE)
        for report in terminalreporter.stats.get("skipped", [])
        if hasattr(report, _ATTRIBUTE)
    )
    totals: Path | None = config.getoption(_TOTALS)
    if totals is not None:
        counts = _added(counts, totals)
    if counts:
        title = "tests left out" if set(counts) == {LONG} else "tests without their counterparts"
        terminalreporter.section(title, yellow=True)
        for line in summary(counts):
            terminalreporter.write_line(line)


def _added(counts: Counter[str], totals: Path) -> Counter[str]:
    """Add a run's counts to those in a file; return the sum. Runs may end at the same time."""
    with totals.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        counts = counts + Counter(json.loads(file.read() or "{}"))
        file.seek(0)
        file.truncate()
        file.write(json.dumps(counts))
    return counts


def summary(counts: Counter[str]) -> Iterator[str]:
    """One line per counterpart, then one command that installs all that Debian has.

    Long tests that were left out have the last line.
    """
    for what, count in sorted(counts.items()):
        if what == LONG:
            continue
        advice = f"apt-get install {DEBIAN[what]}" if what in DEBIAN else OTHERWISE[what]
        tests = "test was" if count == 1 else "tests were"
        yield f"{what} is missing: {count} {tests} skipped; {advice}"
    packages = [DEBIAN[what] for what in sorted(counts) if what in DEBIAN]
    if len(packages) > 1:
        yield f"All at once: apt-get install {' '.join(packages)}"
    if left_out := counts[LONG]:
        tests = "test was" if left_out == 1 else "tests were"
        yield f"{left_out} long {tests} left out; to run everything, as CI does: {EVERYTHING}"
