"""What annotations of Kubernetes' objects make: a component, asked where it answers."""

from typing import Any

import pytest

from monitors.config.parsing import parse_config
from statuspage.discovery.kubernetes_objects import Place, read_objects, reduced

TCP = {"ports": [{"name": "metrics", "protocol": "UDP", "port": 1}, {"name": "web", "port": 80},
                 {"name": "https-admin", "port": 9443}]}  # fmt: skip


def thing(
    kind: str, name: str, /, *, spec: dict[str, Any] | None = None, namespace: str = "shop",
    balancer: str = "", **annotations: Any,
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    shown = {"statuspage.enable": "true"}
    shown |= {f"statuspage.{label}": value for label, value in annotations.items()}
    return kind, {
        "metadata": {"name": name, "namespace": namespace, "annotations": shown},
        "spec": TCP if spec is None else spec,
        "status": {"loadBalancer": {"ingress": [{"ip": balancer}] if balancer else None}},
    }


def made(*items: tuple[str, dict[str, Any]], place: Place | None = None) -> dict[str, list[Any]]:
    found = read_objects(items, place or Place())
    for component in found.components:
        for monitor in component.monitors:
            parse_config(monitor.kind, dict(monitor.config))
    return {
        each.name: [
            row.config.get("url") or f"{row.config['host']}:{row.config['port']}"
            for row in each.monitors
        ]
        for each in found.components
    }


def test_a_service_is_asked_by_its_name_in_the_cluster() -> None:
    assert made(
        thing("Service", "web"),
        thing("Service", "admin", port="https-admin", path="ok", name="Admin"),
        thing("Service", "mail", spec={"type": "ExternalName", "externalName": "mx.example."},
              port="25"),
        thing("Service", "site", url="https://example.com/health"),
    ) == {
        "web": ["web.shop.svc.cluster.local:80"],
        "Admin": ["https://admin.shop.svc.cluster.local:9443/ok"],
        "mail": ["mx.example:25"],
        "site": ["https://example.com/health"],
    }  # fmt: skip


def test_from_outside_a_service_is_asked_at_its_load_balancer() -> None:
    items = [
        thing("Service", "a", balancer="192.0.2.7"),
        thing("Service", "b", balancer="2001:db8::1"),
        thing("Service", "c"),
    ]

    found = read_objects(items, Place(outside=True))

    assert [(each.name, each.monitors[0].config["host"]) for each in found.components] == [
        ("a", "192.0.2.7"), ("b", "2001:db8::1")
    ]  # fmt: skip
    assert "Service shop/c: it has no address outside" in str(found.refused[0])


def test_objects_of_one_name_are_one_component_and_ingresses_have_a_monitor_each_host() -> None:
    rules = [
        {"host": "a.example", "http": {"paths": [{"path": "/api", "pathType": "Prefix"}]}},
        {"host": "a.example"}, {"host": "b.example"},
    ]  # fmt: skip
    ingress = {"rules": rules, "tls": [{"hosts": ["a.example"]}]}

    assert made(thing("Service", "web"), thing("Ingress", "web", spec=ingress)) == {
        "web": ["https://a.example/api", "http://b.example/", "web.shop.svc.cluster.local:80"]
    }
    assert set(made(thing("Service", "web"), thing("Service", "web", namespace="test"))) == {
        "web (shop)", "web (test)"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (thing("Service", "x", spec={}), "no port of TCP"),
        (thing("Service", "x", port="nine"), "there is no port “nine”"),
        (thing("Service", "x", port="99999"), "there is no port “99999”"),
        (thing("Service", "x", spec={"type": "ExternalName"}, port="1"), "no address"),
        (thing("Service", "x", url="example.com"), "enter an address with its scheme"),
        (thing("Ingress", "x", spec={"rules": [{"host": "*.example"}]}), "names no one host"),
        (thing("Ingress", "x", spec={"rules": None, "tls": 7}), "no rule of it names a host"),
        (thing("Deployment", "x", spec={}), "a Deployment has no address"),
        (thing("Service", "x", colour="red"), "statuspage.colour is not known"),
        (thing("Service", "x", spec={"ports": ["80", None]}), "no port of TCP"),
    ],
    ids=range(10),
)  # fmt: skip
def test_what_cannot_be_watched_is_told(item: tuple[str, dict[str, Any]], why: str) -> None:
    found = read_objects([item], Place())

    assert any(why in str(each) for each in found.refused)
    assert all(f"{item[0]} shop/x" in str(each) for each in found.refused)


def test_only_what_asks_for_it_is_kept_and_only_the_parts_that_count() -> None:
    _, item = thing("Service", "web")
    item["metadata"] |= {"managedFields": [1], "annotations": {"statuspage.enable": "yes", "x": 1}}

    kept = reduced(item)

    assert kept is not None
    assert kept["metadata"]["annotations"] == {"statuspage.enable": "yes"}
    assert "managedFields" not in kept["metadata"]
    for odd in (
        {},
        {"metadata": None},
        {"metadata": {"annotations": ["statuspage.enable"]}},
        {"metadata": {"annotations": {"statuspage.enable": " OFF "}}},
        {"metadata": item["metadata"] | {"deletionTimestamp": "2026-01-01T00:00:00Z"}},
    ):
        assert reduced(odd) is None
