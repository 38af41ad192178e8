"""The kind `container`: whether a container, or all that share a label, run and are healthy."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

from pydantic import Field, field_validator, model_validator

from components.network.address_guard import AddressGuard
from monitors.probing.base import BlockingProber, Config, Outcome, ProbeStatus, one_line
from monitors.probing.connections import Deadline, ProbeAbortedError
from monitors.probing.container_engine import (
    ContainerEngine,
    NoSuchContainerError,
    validate_address,
)

MAX_INSPECTED = 50


class ContainerConfig(Config):
    """The containers, and what is expected of them."""

    container: str = Field(
        default="",
        max_length=128,
        pattern=r"^([A-Za-z0-9][A-Za-z0-9_.-]*)?$",
        description="Name or id of one container. Either this or a label.",
    )
    label: str = Field(
        default="",
        max_length=300,
        description="All containers with this label, such as “app” or “app=shop”.",
    )
    at_least: int | None = Field(
        default=None,
        ge=1,
        description="How many with the label have to run; further ones that do not count as "
        "degraded. Empty: all of them.",
    )
    starting_seconds: int = Field(
        default=120,
        ge=0,
        description="A health check that is still undecided after so long counts as degraded.",
    )
    restart_seconds: int = Field(
        default=0,
        ge=0,
        description="A container that the engine has restarted within so many seconds counts as "
        "degraded; 0: never.",
    )
    socket: str = Field(
        default="unix:///var/run/docker.sock",
        max_length=300,
        description="Address of the engine's API: unix:///path or tcp://host:port; one of those "
        "in STATUSPAGE_CONTAINER_SOCKETS.",
    )

    @field_validator("label")
    @classmethod
    def _check_label(cls, text: str) -> str:
        if not text.isprintable() or text.startswith("="):
            raise ValueError("is not a label; write its name, or name=value")
        return text

    @field_validator("socket")
    @classmethod
    def _check_socket(cls, text: str) -> str:
        return validate_address(text)

    @model_validator(mode="after")
    def _check_subject(self) -> "ContainerConfig":
        if bool(self.container) == bool(self.label):
            raise ValueError("name either a container or a label")
        if self.at_least is not None and not self.label:
            raise ValueError("at_least goes with a label")
        return self


class ContainerProber(BlockingProber):
    """Reads of the engine's API; whatever keeps it from answering is inconclusive."""

    kind = "container"
    label = "Container"
    library, extra = "docker", "containers"
    needs_network = False
    config_type = ContainerConfig

    def probe(self, config: ContainerConfig, *, timeout: float, guard: AddressGuard) -> Outcome:
        deadline = Deadline(timeout)
        try:
            with closing(ContainerEngine(config.socket, deadline=deadline, guard=guard)) as engine:
                found = list(_containers(engine, config))
        except NoSuchContainerError:
            return Outcome(ProbeStatus.DOWN, f"there is no container {config.container}")
        except ProbeAbortedError as aborted:
            return aborted.outcome
        if not found:
            return Outcome(ProbeStatus.DOWN, f"no container has the label {config.label}")
        now = time.time()
        outcome = combine([judge(one, config, now=now) for one in found], config.at_least)
        restarts = sum(int(one.get("RestartCount") or 0) for one in found)
        took = deadline.elapsed_ms()
        return Outcome(outcome.status, outcome.message, took, restarts, {"total": took})


def _containers(engine: ContainerEngine, config: ContainerConfig) -> Iterator[dict[str, Any]]:
    if config.container:
        yield engine.inspect(config.container)
        return
    for each in engine.ids_with_label(config.label)[:MAX_INSPECTED]:
        try:
            yield engine.inspect(each)
        except NoSuchContainerError:
            continue  # it was removed just now


def judge(container: dict[str, Any], config: ContainerConfig, *, now: float) -> Outcome:
    """Return the outcome of one container, from the engine's description of it."""
    name = str(container.get("Name", "")).lstrip("/") or str(container.get("Id", ""))[:12]
    word, message = _state(container, config, now=now)
    return Outcome(word, one_line(f"{name}: {message}") if message else "")


def _state(
    container: dict[str, Any], config: ContainerConfig, *, now: float
) -> tuple[ProbeStatus, str]:
    state = container.get("State") or {}
    status = str(state.get("Status") or "unknown")
    restarts = int(container.get("RestartCount") or 0)
    if status != "running":
        status = "exited" if status == "stopped" else status  # podman, for a moment
        why = ", out of memory" if state.get("OOMKilled") else ""
        ended = f" with code {state.get('ExitCode')}{why}" if status in _ENDED else ""
        return ProbeStatus.DOWN, f"{status}{ended}{_times(restarts)}"
    running_for = now - _instant(state.get("StartedAt"), default=now)
    health = (state.get("Health") or {}).get("Status") or "none"
    if health == "unhealthy":
        return ProbeStatus.DEGRADED, f"unhealthy{_times(restarts)}"
    if health == "starting" and running_for > config.starting_seconds:
        return ProbeStatus.DEGRADED, f"still starting after {running_for:.0f} s"
    if restarts and running_for < config.restart_seconds:
        return ProbeStatus.DEGRADED, f"restarted {running_for:.0f} s ago{_times(restarts)}"
    return ProbeStatus.UP, ""


_ENDED = ("exited", "dead", "restarting")


def _times(restarts: int) -> str:
    return f", restarts so far: {restarts}" if restarts else ""


def _instant(text: Any, *, default: float) -> float:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except (ValueError, OverflowError):
        return default


def combine(outcomes: list[Outcome], at_least: int | None) -> Outcome:
    """Return the outcome of several containers: all have to run, or `at_least` so many."""
    down = [one for one in outcomes if one.status is ProbeStatus.DOWN]
    weak = [one for one in outcomes if one.status is ProbeStatus.DEGRADED]
    running = len(outcomes) - len(down)
    message = "; ".join(one.message for one in [*down, *weak][:5])
    if len(outcomes) > 1 and (down or weak):
        message = f"{running} of {len(outcomes)} run; {message}"
    if down and (at_least is None or running < at_least):
        return Outcome(ProbeStatus.DOWN, one_line(message))
    if at_least is not None and running < at_least:
        return Outcome(ProbeStatus.DOWN, f"{running} run, {at_least} have to")
    if down or weak:
        return Outcome(ProbeStatus.DEGRADED, one_line(message))
    return Outcome(ProbeStatus.UP)
