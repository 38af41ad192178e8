"""A read-only client of a container engine (Docker, podman) through its API socket.

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
from monitors.probing.connections import Deadline, ProbeAbortedError, connection_error, dial
from monitors.probing.host_fields import ascii_host

if TYPE_CHECKING:  # see `_client` for why it is not imported here
    from docker import APIClient

MAX_BYTES = 8 << 20
"""Of all answers of one check together."""


class NoSuchContainerError(LookupError):
    """The engine answers, and knows no container of that name."""


def validate_address(text: str) -> str:
    """Return `unix:///path` or `tcp://host:port` as it is. Raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme == "unix" and not parts.netloc and PurePosixPath(parts.path).is_absolute():
        return text
    if parts.scheme == "tcp" and parts.hostname and parts.port and not parts.path:
        ascii_host(parts.hostname)  # as it is, to be found among those that may be asked
        return text
    raise ValueError("write unix:///path/to/socket or tcp://host:port")


class _Socket(socket.socket):
    """A socket that reads no longer than the check may take, and no more than it may."""

    deadline: Deadline
    received = 0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self.deadline.left("no complete answer"))
        try:
            count = super().recv_into(*args, **kwargs)
        except TimeoutError:
            raise self.deadline.missed("no complete answer") from None
        self.received += count
        if self.received > MAX_BYTES:
            raise ProbeAbortedError(ProbeStatus.INCONCLUSIVE, "its answers are too large")
        return count


def connect(address: str, *, deadline: Deadline, guard: AddressGuard) -> socket.socket:
    """Open a connection to the engine at `address`. Raises ProbeAbortedError."""
    parts = urlsplit(address)
    if parts.scheme == "tcp":
        opened = dial(
            ascii_host(parts.hostname or ""), parts.port or 0, deadline=deadline, guard=guard
        ).socket  # fmt: skip
        _require_allowed(address, guard, opened)
    else:
        _require_allowed(address, guard)
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            opened.settimeout(deadline.left("no connection"))
            opened.connect(parts.path)
        except OSError as error:
            opened.close()
            raise ProbeAbortedError(ProbeStatus.INCONCLUSIVE, connection_error(error)) from None
    wrapped = _Socket(fileno=opened.detach())
    wrapped.deadline = deadline
    wrapped.settimeout(deadline.left("no connection"))
    return wrapped


def _require_allowed(
    address: str, guard: AddressGuard, opened: socket.socket | None = None
) -> None:
    if address not in guard.container_sockets:
        if opened is not None:
            opened.close()
        problem = f"blocked: {address} is not among STATUSPAGE_CONTAINER_SOCKETS"
        raise ProbeAbortedError(ProbeStatus.INCONCLUSIVE, problem)


class ContainerEngine:
    """A client of a container engine for one check. Close it."""

    def __init__(self, address: str, *, deadline: Deadline, guard: AddressGuard) -> None:
        """Raises ProbeAbortedError."""
        with _translated_errors(address):
            self._client = _client(
                address, lambda: connect(address, deadline=deadline, guard=guard)
            )
        self._address = address

    def inspect(self, name: str) -> dict[str, Any]:
        """Return a container by name or id. Raises NoSuchContainerError, ProbeAbortedError."""
        with _translated_errors(self._address):
            found: dict[str, Any] = self._client.inspect_container(name)
        return found

    def ids_with_label(self, label: str) -> list[str]:
        """Return the ids of all containers with a label. Raises ProbeAbortedError."""
        with _translated_errors(self._address):
            rows = self._client.containers(all=True, filters={"label": [label]})
            return [str(row["Id"]) for row in rows]

    def with_label(self, label: str) -> list[dict[str, Any]]:
        """Return all containers with a label, running or not, as the engine lists them.

        Raises ProbeAbortedError.
        """
        with _translated_errors(self._address):
            rows = self._client.containers(all=True, filters={"label": [label]})
            return [dict(row) for row in rows]

    def close(self) -> None:
        self._client.close()


@contextmanager
def _translated_errors(address: str) -> Iterator[None]:
    """Turn whatever keeps the engine from answering into trouble of our vantage point."""
    import docker.errors  # noqa: PLC0415  (see `_client`)
    import requests  # noqa: PLC0415  (10 MB and a fifth of a second, and few watch a container)

    try:
        yield
    except docker.errors.NotFound:
        raise NoSuchContainerError from None
    except docker.errors.APIError as error:
        _versions.pop(address, None)  # it may have become another one
        raise _engine_error(
            address, f"it answered {error.status_code}: {error.explanation}"
        ) from None
    except (
        docker.errors.DockerException,
        requests.RequestException,
        OSError,
        ProbeAbortedError,
    ) as error:
        raise _engine_error(address, _root_cause(error)) from None
    except (ValueError, KeyError, TypeError):
        raise _engine_error(address, "its answer makes no sense") from None


def _engine_error(address: str, why: str) -> ProbeAbortedError:
    if why.startswith("blocked"):
        return ProbeAbortedError(ProbeStatus.INCONCLUSIVE, why)
    return ProbeAbortedError(
        ProbeStatus.INCONCLUSIVE, f"the container engine at {address} cannot be asked: {why}"
    )


def _root_cause(error: BaseException) -> str:
    """Return the innermost reason: the SDK and its HTTP library wrap it several times over."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ProbeAbortedError):
            return cause.outcome.message
        if isinstance(cause, TimeoutError):
            return "no answer in time"
        if isinstance(cause, ConnectionError | http.client.HTTPException | json.JSONDecodeError):
            return _CLOSED if isinstance(cause, ConnectionError) else "its answer makes no sense"
        cause = cause.__cause__ or cause.__context__
    return one_line(str(error), limit=120)


_CLOSED = "it closed the connection"
_versions: dict[str, str] = {}
"""The API version that each engine speaks: to ask for it takes longer than all the rest."""


def reset() -> None:
    """Ask for the versions again, as a process that begins anew; for tests."""
    _versions.clear()


def _client(address: str, open_socket: Callable[[], socket.socket]) -> "APIClient":
    """Return the SDK's client, on our own transport."""
    # Here: it takes 10 MB and a fifth of a second, and most installations watch no container.
    import requests.adapters  # noqa: PLC0415
    import urllib3  # noqa: PLC0415  (10 MB and a fifth of a second, and few watch a container)
    from docker import APIClient  # noqa: PLC0415

    class Connection(urllib3.connection.HTTPConnection):
        def connect(self) -> None:
            self.sock = open_socket()

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
