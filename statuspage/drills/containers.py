"""Containers with a label come and go, in a real engine."""

import socket
import time
from collections.abc import Callable

import requests

from statuspage.drills.base import Drill, DrillResult
from statuspage.drills.counterparts.private_podman import Podman, private_podman, require_podman
from statuspage.drills.environment import DrillEnvironment

FOUND_WITHIN = 15.0
PATIENCE = 90.0
_LOCAL = "127.0.0.1"
_LABELS = (
    "--label=statuspage.enable=true", "--label=statuspage.name=Shop",
    "--label=statuspage.interval=1",
)  # fmt: skip
_VERDICT = "SELECT verdict FROM monitors_check WHERE due IS NOT NULL"
_GONE = "SELECT COUNT(*) FROM components_origin WHERE kind = 'component' AND gone_at IS NOT NULL"


class ContainersDrill(Drill):
    name = "containers"
    fault = "a labelled container starts, stops, starts again and is removed, in a real engine"
    target = (
        "component and monitor are there within 15 s; it is down, up, and asked about: nothing is"
        " deleted by itself"
    )

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        require_podman()
        rounds = 1 if short else 5
        result = DrillResult()
        with (
            private_podman() as engine,
            socket.create_server((_LOCAL, 0)) as public,
            socket.create_server((_LOCAL, 0)) as management,
            DrillEnvironment() as environment,
        ):
            environment.prepare({"groups": []})
            environment.environ |= {
                "STATUSPAGE_CONTAINER_SOCKETS": engine.socket,
                "STATUSPAGE_DISCOVER_CONTAINERS": "yes",
            }
            fds = (public.fileno(), management.fileno())
            environment.start("web", "--fd", str(fds[0]), "--management-fd", str(fds[1]), fds=fds)
            environment.start("beat")
            environment.start("work", "--queue", "probes")
            page = f"http://{_LOCAL}:{public.getsockname()[1]}"
            environment.wait_until(
                lambda: _component(page) is not None, seconds=PATIENCE, what="the page"
            )
            for _ in range(rounds):
                _play(engine, environment, page, result)
            result.lost = abs(1 - _count(environment, "SELECT COUNT(*) FROM monitors_monitor"))
            alive = "SELECT COUNT(*) FROM components_component WHERE retired_at IS NULL"
            result.false = abs(1 - _count(environment, alive))
        say(f"the longest from a container's start to its component took {result.recovery:.1f} s")
        return result


def _play(engine: Podman, environment: DrillEnvironment, page: str, result: DrillResult) -> None:
    """One container's life, with what has to follow each step."""

    def becomes(verdict: str) -> None:
        environment.wait_until(
            lambda: environment.query(_VERDICT) == [(verdict,)], seconds=PATIENCE, what=verdict
        )

    began = time.monotonic()
    engine.run("shop", *_LABELS)
    environment.wait_until(
        lambda: _component(page) == "Shop" and not _count(environment, _GONE),
        seconds=PATIENCE, what="the component of a labelled container",
    )  # fmt: skip
    took = time.monotonic() - began
    result.recovery = max(result.recovery, took)
    result.expect(took <= FOUND_WITHIN, f"a container was on the page after {took:.1f} s")
    becomes("up")
    engine("stop", "--time=0", "shop")
    becomes("down")
    result.expect(not _count(environment, _GONE), "a stopped container was called gone")
    engine("start", "shop")
    becomes("up")
    engine("rm", "--force", "--time=0", "shop")
    environment.wait_until(
        lambda: _count(environment, _GONE) == 1, seconds=PATIENCE, what="the question"
    )
    result.injected += 1


def _count(environment: DrillEnvironment, sql: str) -> int:
    rows = environment.query(sql)
    return int(rows[0][0]) if rows else -1


def _component(page: str) -> str | None:
    """Return the name of the page's only component, '' without one; None without a page."""
    try:
        answer = requests.get(f"{page}/api/v2/components.json", timeout=5)
        named = [each["name"] for each in answer.json()["components"] if not each["group"]]
    except (requests.RequestException, ValueError, KeyError):
        return None
    return named[0] if named else ""
