"""The container's recipe fits the product: what it copies is there, what it sets is a setting."""

import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from statuspage.config.options import OPTIONS
from statuspage.runtime import container_health
from statuspage.runtime.supervisor.process_table import BY_NAME, PROCESSES
from tests import ROOT

APPS = ("components", "incidents", "maintenance", "monitors", "statuspage", "subscribers")
RECIPE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
PROXY = (ROOT / "deploy" / "compose" / "Caddyfile").read_text(encoding="utf-8")


def test_the_image_holds_every_app_and_no_tests() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line[1:] for line in lines if line.startswith("!")}

    assert {*APPS, "templates", "manage.py", "requirements-extras.lock"} <= kept
    assert lines[0] == "*"
    assert [name for name in kept if not (ROOT / name).exists()] == []


def test_what_the_recipes_set_are_settings() -> None:
    given = {
        *SERVICES["statuspage"]["environment"],
        *re.findall(r"\bSTATUSPAGE_[A-Z_]+(?==)", RECIPE),
    }

    assert given
    assert given - {option.name for option in OPTIONS} == set()


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_a_container_may_do_no_more_than_it_must_s20(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    # Whoever listens on 80 and 443, and nobody else.
    assert service.get("cap_add", ["NET_BIND_SERVICE"]) == ["NET_BIND_SERVICE"]
    assert ("cap_add" in service) is ("443:443" in service.get("ports", []))
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"] > 0
    assert not service.get("privileged")
    # Whoever may not become another user must be the right one from the start.
    if "cap_add" not in service:
        ours = re.search(r"^USER (\S+)", RECIPE, re.MULTILINE) if "build" in service else None
        assert (ours[1] if ours else service["user"]) not in ("root", "0")


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_what_a_read_only_container_writes_has_its_place_s20(service: dict[str, Any]) -> None:
    places = [each.split(":")[0] for each in service["tmpfs"]]

    assert "/tmp" in places
    assert all("size=" in each for each in service["tmpfs"])
    assert service["volumes"]
    for volume in service["volumes"]:
        source, _, rest = volume.partition(":")
        is_ours = source.startswith("./")
        assert (ROOT / source).is_file() if is_ours else source in COMPOSE["volumes"]
        assert rest.endswith(":ro") or not is_ours


def test_the_product_gets_what_the_table_of_processes_says() -> None:
    service = SERVICES["statuspage"]

    assert service["ulimits"]["nofile"] >= max(each.descriptors for each in PROCESSES)
    grace = int(service["stop_grace_period"].removesuffix("s"))
    assert grace >= max(each.stop_seconds for each in PROCESSES)
    defaults = {option.name: option.default for option in OPTIONS}
    public = defaults[BY_NAME["web"].ports[0]]
    assert service["expose"] == [public]
    assert f"reverse_proxy statuspage:{public} " in PROXY
    assert f"EXPOSE {public}\n" in RECIPE


def test_only_the_proxy_is_reached_and_it_is_the_one_that_is_trusted_f_o9() -> None:
    reached = [name for name, service in SERVICES.items() if service.get("ports")]

    assert reached == ["proxy"]
    assert SERVICES["statuspage"]["environment"]["STATUSPAGE_NUM_PROXIES"] == 1
    # The data folder holds secrets; the proxy sees the copy of the page alone.
    theirs = {volume.split(":")[0] for volume in SERVICES["proxy"]["volumes"]}
    assert "statuspage" not in theirs
    assert "STATUSPAGE_REPOSITORY_PATH=/page " in RECIPE


def test_a_password_may_hold_any_character_f_o8() -> None:
    given = SERVICES["statuspage"]["environment"]

    assert "POSTGRES_PASSWORD" not in given["DATABASE_URL"]
    assert given["DATABASE_PASSWORD"] == SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"]


def test_the_base_of_the_image_is_an_argument_with_a_version() -> None:
    (base,) = re.findall(r"^ARG PYTHON=(\S+)$", RECIPE, re.MULTILINE)

    assert re.fullmatch(r"python:3\.\d+-slim-\w+", base)
    assert re.findall(r"^FROM (\S+)", RECIPE, re.MULTILINE) == ["${PYTHON}"] * 2
    assert all(re.search(r":[\w.-]*\d", each["image"]) for each in SERVICES.values()
               if "image" in each)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, "http://127.0.0.1:3001/livez"),
        ({"STATUSPAGE_MANAGEMENT_PORT": "9001"}, "http://127.0.0.1:9001/livez"),
        ({"STATUSPAGE_MANAGEMENT_HOST": "0.0.0.0"}, "http://127.0.0.1:3001/livez"),
        ({"STATUSPAGE_MANAGEMENT_HOST": "::"}, "http://[::1]:3001/livez"),
        ({"STATUSPAGE_MANAGEMENT_HOST": "10.1.2.3"}, "http://10.1.2.3:3001/livez"),
    ],
)
def test_the_health_check_asks_where_the_settings_listen_f_o8(
    given: dict[str, str], asked: str
) -> None:
    assert container_health.address(given) == asked
    assert '"statuspage.runtime.container_health"' in RECIPE


@pytest.mark.parametrize(
    ("command", "listens"),
    [
        ("python\0manage.py\0up\0", True),
        ("/sbin/docker-init\0--\0python\0manage.py\0web\0", True),
        ("status web\0\0", True),
        ("python\0manage.py\0work\0--queue\0probes\0", False),
        ("python\0manage.py\0beat\0", False),
    ],
)
def test_a_role_without_a_listener_is_not_called_unhealthy(command: str, listens: bool) -> None:
    assert container_health.has_listener(command) is listens


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/livez" else 404)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


def test_the_health_check_says_whether_somebody_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cmdline").write_text("python\0manage.py\0up\0")
    monkeypatch.setattr(container_health, "_COMMAND", tmp_path / "cmdline")
    server = HTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("STATUSPAGE_MANAGEMENT_PORT", str(server.server_port))

    assert container_health.main() == 0
    server.shutdown()
    server.server_close()
    assert container_health.main() == 1


def test_the_health_check_is_light() -> None:
    loaded = "import sys, statuspage.runtime.container_health; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, check=True)

    assert done.stdout.strip() == b"False"
