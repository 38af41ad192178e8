"""An API server of Kubernetes by script: TLS, a token, lists in pages, and chunked watches.

It answers as https://kubernetes.io/docs/reference/using-api/api-concepts/ describes it.
"""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from tests.certificates import Certificate, make_certificate
from tests.servers import tls_server

PLURALS = {
    "services": ("Service", "/api/v1"),
    "ingresses": ("Ingress", "/apis/networking.k8s.io/v1"),
    "deployments": ("Deployment", "/apis/apps/v1"),
}
PAGE = 2
"""Objects in one answer, however many were asked for."""


class ApiServer:
    """What the server holds and how it behaves; tests change both."""

    def __init__(self, folder: Path, *, name: str = "one") -> None:
        self.token, self.name = f"token-of-{name}", name
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.version = 100
        self.log: list[tuple[int, str, dict[str, Any]]] = []
        self.oldest = 0
        """Changes up to this version are not known any more."""
        self.refusal: tuple[int, str] | None = None
        """A status and a message for whoever asks anything."""
        self.requests: list[str] = []
        self.changed = threading.Condition()
        self.certificate: Certificate = make_certificate(folder)
        self._folder = folder
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.uid = ""
        """Of its namespace kube-system; '' where that may not be read."""
        self.cut = False
        """Whether watches are cut off in the middle of what they say."""

    def put(
        self, plural: str, name: str, /, *, namespace: str = "shop",
        spec: dict[str, Any] | None = None, **annotations: str,
    ) -> None:  # fmt: skip
        """Create or change an object."""
        key = (plural, namespace, name)
        kind = "MODIFIED" if key in self.objects else "ADDED"
        shown = {f"statuspage.{label}": value for label, value in annotations.items()}
        item = {
            "metadata": {"name": name, "namespace": namespace, "annotations": shown,
                         "uid": f"{plural}-{namespace}-{name}", "managedFields": [{"x": "y"}]},
            "spec": spec or {}, "status": {},
        }  # fmt: skip
        self._change(kind, key, item)

    def delete(self, plural: str, name: str, *, namespace: str = "shop") -> None:
        key = (plural, namespace, name)
        self._change("DELETED", key, self.objects[key])

    def _change(self, kind: str, key: tuple[str, str, str], item: dict[str, Any]) -> None:
        with self.changed:
            self.version += 1
            item["metadata"]["resourceVersion"] = str(self.version)
            if kind == "DELETED":
                del self.objects[key]
            else:
                self.objects[key] = item
            self.log.append((self.version, key[0], {"type": kind, "object": item}))
            self.changed.notify_all()

    def forget(self) -> None:
        """Forget what changed so far, and end all watches: who comes back has to list anew."""
        with self.changed:
            self.oldest = self.version
            self.changed.notify_all()

    def kubeconfig(self, *, token: str = "") -> Path:
        """Write a kubeconfig for it and return where."""
        path = self._folder / f"{self.name}.kubeconfig"
        path.write_text(yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": self.name,
            "clusters": [{"name": "c", "cluster": {
                "server": f"https://localhost:{self.port}",
                "certificate-authority": str(self.certificate.path)}}],
            "users": [{"name": "u", "user": {"token": token or self.token}}],
            "contexts": [{"name": self.name, "context": {"cluster": "c", "user": "u"}}],
        }))  # fmt: skip
        return path

    def start(self) -> None:
        """Listen, at the same port as before."""
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # A scripted answer waits for its reader no longer than a test does.
            timeout = 60

            def do_GET(self) -> None:
                _answer(api, self)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        server = _Server(("127.0.0.1", self.port), Handler)
        server.context = tls_server(self.certificate)
        self.port = server.server_address[1]
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Go away, as a server does that is restarted: all watches are cut."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            with self.changed:
                self.changed.notify_all()

    @property
    def is_up(self) -> bool:
        return self._server is not None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    context: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        with self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up as they like."""


def _answer(api: ApiServer, request: BaseHTTPRequestHandler) -> None:
    parts = urlsplit(request.path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    api.requests.append(request.path)
    if request.headers.get("Authorization") != f"Bearer {api.token}":
        _send(request, 401, _status(401, "Unauthorized"))
    elif api.refusal:
        _send(request, api.refusal[0], _status(*api.refusal))
    elif parts.path == "/api/v1/namespaces/kube-system" and api.uid:
        _send(request, 200, {"kind": "Namespace", "metadata": {"uid": api.uid}})
    elif found := _resource(parts.path):
        plural, namespace = found
        if query.get("watch"):
            _watch(api, request, plural, namespace, int(query["resourceVersion"]))
        else:
            _send(request, 200, _list(api, plural, namespace, query.get("continue", "0")))
    else:
        _send(request, 404, _status(404, "the server could not find the requested resource"))


def _resource(path: str) -> tuple[str, str] | None:
    for plural, (_, prefix) in PLURALS.items():
        rest = path.removeprefix(prefix)
        if rest == f"/{plural}":
            return plural, ""
        if rest.startswith("/namespaces/") and rest.endswith(f"/{plural}"):
            return plural, rest.split("/")[2]
    return None


def _list(api: ApiServer, plural: str, namespace: str, start: str) -> dict[str, Any]:
    with api.changed:
        rows = [
            item for (of, inside, _), item in sorted(api.objects.items())
            if of == plural and namespace in ("", inside)
        ]  # fmt: skip
        begin = int(start)
        more = str(begin + PAGE) if begin + PAGE < len(rows) else ""
        meta = {"resourceVersion": str(api.version), **({"continue": more} if more else {})}
        return {"kind": f"{PLURALS[plural][0]}List", "metadata": meta,
                "items": rows[begin : begin + PAGE]}  # fmt: skip


def _watch(
    api: ApiServer, request: BaseHTTPRequestHandler, plural: str, namespace: str, since: int
) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    server = request.server
    if since < api.oldest:
        _chunk(request, {"type": "ERROR", "object": _status(410, "too old resource version")})
        request.wfile.write(b"0\r\n\r\n")
        return
    bookmark = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(api.version)}}}
    _chunk(request, bookmark)
    oldest = api.oldest
    while api.is_up and request.server is server and oldest == api.oldest:
        with api.changed:
            events = [
                (version, event) for version, of, event in api.log
                if version > since and of == plural
                and namespace in ("", event["object"]["metadata"]["namespace"])
            ]  # fmt: skip
            if not events:
                api.changed.wait(0.2)
        for version, event in events:
            since = version
            if api.cut:
                raw = json.dumps(event).encode()
                request.wfile.write(b"%x\r\n%s" % (len(raw) + 1, raw[: len(raw) // 2]))
                api.cut = False
                request.close_connection = True
                return
            _chunk(request, event)
    request.wfile.write(b"0\r\n\r\n")


def _chunk(request: BaseHTTPRequestHandler, event: dict[str, Any]) -> None:
    raw = json.dumps(event).encode() + b"\n"
    # In two pieces: events do not come as wholes.
    for part in (raw[:7], raw[7:]):
        request.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
    request.wfile.flush()


def _status(code: int, message: str) -> dict[str, Any]:
    return {"kind": "Status", "status": "Failure", "message": message, "code": code}


def _send(request: BaseHTTPRequestHandler, code: int, body: dict[str, Any]) -> None:
    raw = json.dumps(body).encode()
    request.send_response(code)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(raw)))
    request.end_headers()
    request.wfile.write(raw)


@contextmanager
def api_server(folder: Path, *, name: str = "one") -> Iterator[ApiServer]:
    """Run a server of its own."""
    api = ApiServer(folder, name=name)
    api.start()
    try:
        yield api
    finally:
        api.stop()
