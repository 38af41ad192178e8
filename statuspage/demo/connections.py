"""What the demonstration's callers need to call the product: its address, a token, a ping key."""

import time

from django.conf import settings

from monitors import ping_keys
from monitors.models import Monitor
from monitors.readers.services import ReaderReport, receive_heartbeat
from statuspage.access import tokens
from statuspage.config.running_note import running_settings
from statuspage.demo.callers import Agents, Scheduler
from statuspage.demo.targets import DemoTargets
from statuspage.models import ApiToken

TOKEN = "demo agents"  # noqa: S105  (its name, no secret)
START_SECONDS = 60.0
"""How long the product may take to start: so long agents count as live without a report."""
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  (not bound to: called instead)


def connect(targets: DemoTargets) -> None:
    """Connect callers to the product that is about to start on this store."""
    agents = [target for target in targets if isinstance(target, Agents)]
    if agents:
        token = _fresh_token()
        for group in agents:
            group.connect(product=product_address, token=token)
            _register(group)
    for target in targets:
        if isinstance(target, Scheduler):
            rows = Monitor.objects.filter(kind="heartbeat", component__slug=target.component)
            if (monitor := rows.order_by("pk").first()) is not None:
                _, key = ping_keys.rotate_key(monitor)
                target.connect(product=product_address, key=key)


def product_address() -> str:
    """Return where the product of this store answers; '' while it does not run."""
    ours = settings.STATUSPAGE
    port = running_settings(ours.data_dir).get("STATUSPAGE_PORT", "")
    host = _WILDCARDS.get(ours.host, ours.host)
    return f"http://{host}:{port}" if port else ""


def _fresh_token() -> str:
    for former in ApiToken.objects.filter(name=TOKEN):
        tokens.delete(former)
    return tokens.create(name=TOKEN, scopes=["readers:write"])


def _register(agents: Agents) -> None:
    """Have the agents known, and live until they can report, as they were when this was stopped."""
    for report in agents.reports():
        receive_heartbeat(
            ReaderReport(
                name=report["consumer_name"],
                consumer_groups=(agents.group,),
                device=report["device"],
                model_type=report["model_type"],
                interval=START_SECONDS / 3,
            ),
            now=time.time(),
        )
