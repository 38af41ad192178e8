"""Asks a container engine (Docker, podman) through its API socket; it only ever reads.

The SDK's own transports resolve names by themselves and count their time-outs per read. This one
connects where the guard lets it, and ends by the check's deadline whatever the engine does.
"""

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from components.network.address_guard import AddressGuard
from monitors.probing.base import ProbeStatus, one_line
from monitors.probing.connections import Deadline, ProbeAbortedError, dial, why_broken

if TYPE_CHECKING:  # see `_client` for why it is not imported here
    from docker import APIClient

MOST_BYTES = 8 << 20
"""Of all answers of one check together."""


class NoSuchContainerError(LookupError):
    """The engine answers, and knows no container of that name."""


def check_address(text: str) -> str:
    """`unix:///path` or `tcp://host:port`. Raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme == "unix" and not parts.netloc and PurePosixPath(parts.path).is_absolute():
        return text
    if parts.scheme == "tcp" and parts.hostname and parts.port and not parts.path:
        return text
    raise ValueError("write unix:///path/to/socket or tcp://host:port")


class _Socket(socket.socket):
    """Reads no longer than the check may take, and no more than it may."""

    deadline: Deadline
    heard = 0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self.deadline.left("no complete answer"))
        try:
            count = super().recv_into(*args, **kwargs)
        except TimeoutError:
            raise self.deadline.missed("no complete answer") from None
        self.heard += count
        if self.heard > MOST_BYTES:
            raise ProbeAbortedError(ProbeStatus.INCONCLUSIVE, "its answers are too large")
        return count


def connect(address: str, *, deadline: Deadline, guard: AddressGuard) -> socket.socket:
    """A connection to the engine at `address`. Raises OverError."""
    parts = urlsplit(address)
    if parts.scheme == "tcp":
        opened = dial(
            parts.hostname or "", parts.port or 0, deadline=deadline, guard=guard
        ).socket  # fmt: skip
        _require(address, guard, opened)
    else:
        _require(address, guard)
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            opened.settimeout(deadline.left("no connection"))
            opened.connect(parts.path)
        except OSError as error:
            opened.close()
            raise ProbeAbortedError(ProbeStatus.INCONCLUSIVE, why_broken(error)) from None
    wrapped = _Socket(fileno=opened.detach())
    wrapped.deadline = deadline
    wrapped.settimeout(deadline.left("no connection"))
    return wrapped


def _require(address: str, guard: AddressGuard, opened: socket.socket | None = None) -> None:
    if address not in guard.container_sockets:
        if opened is not None:
            opened.close()
        told = f"blocked: {address} is not among STATUSPAGE_CONTAINER_SOCKETS"
        raise ProbeAbortedError(ProbeStatus.INCONCLUSIVE, told)


class Engine:
    """What a check asks of a container engine. Close it."""

    def __init__(self, address: str, *, deadline: Deadline, guard: AddressGuard) -> None:
        """Raises OverError."""
        with _told(address):
            self._client = _client(
                address, lambda: connect(address, deadline=deadline, guard=guard)
            )
        self._address = address

    def inspect(self, name: str) -> dict[str, Any]:
        """A container by its name or id. Raises NoSuchContainerError, OverError."""
        with _told(self._address):
            found: dict[str, Any] = self._client.inspect_container(name)
        return found

    def with_label(self, label: str) -> list[str]:
        """The ids of all containers with a label, whatever their state. Raises OverError."""
        with _told(self._address):
            rows = self._client.containers(all=True, filters={"label": [label]})
            return [str(row["Id"]) for row in rows]

    def close(self) -> None:
        self._client.close()


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Whatever keeps the engine from answering is trouble at our own vantage point."""
    import docker.errors  # noqa: PLC0415  (see `_client`)
    import requests  # noqa: PLC0415  (10 MB and a fifth of a second, and few watch a container)

    try:
        yield
    except docker.errors.NotFound:
        raise NoSuchContainerError from None
    except docker.errors.APIError as error:
        _versions.pop(address, None)  # it may have become another one
        raise _trouble(address, f"it answered {error.status_code}: {error.explanation}") from None
    except (
        docker.errors.DockerException,
        requests.RequestException,
        OSError,
        ProbeAbortedError,
    ) as error:
        raise _trouble(address, _why(error)) from None
    except (ValueError, KeyError, TypeError):
        raise _trouble(address, "its answer makes no sense") from None


def _trouble(address: str, why: str) -> ProbeAbortedError:
    if why.startswith("blocked"):
        return ProbeAbortedError(ProbeStatus.INCONCLUSIVE, why)
    return ProbeAbortedError(
        ProbeStatus.INCONCLUSIVE, f"the container engine at {address} cannot be asked: {why}"
    )


def _why(error: BaseException) -> str:
    """The SDK and its HTTP library wrap what went wrong several times over."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ProbeAbortedError):
            return seen.outcome.message
        if isinstance(seen, TimeoutError):
            return "no answer in time"
        if isinstance(seen, ConnectionError | http.client.HTTPException | json.JSONDecodeError):
            return _BROKEN if isinstance(seen, ConnectionError) else "its answer makes no sense"
        seen = seen.__cause__ or seen.__context__
    return one_line(str(error), limit=120)


_BROKEN = "it closed the connection"
_versions: dict[str, str] = {}
"""The API version that each engine speaks: to ask for it takes longer than all the rest."""


def _client(address: str, opening: Callable[[], socket.socket]) -> "APIClient":
    """The SDK's client, on our own transport."""
    # Here: it takes 10 MB and a fifth of a second, and most installations watch no container.
    import requests.adapters  # noqa: PLC0415
    import urllib3  # noqa: PLC0415  (10 MB and a fifth of a second, and few watch a container)
    from docker import APIClient  # noqa: PLC0415

    class Connection(urllib3.connection.HTTPConnection):
        def connect(self) -> None:
            self.sock = opening()

    class Pool(urllib3.connectionpool.HTTPConnectionPool):
        ConnectionCls = Connection

    class Adapter(requests.adapters.HTTPAdapter):
        pool = Pool("engine", maxsize=1, retries=False)

        def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
            return self.pool

        def request_url(self, request: Any, proxies: Any) -> str:
            # No proxy stands between us and the engine, whatever the environment says.
            return str(request.path_url)

        def close(self) -> None:
            self.pool.close()

    adapter = Adapter()

    class Client(APIClient):  # type: ignore[misc]  # it has no types
        def get_adapter(self, url: str) -> Any:
            return adapter

    client = Client(base_url="tcp://engine:1", version=_versions.get(address, "auto"))
    _versions[address] = client.api_version
    return client
