"""`manage.py agent`: probes from this machine for a server elsewhere; needs no database."""

import logging
import signal
from ipaddress import ip_network
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from components.network.address_guard import AddressGuard
from monitors.agent.api_client import ApiClient, InsecureError
from monitors.agent.delivery import ReportSender
from monitors.agent.run import Agent
from monitors.agent.spool import Spool, SpoolTakenError
from monitors.probing.connectivity import ConnectivityGuard
from monitors.probing.engine import Engine
from monitors.readers.host_metrics import HostMetrics

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Probes from this machine what the server assigns to its region, and reports to it."
    # They would open the database, which an agent has none of.
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", required=True, help="address of the server, by https")
        parser.add_argument(
            "--token",
            help="a token with the scope agents:write for this agent and region; better"
            " STATUSPAGE_AGENT_TOKEN",
        )
        parser.add_argument("--region", required=True, help="code of the region to probe from")
        parser.add_argument("--name", help="name of this agent (default: MACHINE/agent@REGION)")

    def handle(self, *args: Any, **options: Any) -> None:
        ours = settings.STATUSPAGE
        token = options["token"] or ours.agent_token
        if not token:
            raise CommandError("Give --token, or set STATUSPAGE_AGENT_TOKEN (or its _FILE).")
        name = options["name"] or f"{ours.machine}/agent@{options['region']}"
        folder = ours.data_dir / "agent"
        try:
            server = ApiClient(url=options["url"], token=token)
            spool = Spool(folder)
        except (InsecureError, SpoolTakenError, OSError) as error:
            raise CommandError(str(error)) from None
        stopping = _stop_flag()
        connectivity = ConnectivityGuard(ours.reference_targets, quorum=ours.reference_quorum)
        report_sender = ReportSender(
            server=server,
            spool=spool,
            host=HostMetrics(folder=folder),
            name=name,
            region=options["region"],
            connectivity=connectivity,
        )
        engine = Engine(
            guard=AddressGuard(
                allow_private=ours.private_targets,
                allowed_networks=tuple(ip_network(each) for each in ours.allowed_networks),
                container_sockets=ours.container_sockets,
            )
        )
        log.info("agent %s probes from %s for %s", name, options["region"], options["url"])
        try:
            agent = Agent(
                engine=engine, spool=spool, report_sender=report_sender, connectivity=connectivity
            )
            denied = agent.run(stopping=lambda: bool(stopping))
        finally:
            engine.close()
            spool.close()
        if denied:
            raise CommandError(f"The server denies access: {denied}")


def _stop_flag() -> list[int]:
    """Return a list that is not empty once SIGTERM or SIGINT has come."""
    signals: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        signals.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return signals
