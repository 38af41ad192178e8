"""`manage.py doctor`: checks that everything is in order, with advice where it is not."""

import shutil
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from components import secrets
from components.filesystem.private_files import is_private
from components.network.client_networks import parse_address
from components.secrets import rotation
from monitors.config.secrets import unbound_secrets
from monitors.models import Monitor
from monitors.probing.reference_targets import Reference
from monitors.vantage_points import blind_probers
from statuspage.access import tokens, undeclared_proxy
from statuspage.config import startup_errors
from statuspage.management.doctor_report import (
    ERROR,
    OK,
    WARNING,
    FindingJson,
    findings,
    report_json,
)
from statuspage.runtime import health, pooling
from statuspage.runtime.health import SelfCheck
from statuspage.runtime.outside import self_checks
from statuspage.server import descriptors
from subscribers.delivery import holds

WARNINGS = (
    "settings", "migrations", "mail", "certificate", "descriptors", "agents", "proxies",
    "destinations", "network", "traces",
)  # fmt: skip
"""Checks whose advice is worth giving even where they pass."""
LOW_DISK_BYTES = 500 * 1024 * 1024


class Command(BaseCommand):
    help = "Checks settings, database, migrations, workers, mail and disk; exits 1 with advice."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        checks = (
            settings_in_order,
            health.database,
            sessions,
            health.migrations,
            health.machines,
            health.keys,
            secrets_readable,
            secrets_bound,
            agents_bound,
            machines_blind,
            references,
            health.mail,
            self_checks.certificate,
            self_checks.dead_man,
            self_checks.traces,
            held,
            open_files,
            proxies,
            disk,
            data_folder,
        )
        found = []
        for finding in findings(checks, warnings=WARNINGS):
            found.append(finding)
            if not options["json"]:
                self._show(finding)
        if options["json"]:
            machine = settings.STATUSPAGE.machine
            self.stdout.write(report_json(found, machine=machine, now=datetime.now(UTC)))
        if any(finding["severity"] == ERROR for finding in found):
            sys.exit(1)

    def _show(self, finding: FindingJson) -> None:
        label = {
            OK: self.style.SUCCESS("ok  "),
            WARNING: self.style.WARNING("warn"),
            ERROR: self.style.ERROR("FAIL"),
        }[finding["severity"]]
        name = finding["id"].replace("_", " ")
        self.stdout.write(f"{label} {name:<11} {finding['sentence']}")
        if finding["severity"] != OK:
            self.stdout.write(f"     {'':<11} → {finding['remedy']}")


def sessions() -> SelfCheck:
    """Check that the database gives each of our connections a session of its own."""
    try:
        shared = pooling.shares_sessions()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what the check reports)
        return SelfCheck("sessions", False, " ".join(str(error).split()), "See the database check.")
    if shared:
        detail = "a connection pooler before the database shares sessions between transactions"
        return SelfCheck("sessions", False, detail, pooling.ADVICE)
    return SelfCheck("sessions", True, "each connection to the database has one of its own")


def settings_in_order() -> SelfCheck:
    """Check that settings fit together, by Django's own checks; they were read to get here."""
    messages = [
        message
        for message in run_checks(tags=[Tags.models, Tags.urls, Tags.templates, Tags.admin])
        if message.is_serious()
    ]
    if messages:
        return SelfCheck("settings", False, messages[0].msg, messages[0].hint or "See the message.")
    ours = settings.STATUSPAGE
    detail = f"data in {ours.data_dir}, page at {ours.site_url}/status"
    if "SITE_URL" not in ours.given() and not _is_loopback(ours.host):
        advice = (
            "Set SITE_URL to the public address, such as https://status.example.com: links in mails"
            " and feeds lead there, and it is the host that the admin answers to."
        )
        return SelfCheck("settings", True, detail, advice)
    return SelfCheck("settings", True, detail)


def _is_loopback(host: str) -> bool:
    parsed = parse_address(host)
    return host == "localhost" or (parsed is not None and parsed.is_loopback)


def secrets_readable() -> SelfCheck:
    """Check that every stored secret can be unsealed, and that the key file is private."""
    try:
        keys = secrets.keys()
        count = rotation.survey(keys)
    except (secrets.SecretError, DatabaseError) as error:
        return SelfCheck(
            "secrets", False, str(error), "Make the key file or the database readable."
        )
    path = secrets.key_path()
    if count.unreadable:
        named = ", ".join(count.unreadable[:5])
        detail = f"{len(count.unreadable)} cannot be read: {named}"
        advice = (
            f"Put {path} back from the backup, add the key they were sealed with to "
            "STATUSPAGE_SECRET_KEYS, or enter them again."
        )
        return SelfCheck("secrets", False, detail, advice)
    if path.exists() and path.stat().st_mode & 0o077:
        return SelfCheck("secrets", False, f"{path} can be read by others", f"chmod 600 {path}")
    old = f", {count.resealed} of them with an old key" if count.resealed else ""
    return SelfCheck("secrets", True, f"{count.current + count.resealed} sealed{old}")


def secrets_bound() -> SelfCheck:
    """Check that every secret of a monitor is sealed for the place where it goes."""
    try:
        monitors = list(Monitor.objects.order_by("pk").only("pk", "name", "config").iterator())
        unbound = [
            f"{monitor.name} ({', '.join(names)})"
            for monitor in monitors
            if (names := unbound_secrets(monitor.config))
        ]
    except DatabaseError as error:
        return SelfCheck("destinations", False, str(error), "See the database check.")
    if not unbound:
        return SelfCheck("destinations", True, "every secret is sealed for where it goes")
    rest = f" and {len(unbound) - 10} more" if len(unbound) > 10 else ""
    detail = f"secrets for no destination, in monitors: {'; '.join(unbound[:10])}{rest}"
    advice = (
        "They were entered in an earlier release, and whoever can write to the database can have "
        "them sent elsewhere. Enter each again: in the admin, or with PATCH /api/v1/monitors/ID."
    )
    return SelfCheck("destinations", True, detail, advice)


