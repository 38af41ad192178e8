"""Discovery in Kubernetes, by a scripted API server with TLS: nothing is lost, nothing made up."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from components.models import Component, Origin
from monitors.models import Monitor
from statuspage.backoffice.awaiting_start import gone_rows
from statuspage.discovery import kubernetes_watch
from statuspage.discovery.kubernetes_api import RESOURCES, ClusterApi, cluster_configuration
from statuspage.discovery.kubernetes_objects import Place
from statuspage.discovery.kubernetes_watch import ClusterWatch
from tests.statuspage.discovery.api_server import ApiServer, api_server
from tests.waiting import until

pytestmark = [pytest.mark.django_db(transaction=True)]
WEB = {"ports": [{"port": 80}]}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ApiServer]:
    with api_server(tmp_path) as running:
        yield running


def discover(api: ApiServer, *more: str) -> str:
    out = StringIO()
    call_command("discover", "kubernetes", "--once", "--kubeconfig", str(api.kubeconfig()), *more,
                 stdout=out)  # fmt: skip
    return out.getvalue()


def gone() -> list[str]:
    return [row.title for row in gone_rows(max_rows=9)]


@contextmanager
def following(api: ApiServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClusterWatch]:
    """Follow a cluster as the command does, with short pauses."""
    monkeypatch.setattr(kubernetes_watch, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(kubernetes_watch, "LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(kubernetes_watch, "_SETTLE_SECONDS", 0.01)
    watch = ClusterWatch(
        ClusterApi(cluster_configuration(str(api.kubeconfig()), "")), cluster="one",
        resources=[RESOURCES["services"], RESOURCES["ingresses"]], namespaces=[], place=Place(),
    )  # fmt: skip

    def run() -> None:
        try:
            watch.run()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield watch
    finally:
        watch.stopping.set()
        thread.join()


def hosts() -> set[str]:
    return {str(row.config.get("host") or row.config.get("url")) for row in Monitor.objects.all()}


def eventually(holds: Callable[[], object]) -> None:
    until(holds, what="what was written in the cluster")


def test_what_is_annotated_comes_in_and_changes_with_it(api: ApiServer) -> None:
    for name in ("a", "b", "c"):  # more than one page of a list
        api.put("services", name, spec=WEB, enable="true", group="Core")
    api.put("services", "plain", spec=WEB)
    api.put("deployments", "a", enable="true", url="https://a.example/")

    said = discover(api)

    assert "Created: 1 group, 3 components, 4 monitors." in said
    assert "Created: nothing." in discover(api)
    assert Monitor.objects.filter(component__name="a").count() == 2
    mine = Component.objects.get(name="b")
    mine.description = "Edited here"
    mine.save()

    api.put(
        "services",
        "a",
        spec={"ports": [{"port": 81}]},
        enable="true",
        name="Shop",
        group="Front",
        interval="60",
    )
    api.put("services", "b", spec=WEB, enable="true", description="From there", visible="false")
    said = discover(api)

    shop, mine = Component.objects.get(name="Shop"), Component.objects.get(name="b")
    assert (shop.group and shop.group.name, shop.slug) == ("Front", "a")
    assert Monitor.objects.filter(component=shop).count() == 2
    monitor = Monitor.objects.get(component=shop, kind="tcp")
    assert (monitor.config["port"], monitor.interval) == (81, 60)
    assert (mine.description, mine.visible) == ("Edited here", False)
    assert Component.objects.count() == 3
    assert "component “a”: name, group changed" in said
    assert "Created: nothing." in discover(api)


def test_what_lost_its_annotation_or_was_deleted_is_asked_about(api: ApiServer) -> None:
    api.put("services", "web", spec=WEB, enable="true")
    api.put("deployments", "web", enable="true", url="https://web.example/")
    api.put("services", "old", spec=WEB, enable="true", namespace="test")
    discover(api)

    api.put("deployments", "web")
    api.delete("services", "old", namespace="test")
    said = discover(api)

    assert (
        "not named any more, and still watched: old, web: https://web.example/, old: old.test"
        in said
    )
    assert gone() == [
        "old is gone from where it was discovered",
        "web: https://web.example/ is gone from where it was discovered",
    ]
    assert Monitor.objects.filter(enabled=True).count() == 3
    api.put("services", "old", spec=WEB, enable="true", namespace="test")
    api.put("deployments", "web", enable="true", url="https://web.example/")
    discover(api)
    assert gone() == []


def test_two_clusters_and_namespaces_do_not_know_each_other(api: ApiServer, tmp_path: Path) -> None:
    folder = tmp_path / "two"
    folder.mkdir()
    with api_server(folder, name="two") as other:
        api.put("services", "web", spec=WEB, enable="true", name="Web")
        api.put("services", "hidden", spec=WEB, enable="true", namespace="private")
        other.put("services", "web", spec=WEB, enable="true", name="Web")

        discover(api, "--cluster", "one", "--namespace", "shop")
        discover(other, "--cluster", "two", "--domain", "two.example")

    assert hosts() == {"web.shop.svc.cluster.local", "web.shop.svc.two.example"}
    # One component of two clusters: what one of them loses is a monitor.
    assert Component.objects.count() == 1
    api.delete("services", "web")
    discover(api, "--cluster", "one", "--namespace", "shop")
    assert gone() == ["Web: web.shop (one) is gone from where it was discovered"]


def test_objects_of_one_name_in_two_clusters_are_kept_apart_unless_they_are_named(
    api: ApiServer, tmp_path: Path
) -> None:
    folder = tmp_path / "two"
    folder.mkdir()
    with api_server(folder, name="two") as other:
        for cluster in (api, other):
            cluster.put("services", "web", spec=WEB, enable="true")
            cluster.put("services", "shop", spec=WEB, enable="true", name="Shop")
        discover(api, "--cluster", "one")
        said = discover(other, "--cluster", "two", "--domain", "two.example")
        again = discover(other, "--cluster", "two", "--domain", "two.example")

    names = set(Component.objects.values_list("name", flat=True))
    assert names == {"web", "web (two)", "Shop"}
    assert Monitor.objects.filter(component__name="Shop").count() == 2
    assert "component “Shop” (shop) was here already under this name, and is used" in said
    assert "Created: nothing." in again
    assert "web" not in again


def test_a_name_that_is_another_clusters_is_refused_until_it_takes_its_place(
    api: ApiServer, tmp_path: Path
) -> None:
    folder = tmp_path / "two"
    folder.mkdir()
    with api_server(folder, name="two") as other:
        api.put("services", "web", spec=WEB, enable="true")
        discover(api, "--cluster", "prod")
        with pytest.raises(CommandError, match=r"“prod” is the name of another cluster here"):
            discover(other, "--cluster", "prod")
        assert (Component.objects.count(), gone()) == (1, [])

        other.put("services", "web", spec={"ports": [{"port": 81}]}, enable="true")
        discover(other, "--cluster", "prod", "--replace")

    assert Monitor.objects.get().config["port"] == 81
    with pytest.raises(CommandError, match="another cluster"):
        discover(api, "--cluster", "prod")


def test_the_id_of_a_cluster_counts_and_not_its_address(api: ApiServer) -> None:
    api.uid = "0b6f"
    api.put("services", "web", spec=WEB, enable="true")
    discover(api, "--cluster", "prod")
    api.stop()
    api.port = 0
    api.start()

    assert "Created: nothing." in discover(api, "--cluster", "prod")
    api.uid = "77aa"
    with pytest.raises(CommandError, match="another cluster"):
        discover(api, "--cluster", "prod")


def test_a_cluster_that_cannot_be_asked_changes_nothing(api: ApiServer, tmp_path: Path) -> None:
    api.put("services", "web", spec=WEB, enable="true")
    discover(api)

    api.refusal = (403, 'services is forbidden: User "x" cannot list resource "services"')
    with pytest.raises(CommandError, match=r"Nothing was changed.*403: services is forbidden"):
        discover(api)
    api.refusal = None
    api.token = "another"
    with pytest.raises(CommandError, match=r"does not accept the credentials \(401\)"):
        call_command(
            "discover", "kubernetes", "--once", "--kubeconfig", str(api.kubeconfig(token="old"))
        )
    api.certificate.path.write_text("none")
    with pytest.raises(CommandError, match=r"There is no cluster to ask|Nothing was changed"):
        discover(api)
    api.stop()
    (tmp_path / "odd.yaml").write_text("[")
    for path in ("odd.yaml", "none.yaml"):
        with pytest.raises(CommandError, match="There is no cluster to ask"):
            call_command("discover", "kubernetes", "--once", "--kubeconfig", str(tmp_path / path))

    assert not Origin.objects.filter(gone_at__isnull=False).exists()
    assert Component.objects.count() == 1


def test_it_follows_a_cluster_through_restarts_and_what_was_forgotten(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    api.put("services", "web", spec=WEB, enable="true")
    with following(api, monkeypatch), caplog.at_level(logging.WARNING):
        eventually(lambda: hosts() == {"web.shop.svc.cluster.local"})
        # A watch says it, at once.
        api.put("ingresses", "web", spec={"rules": [{"host": "web.example"}]}, enable="true")
        eventually(lambda: Monitor.objects.filter(kind="endpoint").exists())
        # Cut off in the middle of an event: it is read again.
        api.cut = True
        api.put("services", "b", spec=WEB, enable="true")
        eventually(lambda: Component.objects.filter(name="b").exists())

        # Away: nothing is gone because of it, and what was missed is seen afterwards.
        api.stop()
        eventually(lambda: "Nothing is changed because of it" in caplog.text)
        api.delete("services", "b")
        assert gone() == []
        api.start()
        eventually(lambda: gone() == ["b is gone from where it was discovered"])
        assert "answers again" in caplog.text

        # What changed since is not known any more (410): it is listed anew.
        lists = [each for each in api.requests if "watch" not in each]
        api.put("services", "b", spec=WEB, enable="true")
        eventually(lambda: gone() == [])
        api.delete("services", "b")
        api.forget()
        eventually(lambda: len([r for r in api.requests if "watch" not in r]) > len(lists))
        eventually(lambda: gone() == ["b is gone from where it was discovered"])
