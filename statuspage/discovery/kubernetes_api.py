"""Lists and watches of a Kubernetes API server, read only; without Django.

Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes.
The library `kubernetes` finds the cluster, its authority and the credentials (a service account, a
kubeconfig with certificates, tokens or programs), and renews them. Answers are read as they are,
for its models cost twice the memory and refuse what a newer server adds.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml import YAMLError

from monitors.probing.base import one_line

CONNECT_SECONDS = 5.0
WATCH_SECONDS = 60
"""How long the server keeps a watch; then another one goes on where it ended."""
READ_SECONDS = 75.0
"""A watch that outlives its time so long is a connection that nobody serves any more."""
LIST_SECONDS = 60.0
PAGE = 500
"""Objects in one answer of a list."""
MAX_BYTES = 256 << 20
"""Of all answers to one list."""
MAX_LINE = 16 << 20
"""Of one event of a watch; an object itself has 1.5 MiB at most."""
GONE = 410


class ClusterError(Exception):
    """The API server cannot be asked, or does not answer as one; the message says why."""


class AnotherClusterError(ClusterError):
    """The cluster's name is that of another cluster here."""


class VersionGoneError(ClusterError):
    """The server does not know any more what changed since a version: list anew."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A list of the API."""

    kind: str
    prefix: str
    plural: str

    def path(self, namespace: str) -> str:
        """Return its path, of one namespace or, for '', of all."""
        inside = f"/namespaces/{namespace}" if namespace else ""
        return f"{self.prefix}{inside}/{self.plural}"