def machines_blind() -> SelfCheck:
    """Check that every machine that probes has its network and its name servers."""
    try:
        blind = [
            f"{row.prober} in {row.region} ({'name servers' if row.names_only else 'network'})"
            for row in blind_probers().order_by("region", "prober")
        ]
    except DatabaseError as error:
        return SelfCheck("network", False, str(error), "See the database check.")
    if not blind:
        return SelfCheck("network", True, "no prober says that its own network is gone")
    advice = (
        "What they fail to reach is not counted; other machines of their region probe for them. "
        "Mend what they lack, or correct STATUSPAGE_REFERENCE_TARGETS if nothing is wrong there."
    )
    return SelfCheck("network", True, f"blind: {', '.join(blind[:10])}", advice)


def agents_bound() -> SelfCheck:
    """Check that every token of the scope `agents:write` is for one agent in one region."""
    try:
        names = [f"“{token.name}”" for token in tokens.without_seat()]
    except DatabaseError as error:
        return SelfCheck("agents", False, str(error), "See the database check.")
    if not names:
        return SelfCheck("agents", True, "every token of an agent is for one agent in one region")
    detail = f"tokens with agents:write for no agent: {', '.join(names[:10])}"
    advice = (
        "They may report as readers, and no longer probe. For an agent: manage.py token NAME --bind"
        " --agent AGENT --region CODE; for a reader, make one with --scope readers:write."
    )
    return SelfCheck("agents", True, detail, advice)


def references() -> SelfCheck:
    """Check that as many reference targets answer as the quorum asks for."""
    ours = settings.STATUSPAGE
    if not ours.reference_targets:
        detail = (
            "none set (STATUSPAGE_REFERENCE_TARGETS): our own loss of network looks like outages"
        )
        return SelfCheck("references", True, detail)
    silent = [reference.url for reference in ours.reference_targets if not _connects(reference)]
    answering = len(ours.reference_targets) - len(silent)
    detail = f"{answering} of {len(ours.reference_targets)} answer"
    if answering < min(ours.reference_quorum, len(ours.reference_targets)):
        advice = f"Failures would not count: mend or replace {', '.join(silent)}."
        return SelfCheck("references", False, detail, advice)
    return SelfCheck("references", True, detail)


def _connects(reference: Reference) -> bool:
    try:
        socket.create_connection((reference.host, reference.port), timeout=2).close()
    except OSError:
        return False
    return True


def held() -> SelfCheck:
    """Check that deliveries to subscribers are not held."""
    try:
        hold, count = holds.active_hold(), holds.count_held()
    except DatabaseError as error:
        return SelfCheck("deliveries", False, str(error), "See the database check.")
    if hold is None:
        return SelfCheck("deliveries", True, "sent as they come")
    detail = f"held since {hold.since:%Y-%m-%d %H:%M} UTC, {count} wait: {hold.reason}"
    advice = "Look at them in the admin, then: manage.py deliveries release, or discard."
    return SelfCheck("deliveries", False, detail, advice)


def open_files() -> SelfCheck:
    """Check how many connections the limit of open descriptors lets a web process hold."""
    limit = descriptors.raise_limit()
    held = descriptors.places(limit)
    detail = (
        f"{limit:,} at most: {held.connections:,} connections, {held.streams:,} of them streams"
    )
    if limit >= descriptors.ENOUGH:
        return SelfCheck("descriptors", True, detail)
    advice = (
        f"Raise the hard limit to {descriptors.ENOUGH:,} or more: LimitNOFILE= of the systemd"
        " unit, --ulimit nofile= of the container. The web process takes all that it allows."
    )
    return SelfCheck("descriptors", True, detail, advice)


def proxies() -> SelfCheck:
    """Check that no proxy stands in front that no setting names."""
    try:
        found = undeclared_proxy.stored_evidence(now=datetime.now(UTC))
    except DatabaseError as error:
        return SelfCheck("proxies", False, str(error), "See the database check.")
    if found:
        return SelfCheck("proxies", True, found, undeclared_proxy.ADVICE)
    count = settings.STATUSPAGE.num_proxies
    return SelfCheck("proxies", True, f"{count} in front (STATUSPAGE_NUM_PROXIES)")


def disk() -> SelfCheck:
    """Check that the disk of the data folder has space left."""
    free = shutil.disk_usage(_existing(settings.STATUSPAGE.data_dir)).free
    detail = f"{free / 1024**3:.1f} GiB free for {settings.STATUSPAGE.data_dir}"
    return SelfCheck(
        "disk", free > LOW_DISK_BYTES, detail, "Free some space, or move the data folder."
    )


def data_folder() -> SelfCheck:
    """Check that the data folder is writable and its key file private."""
    folder = settings.STATUSPAGE.data_dir
    key = folder / "secret.key"
    if text := startup_errors.folder_of(folder):
        detail, _, advice = text.partition(". ")
        return SelfCheck("data folder", False, detail, advice)
    if key.exists() and key.stat().st_mode & 0o077:
        return SelfCheck("data folder", False, f"{key} can be read by others", f"chmod 600 {key}")
    store = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor == "sqlite" and not is_private(store):
        return SelfCheck(
            "data folder", False, f"{store} can be read by others", f"chmod 600 {store}"
        )
    return SelfCheck("data folder", True, "writable, secret key private")


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
