"""The agent's client of the server: assignments, reports and heartbeats over HTTP."""

import ipaddress
import time
from collections import deque
from typing import Any
from urllib.parse import urlsplit

import requests

from monitors.agent.protocol import FEATURES, FEATURES_HEADER, TIME_HEADER, Assignments, Report

TIMEOUT = (3.0, 10.0)
"""Seconds to connect, and between two bytes of the answer."""


class ServerError(Exception):
    """The server did not do what was requested."""


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
    """The offset of another clock, from the times in responses that take their time.

    The quickest of the last responses is the surest. One that contradicts it shows that a clock was
    set, and makes all before it worthless.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=8)

    def add_sample(self, *, offset: float, error: float) -> float:
        """Add a measurement with its greatest error in seconds; return the best offset."""
        if any(
            abs(offset - known) > error + known_error + 0.05 for known_error, known in self._samples
        ):
            self._samples.clear()
        self._samples.append((error, offset))
        return min(self._samples)[1]


class ApiClient:
    """A client of the server. Not for several threads at a time."""

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
        self._features: frozenset[str] = frozenset()
        """What the server said that it takes."""
        self._clock_offset = ClockOffset()
        self.skew: float | None = None
        """Seconds by which the server's clock is ahead of ours; None until it was measured."""

    def assignments(
        self, *, region: str, agent: str, blind_since: float | None = None
    ) -> Assignments | None:
        """Return what to probe; None when nothing has changed. Raises ServerError.

        Reports `blind_since`, by the server's clock, on the way.
        """
        blind = {} if blind_since is None else {"blind_since": f"{blind_since:.3f}"}
        response = self._request(
            "GET",
            "/api/v1/agent/assignments",
            params={"region": region, "agent": agent, **blind},
            headers={"If-None-Match": self._etag} if self._etag else {},
        )
        if response.status_code == 304:
            return None
        assignments = Assignments.model_validate(_json(response))
        self._etag = response.headers.get("ETag", "")
        return assignments

    def report(self, report: Report) -> dict[str, Any]:
        """Deliver a batch; when this returns, the server has it. Raises ServerError."""
        body = report.model_dump(mode="json", exclude_defaults=True)
        for feature in FEATURES:
            if feature not in self._features:
                for result in body["results"]:
                    result.pop(feature, None)
        return _json(self._request("POST", "/api/v1/agent/results", json=body))

    def heartbeat(self, body: dict[str, Any]) -> None:
        """Send a heartbeat of this agent. Raises ServerError."""
        self._request("POST", "/api/v1/readers/heartbeat", json=body)

    def clear_etag(self) -> None:
        """Have the next `assignments` return them though unchanged."""
        self._etag = ""

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        sent_at = time.time()
        try:
            response = self._session.request(
                method, self._url + path, timeout=TIMEOUT, allow_redirects=False, **options
            )
        except requests.RequestException as error:
            raise UnreachableError(f"{self._url} does not answer: {_error_name(error)}") from None
        self._measure(response, sent_at=sent_at, received_at=time.time())
        if FEATURES_HEADER in response.headers:
            self._features = frozenset(response.headers[FEATURES_HEADER].split())
        if response.status_code in (200, 304):
            return response
        message = f"{response.status_code} {_detail(response)}"
        if response.status_code in (401, 403):
            raise DeniedError(message)
        if response.status_code == 409:
            raise RetryLaterError(message)
        if response.status_code in (400, 413, 422):
            raise RefusedError(message)
        raise UnreachableError(message)

    def _measure(self, response: requests.Response, *, sent_at: float, received_at: float) -> None:
        try:
            server_time = float(response.headers[TIME_HEADER])
        except (KeyError, ValueError):
            return
        self.skew = self._clock_offset.add_sample(
            offset=server_time - (sent_at + received_at) / 2, error=(received_at - sent_at) / 2
        )


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        data: object = response.json()
    except ValueError:
        raise UnreachableError(
            "the answer is not JSON: is this the address of the server?"
        ) from None
    if not isinstance(data, dict):
        raise UnreachableError("the answer is not an object: is this the address of the server?")
    return data


def _detail(response: requests.Response) -> str:
    try:
        return str(response.json()["detail"])[:300]
    except (ValueError, KeyError, TypeError):
        return response.reason or ""


def _error_name(error: Exception) -> str:
    return type(error).__name__


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
