"""What the product needs of others: declared, locked, used; and nothing beyond it at run time."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from statuspage.runtime.supervisor import preload
from tests import APPS, ROOT
from tests.architecture.test_rules import ALL

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
FOR_DEVELOPERS = ("statuspage/openapi/", "statuspage/management/commands/spectacular.py")
"""What writes the OpenAPI document: no server imports it."""
NOT_IMPORTED = {
    "argon2-cffi": "by Django, for the password hasher that settings name",
    "daphne": "by those who name it in STATUSPAGE_SERVER",
    "django-anymail": "by Django, for the mail backend that settings name",
    "django-csp": "by Django, for the middleware that settings name",
    "httptools": "by uvicorn",
    "redis": "by django-q2, for the broker that settings name",
    "tzdata": "by zoneinfo, where the system has no zones",
    "websockets": "by uvicorn",
    "whitenoise": "by Django, for the middleware that settings name",
}
"""Who uses the packages that nothing here imports."""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(lines: list[str]) -> set[str]:
    return {canonical(re.split(r"[\[<>=~!; ]", line, maxsplit=1)[0]) for line in lines}


@cache
def locked(name: str) -> dict[str, str]:
    """The version of each package in a lock file."""
    text = (ROOT / name).read_text("utf-8")
    return {canonical(it): version for it, version in re.findall(r"(?m)^([\w.-]+)==(\S+)", text)}


@cache
def modules_of(name: str) -> frozenset[str]:
    """The top-level modules of what a lock file installs."""
    return frozenset(
        module
        for module, owners in packages_distributions().items()
        if any(canonical(owner) in locked(name) for owner in owners)
    )


def run_time_modules() -> list[Path]:
    return [path for path in ALL if not str(path.relative_to(ROOT)).startswith(FOR_DEVELOPERS)]


def imported() -> dict[str, str]:
    """The top-level modules of others that the product imports anywhere, and where."""
    found: dict[str, str] = {}
    for path in run_time_modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                found.setdefault(name.partition(".")[0], str(path.relative_to(ROOT)))
    ours = {*APPS, *sys.stdlib_module_names}
    return {name: where for name, where in found.items() if name not in ours}


def run_without(
    missing: frozenset[str], *words: str, folder: Path, **environ: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "tests/missing_packages.py", ",".join(sorted(missing)), *words],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        env={"PATH": "", "STATUSPAGE_DATA_DIR": str(folder), **environ},
    )  # fmt: skip


@pytest.fixture(scope="module")
def development() -> frozenset[str]:
    """The modules that only developers have."""
    rest = set(packages_distributions()) - modules_of("requirements.lock")
    return frozenset(rest - sys.stdlib_module_names - {*APPS, "tests"})


def test_the_product_imports_nothing_that_only_developers_have(
    development: frozenset[str], tmp_path: Path
) -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in run_time_modules()
    ]
    assert development >= {"drf_spectacular", "redis", "apprise", "anymail", "pytest"}

    checked = run_without(development, "manage.py", "check", folder=tmp_path)
    loading = f"import importlib; [*map(importlib.import_module, {names})]; print('all of them')"
    loaded = run_without(
        development, "manage.py", "shell", "-v", "0", "-c", loading, folder=tmp_path
    )

    assert (checked.returncode, checked.stderr) == (0, "")
    assert loaded.stdout == "all of them\n", loaded.stderr


def test_what_a_function_imports_when_it_is_called_is_an_extra_at_least() -> None:
    allowed = modules_of("requirements-extras.lock")

    assert {name: where for name, where in imported().items() if name not in allowed} == {}


def test_every_dependency_is_used() -> None:
    extras = PROJECT["optional-dependencies"]
    lines = PROJECT["dependencies"] + [
        line for name, needs in extras.items() if name != "dev" for line in needs
    ]
    owners = packages_distributions()
    used = {canonical(owner) for name in imported() for owner in owners.get(name, ())}

    assert declared(lines) - used - set(NOT_IMPORTED) == set()
    assert set(NOT_IMPORTED) <= declared(lines)


def test_the_locks_agree_and_name_no_address() -> None:
    run_time, extras, dev = map(
        locked, ("requirements.lock", "requirements-extras.lock", "requirements-dev.lock")
    )
    optional = PROJECT["optional-dependencies"]

    assert run_time.items() <= extras.items() <= dev.items()
    assert declared(PROJECT["dependencies"]) <= run_time.keys()
    for name in set(optional) - {"dev"}:
        assert declared(optional[name]) <= extras.keys()
    for path in ROOT.glob("*.lock"):
        assert "://" not in path.read_text("utf-8"), path.name


def test_the_image_has_every_optional_library() -> None:
    recipe = (ROOT / "Dockerfile").read_text("utf-8")

    assert "-r requirements-extras.lock" in recipe
    assert {"apprise", "django-anymail", "redis", "docker", "botocore"} <= set(
        locked("requirements-extras.lock")
    )


def test_what_is_compiled_after_an_installation_is_what_the_product_imports() -> None:
    """A Makefile is not seen by whoever renames a function."""
    recipe = (ROOT / "Makefile").read_text("utf-8")

    called = re.search(r"import preload; preload\.(\w+)\(\)'", recipe)

    assert called
    assert callable(getattr(preload, called[1]))


def test_a_broker_whose_library_is_missing_refuses_to_start_and_says_what_to_do(
    tmp_path: Path,
) -> None:
    given = {"REDIS_URL": "redis://:hunter2@127.0.0.1:1/0"}
    missing = frozenset({"redis"})

    refused = run_without(missing, "manage.py", "up", folder=tmp_path, **given)
    without_it = run_without(missing, "manage.py", "check", folder=tmp_path)

    assert refused.returncode == 1
    assert refused.stderr.startswith("Cannot start: REDIS_URL needs the library redis: ")
    assert "pip install 'statuspage[redis]'" in refused.stderr
    assert "hunter2" not in refused.stderr
    assert without_it.returncode == 0


def test_traces_without_their_library_are_said_at_the_start_and_by_doctor(tmp_path: Path) -> None:
    given = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://hunter2@127.0.0.1:1"}
    missing = frozenset({"opentelemetry"})
    says = "OTEL_EXPORTER_OTLP_ENDPOINT is set, but no traces are sent: the library OpenTelemetry"

    # What it is asked stops it as soon as it has started.
    role = run_without(
        missing, "manage.py", "work", "--queue", "probes", "--no-such", folder=tmp_path, **given
    )
    doctor = run_without(missing, "manage.py", "doctor", folder=tmp_path, **given)
    unset = run_without(missing, "manage.py", "work", "--queue", "probes", "-x", folder=tmp_path)

    assert says in role.stderr
    assert f"warn traces      {says}" in doctor.stdout
    assert "pip install 'statuspage[tracing]'" in doctor.stdout
    assert "traces" not in unset.stderr
    assert "hunter2" not in role.stderr + doctor.stdout


def test_the_document_is_not_written_without_its_generator(
    development: frozenset[str], tmp_path: Path
) -> None:
    done = run_without(development, "manage.py", "spectacular", folder=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Only a developer's installation can do this: make schema\n"
