"""`manage.py discover kubernetes`: components and monitors from the annotations of a cluster."""

import re
import signal
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.discovery.kubernetes_api import (
    RESOURCES,
    AnotherClusterError,
    ClusterApi,
    ClusterError,
    cluster_configuration,
    in_cluster,
)
from statuspage.discovery.kubernetes_objects import Place
from statuspage.discovery.kubernetes_watch import ClusterWatch
from statuspage.importers.report import counted
from statuspage.management import admission

MISSING = "The library kubernetes is missing: install statuspage[kubernetes]."
_CLUSTER = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,38}[a-z0-9])?")
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Command(BaseCommand):
    help = (
        "Makes components with monitors of what has the annotation statuspage.enable in a cluster,"
        " and follows it. What is gone stays until somebody retires it; the desk asks."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        sources = parser.add_subparsers(dest="source", required=True, metavar="SOURCE")
        kubernetes = sources.add_parser(
            "kubernetes", help="Services, Ingresses and Deployments, by their annotations"
        )
        kubernetes.add_argument(
            "--namespace", action="append", default=[], metavar="NAME", dest="namespaces",
            help="only this one; may be given several times (all of them unless told)",
        )  # fmt: skip
        kubernetes.add_argument(
            "--kinds", default=",".join(RESOURCES), metavar="KINDS",
            help=f"which lists to follow, separated by commas ({', '.join(RESOURCES)})",
        )  # fmt: skip
        kubernetes.add_argument(
            "--cluster", default="", metavar="NAME",
            help="what this cluster is called here, each another name (the context of the"
            " kubeconfig, or in-cluster)",
        )  # fmt: skip
        kubernetes.add_argument(
            "--replace", action="store_true",
            help="this cluster takes the place of the one that had its name here",
        )  # fmt: skip
        kubernetes.add_argument(
            "--kubeconfig", default="", metavar="FILE",
            help="how to ask it, and as whom (in a pod: its service account; else $KUBECONFIG or"
            " ~/.kube/config)",
        )  # fmt: skip
        kubernetes.add_argument("--context", default="", help="which one of the kubeconfig")
        kubernetes.add_argument(
            "--domain", default="cluster.local", help="the cluster's domain (cluster.local)"
        )
        kubernetes.add_argument(
            "--outside", action="store_true",
            help="probes are not in the cluster: ask Services at their load balancers",
        )  # fmt: skip
        kubernetes.add_argument(
            "--once", action="store_true", help="look once and end, instead of following it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kinds = [each for each in options["kinds"].split(",") if each]
        for each in kinds or [""]:
            if each not in RESOURCES:
                raise CommandError(f"--kinds: “{each}” is none of {', '.join(RESOURCES)}.")
        for each in options["namespaces"]:
            if not _NAMESPACE.fullmatch(each):
                raise CommandError(f"--namespace: “{each}” is no name of a namespace.")
        try:
            configuration = cluster_configuration(options["kubeconfig"], options["context"])
            api = ClusterApi(configuration)
        except ImportError:
            raise CommandError(MISSING) from None
        except ClusterError as error:
            raise CommandError(f"There is no cluster to ask: {error}") from None
        watch = ClusterWatch(
            api, cluster=_name(options), resources=[RESOURCES[each] for each in kinds],
            namespaces=list(dict.fromkeys(options["namespaces"])),
            place=Place(
                options["domain"].strip("."), outside=options["outside"], cluster=options["cluster"]
            ),
            replaces=options["replace"],
        )  # fmt: skip
        if options["once"]:
            self._once(watch, api.host)
            return
        _stop_by_signal(watch)
        admission.admit(stopping=watch.stopping.is_set)
        self.stderr.write(f"Following {api.host} as {_name(options)}")
        try:
            watch.run()
        except AnotherClusterError as error:
            raise CommandError(f"Nothing was changed. {api.host}: {error}.") from None

    def _once(self, watch: ClusterWatch, host: str) -> None:
        try:
            outcome = watch.once(datetime.now(UTC))
        except ClusterError as error:
            raise CommandError(f"Nothing was changed. {host}: {error}") from None
        self.stdout.write(f"Created: {counted(outcome.report.created) or 'nothing'}.")
        for line in outcome.lines():
            self.stdout.write(f"  {line}")


def _name(options: dict[str, Any]) -> str:
    """Return what the cluster is called. Raises CommandError."""
    given = options["cluster"] or options["context"]
    if not given:
        given = "kubeconfig" if options["kubeconfig"] or not in_cluster() else "in-cluster"
    name = re.sub(r"[^a-z0-9.-]+", "-", given.lower()).strip(".-")[:40].strip(".-")
    if not _CLUSTER.fullmatch(name) or (options["cluster"] and name != options["cluster"]):
        raise CommandError(
            f"--cluster: “{given}” is no name here; write small letters, digits and hyphens, at"
            " most 40."
        )
    return name


def _stop_by_signal(watch: ClusterWatch) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        watch.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
