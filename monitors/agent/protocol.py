"""The messages between an agent and the server, in one place for both."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from components.status import Status
from monitors.probing.base import ProbeStatus

MAX_RESULTS = 1_000
"""Results in one batch."""
TIME_HEADER = "Statuspage-Time"
"""The server's clock, in seconds since the epoch."""
FEATURES_HEADER = "Statuspage-Agent-Features"
"""What a server takes beyond the first form of these messages; an agent may be newer than it."""
CERTIFICATE = "certificate"
"""The feature that results tell of certificates."""
STATED = "stated"
"""The feature that results tell the status that a target states of itself."""
FEATURES = (CERTIFICATE, STATED)
"""All of them, each by the name of its field in a result."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Assignment(_Message):
    """A check to be made. Durations are in seconds."""

    check: int
    revision: int
    kind: str
    config: dict[str, Any]
    """With its secrets open."""
    timeout: float
    interval: float
    retry: float
    confirm_down: int
    confirm_up: int


class Assignments(_Message):
    region: str
    assignments: list[Assignment]


class ReportedCertificate(_Message):
    """What a check learnt of a server's own certificate, as in `CertificateValidity`."""

    ends: float | None = Field(default=None, ge=-1e11, le=1e12, allow_inf_nan=False)
    is_valid: bool | None = None


class ReportedResult(_Message):
    """The result of one check. Instants are seconds since the epoch by the server's clock."""

    check: int = Field(ge=1, lt=2**63)
    revision: int = Field(ge=0, lt=2**63)
    due: float = Field(ge=0, le=1e11, allow_inf_nan=False)
    started: float = Field(ge=0, le=1e11, allow_inf_nan=False)
    ended: float = Field(ge=0, le=1e11, allow_inf_nan=False)
    word: ProbeStatus
    message: str = Field(default="", max_length=300)
    latency_ms: float | None = Field(default=None, ge=0, le=1e6, allow_inf_nan=False)
    code: int | None = Field(default=None, ge=-(2**31), lt=2**31)
    phases: dict[str, float] = Field(default_factory=dict, max_length=20)
    certificate: ReportedCertificate | None = None
    stated: Status | None = None


class Report(_Message):
    """A batch of results. `stream` is the agent's spool; `sequence` counts its batches."""

    agent: str = Field(min_length=1, max_length=200)
    region: str = Field(min_length=1, max_length=40)
    stream: str = Field(min_length=1, max_length=36)
    sequence: int = Field(ge=1, lt=2**62)
    results: list[ReportedResult] = Field(max_length=MAX_RESULTS)
