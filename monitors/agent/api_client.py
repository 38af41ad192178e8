"""The server as an agent sees it: assignments, reports and heartbeats over HTTP."""

import ipaddress
import time
from collections import deque
from typing import Any
from urllib.parse import urlsplit

import requests

from monitors.agent.protocol import TIME_HEADER, Assignments, Report

TIMEOUT = (3.0, 10.0)
"""Seconds to connect, and between two bytes of the answer."""


class ServerError(Exception):
    """The server did not do as asked."""


class UnreachableError(ServerError):
    """It cannot be reached, or is in trouble: the same may work later."""


class RetryLaterError(ServerError):
    """Not now: another agent serves the region."""


class DeniedError(ServerError):
    """It does not accept the token."""


class RefusedError(ServerError):
    """It will never accept this: asking again changes nothing."""


class InsecureError(ServerError):
    """The address would send secrets over an open network."""


class ClockOffset:
    """How far another clock is ahead, from what it says in answers that take their time.

    The quickest of the last answers is the surest. One that contradicts it shows that a clock was
    set, and makes all before it worthless.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=8)

    def note(self, *, ahead: float, within: float) -> float:
        """Take a measurement that is right to within so many seconds; the answer is the best."""
        if any(abs(ahead - known) > within + sure + 0.05 for sure, known in self._samples):
            self._samples.clear()
        self._samples.append((within, ahead))
        return min(self._samples)[1]


class ApiClient:
    """Not for several threads at a time."""

    def __init__(self, *, url: str, token: str) -> None:
        """Raises InsecureError unless `url` is https, or leads to this very machine."""
        parts = urlsplit(url)
        if not (
            parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
        ):
            raise InsecureError(
                f"{url}: assignments hold secrets, so the address must begin with https://"
                " (http:// only leads to this very machine)"
            )
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._etag = ""
        self._clocks = ClockOffset()
        self.skew: float | None = None
        """Seconds by which the server's clock is ahead of ours; None until it was measured."""

    def assignments(
        self, *, region: str, agent: str, blind_since: float | None = None
    ) -> Assignments | None:
        """What to probe; None when nothing has changed. Raises ServerError.

        Tells on the way whether the agent sees; `blind_since` is by the server's clock.
        """
        blind = {} if blind_since is None else {"blind_since": f"{blind_since:.3f}"}
        answer = self._ask(
            "GET",
            "/api/v1/agent/assignments",
            params={"region": region, "agent": agent, **blind},
            headers={"If-None-Match": self._etag} if self._etag else {},
        )
        if answer.status_code == 304:
            return None
        told = Assignments.model_validate(_json(answer))
        self._etag = answer.headers.get("ETag", "")
        return told

    def report(self, report: Report) -> dict[str, Any]:
        """Deliver a batch; when this returns, the server has it. Raises ServerError."""
        body = report.model_dump(mode="json", exclude_defaults=True)
        return _json(self._ask("POST", "/api/v1/agent/results", json=body))

    def heartbeat(self, body: dict[str, Any]) -> None:
        """Say that this agent is there. Raises ServerError."""
        self._ask("POST", "/api/v1/readers/heartbeat", json=body)

    def forget_assignments(self) -> None:
        """Have them told anew."""
        self._etag = ""

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        asked = time.time()
        try:
            answer = self._session.request(
                method, self._url + path, timeout=TIMEOUT, allow_redirects=False, **more
            )
        except requests.RequestException as error:
            raise UnreachableError(f"{self._url} does not answer: {_error_name(error)}") from None
        self._measure(answer, asked=asked, answered=time.time())
        if answer.status_code in (200, 304):
            return answer
        told = f"{answer.status_code} {_detail(answer)}"
        if answer.status_code in (401, 403):
            raise DeniedError(told)
        if answer.status_code == 409:
            raise RetryLaterError(told)
        if answer.status_code in (400, 413, 422):
            raise RefusedError(told)
        raise UnreachableError(told)

    def _measure(self, answer: requests.Response, *, asked: float, answered: float) -> None:
        try:
            theirs = float(answer.headers[TIME_HEADER])
        except (KeyError, ValueError):
            return
        self.skew = self._clocks.note(
            ahead=theirs - (asked + answered) / 2, within=(answered - asked) / 2
        )


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        raise UnreachableError(
            "the answer is not JSON: is this the address of the server?"
        ) from None
    if not isinstance(told, dict):
        raise UnreachableError("the answer is not an object: is this the address of the server?")
    return told


def _detail(answer: requests.Response) -> str:
    try:
        return str(answer.json()["detail"])[:300]
    except (ValueError, KeyError, TypeError):
        return answer.reason or ""


def _error_name(error: Exception) -> str:
    return type(error).__name__


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