RESOURCES = {
    "services": Resource("Service", "/api/v1", "services"),
    "ingresses": Resource("Ingress", "/apis/networking.k8s.io/v1", "ingresses"),
    "deployments": Resource("Deployment", "/apis/apps/v1", "deployments"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One event of a watch. A bookmark has no object that counts, but a version."""

    kind: str
    item: dict[str, Any]
    version: str


class ClusterApi:
    """A client of one cluster, for several threads."""

    def __init__(self, configuration: Any) -> None:
        """`configuration` is the library's, as `cluster_configuration` gives it."""
        from kubernetes.client import ApiClient  # noqa: PLC0415  (an extra)

        self._client = ApiClient(configuration)
        self.host = str(configuration.host)
        self._authority = str(configuration.ssl_ca_cert or "")

    def identity(self) -> str:
        """Return what tells this cluster from others: the id of its namespace kube-system.

        Where that may not be read: its address and authority. Raises ClusterError.
        """
        try:
            namespace = _json(b"".join(self._parts("/api/v1/namespaces/kube-system", {})))
        except ClusterError as error:
            if not str(error).startswith(("it answers 403", "it answers 404")):
                raise
            namespace = {}
        meta = namespace.get("metadata")
        if isinstance(meta, dict) and meta.get("uid"):
            return f"uid:{meta['uid']}"[:200]
        return f"server:{hashlib.sha256(self._server()).hexdigest()}"

    def _server(self) -> bytes:
        try:
            authority = Path(self._authority).read_bytes() if self._authority else b""
        except OSError as error:
            raise ClusterError(f"its authority cannot be read: {error.strerror}") from None
        return self.host.encode() + b"\0" + authority

    def list(self, resource: Resource, namespace: str) -> tuple[list[dict[str, Any]], str]:
        """Return all objects and the version of the list. Raises ClusterError."""
        items: list[dict[str, Any]] = []
        left, token, until = MAX_BYTES, "", time.monotonic() + LIST_SECONDS
        while True:
            query = {"limit": str(PAGE), **({"continue": token} if token else {})}
            raw = bytearray()
            for part in self._parts(resource.path(namespace), query):
                raw += part
                if len(raw) > left:
                    raise ClusterError(f"its list of {resource.plural} is too large")
                if time.monotonic() > until:
                    raise ClusterError(f"its list of {resource.plural} took too long")
            left -= len(raw)
            page = _json(raw)
            meta = page.get("metadata")
            rows = page.get("items")
            if not isinstance(meta, dict) or not isinstance(rows, list | None):
                raise ClusterError(f"its list of {resource.plural} is none")
            items += [row for row in rows or () if isinstance(row, dict)]
            token = str(meta.get("continue") or "")
            if not token:
                return items, str(meta.get("resourceVersion") or "")

    def watch(self, resource: Resource, namespace: str, version: str) -> Iterator[Change]:
        """Yield what changes after a version, until the server ends it. Raises ClusterError."""
        query = {
            "watch": "1", "allowWatchBookmarks": "true", "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }  # fmt: skip
        rest = b""
        for part in self._parts(resource.path(namespace), query):
            *lines, rest = (rest + part).split(b"\n")
            if len(rest) > MAX_LINE:
                raise ClusterError("an event of it is too large")
            for each in lines:
                if each.strip():
                    yield _change(_json(each))
        # What was cut off is sent again, for its version was not read.

    def _parts(self, path: str, query: dict[str, str]) -> Iterator[bytes]:
        """Yield the body of an answer as it comes."""
        import urllib3  # noqa: PLC0415  (comes with the extra)

        try:
            method, url, headers, *_ = self._client.param_serialize(
                "GET", path, query_params=list(query.items()),
                header_params={"Accept": "application/json"}, auth_settings=["BearerToken"],
            )  # fmt: skip
            answer = self._client.rest_client.pool_manager.request(
                method, url, headers=headers, preload_content=False, retries=False,
                redirect=False, timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            )  # fmt: skip
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ClusterError(_why(error)) from None
        # A program of a kubeconfig, or a token's file, may fail in any way.
        except Exception as error:  # noqa: BLE001
            raise ClusterError(f"no credentials: {_why(error)}") from None
        try:
            if answer.status != 200:
                raise _refused(answer.status, answer.read(65_536))
            yield from answer.stream(65_536)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ClusterError(_why(error)) from None
        finally:
            answer.close()


def _json(raw: bytes | bytearray) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise ClusterError("its answer is no JSON: is it an API server?") from None
    if not isinstance(value, dict):
        raise ClusterError("its answer is no object: is it an API server?")
    return value


def _change(event: dict[str, Any]) -> Change:
    kind, item = str(event.get("type")), event.get("object")
    if not isinstance(item, dict):
        raise ClusterError("an event of it has no object")
    if kind == "ERROR":
        code = item.get("code")
        raise _error(code if isinstance(code, int) else 0, item)
    meta = item.get("metadata")
    version = str(meta.get("resourceVersion") or "") if isinstance(meta, dict) else ""
    return Change(kind, item, version)


def _refused(code: int, raw: bytes) -> ClusterError:
    try:
        item = json.loads(raw)
    except (ValueError, RecursionError):
        item = None
    return _error(code, item if isinstance(item, dict) else {})


def _error(code: int, status: dict[str, Any]) -> ClusterError:
    said = one_line(str(status.get("message") or ""))[:300]
    if code == GONE:
        return VersionGoneError("what changed meanwhile is not known any more")
    if code == 401:
        return ClusterError("it does not accept the credentials (401)")
    return ClusterError(f"it answers {code}{f': {said}' if said else ''}")


def _why(error: BaseException) -> str:
    """Return what went wrong with a connection, in one line, without the wrappers of libraries."""
    cause: BaseException = error
    while (inner := getattr(cause, "reason", None) or cause.__cause__) is not None:
        if not isinstance(inner, BaseException) or inner is cause:
            break
        cause = inner
    said = one_line(str(getattr(cause, "verify_message", "") or cause))
    if "Failed to establish a new connection: " in said:
        said = said.partition("Failed to establish a new connection: ")[2]
    return (said or type(cause).__name__)[:300]


def cluster_configuration(file: str, context: str) -> Any:
    """Return the library's configuration of a cluster: of a kubeconfig, or of the pod it is in.

    Without `file` and `context` a pod uses its service account; anything else the usual kubeconfig.
    Raises ClusterError, and ImportError without the library.
    """
    from kubernetes import client, config  # noqa: PLC0415  (an extra)

    configuration = client.Configuration()
    loaders: Any = config  # untyped
    try:
        if not file and not context and in_cluster():
            loaders.load_incluster_config(configuration)
        else:
            loaders.load_kube_config(
                config_file=file or None, context=context or None, persist_config=False,
                client_configuration=configuration,
            )  # fmt: skip
    except config.ConfigException as error:
        raise ClusterError(one_line(str(error))[:300]) from None
    except (OSError, ValueError, TypeError, AttributeError, LookupError, YAMLError) as error:
        raise ClusterError(f"{file or 'the kubeconfig'} cannot be read: {_why(error)}") from None
    return configuration


def in_cluster() -> bool:
    """Return whether this process runs in a pod that may ask the API server."""
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST"))
