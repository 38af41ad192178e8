"""Services, Ingresses and Deployments of Kubernetes by their annotations; without Django.

An object is watched when it has the annotation `statuspage.enable: "true"`. The others are named as
the labels of containers are, and say how it is shown and asked.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from statuspage.discovery.targets import Gathered, TargetError, target_kind
from statuspage.importers.description import MAX_DESCRIPTION, Description, MonitorItem, line
from statuspage.importers.reading import listed, number, text

PREFIX = "statuspage."
ENABLE = "statuspage.enable"
ANNOTATIONS = (
    ENABLE, "statuspage.name", "statuspage.group", "statuspage.description", "statuspage.url",
    "statuspage.port", "statuspage.path", "statuspage.interval", "statuspage.visible",
)  # fmt: skip
_NO = ("false", "no", "0", "off")
_INTERVAL = 30


@dataclass(frozen=True, slots=True)
class Place:
    """From where the objects of a cluster are asked."""

    domain: str = "cluster.local"
    """The cluster's domain: its name servers know a Service as NAME.NAMESPACE.svc.DOMAIN."""
    outside: bool = False
    """Whether probes are outside: then a Service is asked at its load balancer's address."""
    cluster: str = ""
    """What names of monitors add to a Service's; '' with one cluster."""


@dataclass(frozen=True, slots=True)
class _Object:
    kind: str
    namespace: str
    name: str
    annotations: Mapping[str, Any]
    spec: Mapping[str, Any]
    status: Mapping[str, Any]

    @property
    def key(self) -> str:
        """What stays as long as the object does, whatever is changed in it."""
        return f"{self.kind.lower()}/{self.namespace}/{self.name}"

    @property
    def place(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"

    def says(self, name: str) -> str:
        return text(self.annotations, PREFIX + name).strip()


def reduced(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the parts of an object that count here; None when it is not to be watched."""
    meta = _mapping(item, "metadata")
    annotations = {
        str(name): value
        for name, value in _mapping(meta, "annotations").items()
        if str(name).startswith(PREFIX)
    }
    if ENABLE not in annotations or text(annotations, ENABLE).strip().lower() in _NO:
        return None
    if meta.get("deletionTimestamp"):
        return None
    spec = {
        key: value for key, value in _mapping(item, "spec").items()
        if key in ("ports", "type", "externalName", "rules", "tls")
    }  # fmt: skip
    balancer = _mapping(_mapping(item, "status"), "loadBalancer")
    return {
        "metadata": {
            "name": text(meta, "name"), "namespace": text(meta, "namespace"),
            "annotations": annotations,
        },
        "spec": spec,
        "status": {"loadBalancer": {"ingress": listed(balancer.get("ingress"))}},
    }  # fmt: skip


def read_objects(items: Iterable[tuple[str, Mapping[str, Any]]], place: Place) -> Description:
    """Return what objects name, each given with its kind."""
    found = Gathered()
    objects = sorted(map(_object, items), key=lambda each: (each.namespace, each.name, each.kind))
    namespaces = defaultdict[str, set[str]](set)
    together = defaultdict[tuple[str, str], list[_Object]](list)
    for each in objects:
        namespaces[each.name].add(each.namespace)
        together[each.namespace, each.name].append(each)
    for (namespace, name), parts in together.items():
        own = name if len(namespaces[name]) == 1 else f"{name} ({namespace})"
        for each in parts:
            _add(each, parts, place, found, own=own)
    return found.found


def _object(item: tuple[str, Mapping[str, Any]]) -> _Object:
    kind, body = item
    meta = _mapping(body, "metadata")
    return _Object(
        kind, text(meta, "namespace"), text(meta, "name"), _mapping(meta, "annotations"),
        _mapping(body, "spec"), _mapping(body, "status"),
    )  # fmt: skip


def _add(
    each: _Object, parts: Sequence[_Object], place: Place, found: Gathered, *, own: str
) -> None:  # fmt: skip
    """Add an object, which is one of several of that name in its namespace."""
    for name in each.annotations:
        if name not in ANNOTATIONS:
            found.refuse(each.place, f"the annotation {name} is not known: {_known()}")

    def says(name: str) -> str:
        return each.says(name) or next(filter(None, (part.says(name) for part in parts)), "")

    # What has a name of its own is one component, in however many objects it is written; else the
    # objects of one name in a namespace are.
    shown = line(says("name"))
    try:
        monitors = list(_monitors(each, place))
    except TargetError as why:
        found.refuse(each.place, str(why))
        monitors = []
    for monitor in monitors:
        found.add(
            key=shown or f"{each.namespace}/{each.name}", name=shown or line(own),
            group=line(says("group")), monitor=monitor, place=each.place,
            description=line(says("description"), MAX_DESCRIPTION),
            visible=says("visible").lower() not in _NO,
        )  # fmt: skip


def _known() -> str:
    return ", ".join(ANNOTATIONS)


def _monitors(each: _Object, place: Place) -> Iterator[MonitorItem]:
    """Yield the monitors of an object. Raises TargetError."""
    if url := each.says("url"):
        if "://" not in url:
            raise TargetError("statuspage.url: enter an address with its scheme, https://host/path")
        yield _monitor(each, each.key, url, url)
    elif each.kind == "Service":
        address, path = _service_address(each, place), each.says("path")
        if path:
            secure = _looks_secure(_port(each))
            target = f"http{'s' if secure else ''}://{address}/{path.lstrip('/')}"
        else:
            target = address
        of = f" ({place.cluster})" if place.cluster else ""
        yield _monitor(each, each.key, f"{each.name}.{each.namespace}{of}", target)
    elif each.kind == "Ingress":
        yield from _ingress_monitors(each, place)
    else:
        raise TargetError(
            f"a {each.kind} has no address: annotate its Service, or name one by statuspage.url"
        )


def _monitor(each: _Object, key: str, name: str, target: str) -> MonitorItem:
    kind, config = target_kind(target)
    seconds = int(min(max(number(each.says("interval"), _INTERVAL), 1), 86_400))
    return MonitorItem(
        key, line(name), kind, config, interval=seconds, timeout=float(min(10, seconds))
    )


def _service_address(each: _Object, place: Place) -> str:
    host = f"{each.name}.{each.namespace}.svc.{place.domain}"
    if each.spec.get("type") == "ExternalName":
        host = text(each.spec, "externalName").rstrip(".")
    elif place.outside:
        host = _balancer(each)
    if not host:
        raise TargetError(
            "it has no address outside of its cluster yet: give it one of the type LoadBalancer,"
            " or name one by statuspage.url"
        )
    port = text(_port(each), "port")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _balancer(each: _Object) -> str:
    for row in listed(_mapping(each.status, "loadBalancer").get("ingress")):
        if isinstance(row, dict) and (host := text(row, "hostname") or text(row, "ip")):
            return host
    return ""


def _port(each: _Object) -> Mapping[str, Any]:
    """Return the port that is asked: the one that is named, else the first of TCP."""
    ports = [
        row for row in listed(each.spec.get("ports"))
        if isinstance(row, dict) and text(row, "protocol") in ("", "TCP")
    ]  # fmt: skip
    wanted = each.says("port")
    if not wanted:
        if not ports:
            raise TargetError("it has no port of TCP: name one by statuspage.port")
        return ports[0]
    for row in ports:
        if wanted in (text(row, "name"), text(row, "port")):
            return row
    if re.fullmatch(r"\d{1,5}", wanted) and 0 < int(wanted) <= 65_535:
        return {"port": int(wanted)}  # of an ExternalName, or one that a load balancer adds
    raise TargetError(f"statuspage.port: there is no port “{line(wanted, 40)}” of TCP")


def _looks_secure(port: Mapping[str, Any]) -> bool:
    names = (text(port, "name"), text(port, "appProtocol"))
    return text(port, "port") in ("443", "8443") or any(each.startswith("https") for each in names)


def _ingress_monitors(each: _Object, place: Place) -> Iterator[MonitorItem]:
    """Yield a monitor of each host, at the first path of it."""
    secure = {
        str(host) for row in listed(each.spec.get("tls")) if isinstance(row, dict)
        for host in listed(row.get("hosts"))
    }  # fmt: skip
    rules = [row for row in listed(each.spec.get("rules")) if isinstance(row, dict)]
    taken = Counter[str]()
    for rule in rules:
        host = text(rule, "host")
        taken[host] += 1
        if not host or taken[host] > 1:
            continue
        if "*" in host:
            raise TargetError(f"{line(host, 80)} names no one host: write one as statuspage.url")
        scheme = "https" if host in secure else "http"
        path = each.says("path") or _first_path(rule)
        url = f"{scheme}://{host}/{path.lstrip('/')}"
        yield _monitor(each, f"{each.key}#{host}", host, url)
    if not any(taken) and (host := _balancer(each)):
        url = f"http://{f'[{host}]' if ':' in host else host}/{each.says('path').lstrip('/')}"
        yield _monitor(each, each.key, host, url)
    elif not any(taken):
        raise TargetError("no rule of it names a host: enter an address as statuspage.url")


def _first_path(rule: Mapping[str, Any]) -> str:
    for row in listed(_mapping(rule, "http").get("paths")):
        # Another type may be a regular expression.
        if isinstance(row, dict) and text(row, "pathType") in ("Prefix", "Exact"):
            return text(row, "path")
    return "/"


def _mapping(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}
