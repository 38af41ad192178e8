"""The wheel: built, installed outside the tree, and started there with all that it reads."""

import os
import signal
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests import APPS, ROOT
from tests.journeys.product import free_port
from tests.migrated_store import put_migrated_store
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("wheel")]
NOT_PYTHON = (".html", ".css", ".js", ".json", ".yaml", ".txt", ".svg", ".png", ".mo", ".sql")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index",
         "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)],
        check=True, cwd=folder,
    )  # fmt: skip
    (built,) = folder.glob("statuspage-*.whl")
    return built


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script, in an environment that has the wheel and borrows what it depends on."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps",
         "--no-index", str(wheel)],
        check=True, cwd=folder,
    )  # fmt: skip
    (site,) = (folder / "env" / "lib").glob("python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return python.with_name("statuspage")


def test_it_holds_every_file_of_the_apps_and_nothing_of_ours_alone(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tops = {name.partition("/")[0] for name in held}
    files = {
        str(path.relative_to(ROOT))
        for top in (*APPS, "templates")
        for path in (ROOT / top).rglob("*")
        if path.suffix in (".py", *NOT_PYTHON)
    }

    assert tops == {*APPS, "templates", "manage.py"}
    assert files - held == set()


@pytest.fixture(scope="module")
def page(command: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`statuspage up`, far from the tree; the answer is its address."""
    folder = tmp_path_factory.mktemp("elsewhere")
    put_migrated_store(folder)
    port, log = free_port(), folder / "up.log"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("STATUSPAGE_", "DJANGO_"))}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [command, "up", "--data-dir", str(folder), "--port", str(port),
             "--management-port", "0"],
            cwd=folder, stdout=output, stderr=output, start_new_session=True,
            env={**clean, "STATUSPAGE_INTERNAL_PORT": "0", "PYTHONPATH": ""},
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"

    def is_up() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return requests.get(f"{url}/status", timeout=PATIENCE).status_code == 200
        except requests.ConnectionError:
            return False

    try:
        until(is_up, what="the page")
        until(lambda: "stops everything" in log.read_text(), what="all roles are started")
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/status?format=html", "<!doctype html>"),
        ("/status/subscribe", "<form"),
        ("/admin/login/", "csrfmiddlewaretoken"),
        ("/static/admin/css/base.css", "--primary"),
        ("/static/swagger-ui/swagger-ui.css", "swagger"),
        ("/api/schema/", '"openapi"'),
    ],
)
def test_what_is_installed_answers_with_all_that_it_reads(page: str, path: str, text: str) -> None:
    answer = requests.get(f"{page}{path}", timeout=PATIENCE)

    assert answer.status_code == 200, path
    assert text in answer.text


def test_its_command_knows_presets_and_migrations(command: Path, tmp_path: Path) -> None:
    put_migrated_store(tmp_path)
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("STATUSPAGE_", "DJANGO_"))}
    words = [str(command), "preset", "ai-platform", "--data-dir", str(tmp_path)]
    done = subprocess.run(
        words, cwd=tmp_path, env={**clean, "PYTHONPATH": ""}, capture_output=True, text=True,
        check=False, timeout=PATIENCE,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
