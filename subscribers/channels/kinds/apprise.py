"""Paging and chat services through the library Apprise, an extra: `pip install .[alerts]`.

Apprise blocks, each service in its own way; so it works in a thread of its own, and is not waited
for beyond the deadline.
"""

import threading
import time
from typing import Any

from components.network.address_guard import AddressGuard
from components.network.guarded_requests import guarded
from subscribers.channels.base import (
    ADDRESS_TOO_LONG,
    MAX_ADDRESS_LENGTH,
    AddressError,
    Channel,
    Message,
    Outcome,
    Recipient,
    Sender,
    SendStatus,
)
from subscribers.channels.formats.wording import plain, title
from subscribers.channels.hook_guard import guard_for

SCHEMAS = frozenset(
    {
        "discord", "googlechat", "gotify", "gotifys", "line", "matrix", "matrixs", "mattermost",
        "mattermosts", "mmost", "mmosts", "msteams", "ntfy", "ntfys", "opsgenie", "pagerduty",
        "pagertree", "pover", "rocket", "rockets", "sendgrid", "signal", "signals", "signl4",
        "slack", "sns", "splunk", "spugpush", "telegram", "tgram", "threema", "twilio",
        "victorops", "vonage", "webexteams", "wxteams", "workflow", "workflows", "zulip",
    }
)  # fmt: skip
"""What may be reached through it: services, never this machine's desktop, files or commands, nor
anything that posts to whatever address it is given in whatever shape."""
MAX_PENDING = 8
"""Sends that did not come back; beyond these a broken service is not tried again."""
ABSENT = "Apprise is not installed: pip install 'statuspage[alerts]', then restart"
_pending = threading.Semaphore(MAX_PENDING)


def url_schema(url: str) -> str:
    return url.partition("://")[0].strip().lower()


def load_apprise() -> Any:
    """Return the library, or None where the extra is not installed."""
    try:
        # 25 MB of memory, and only those who use it should pay for it.
        import apprise  # noqa: PLC0415  (25 MB, and only those who use it should pay for it)
    except ImportError:
        return None
    return apprise


class AppriseChannel(Channel):
    name = "apprise"
    label = "Apprise"
    position = 70
    # Its addresses reach anywhere.
    staff_only = True

    def normalise(self, address: str) -> str:
        if len(address) > MAX_ADDRESS_LENGTH:
            raise AddressError(ADDRESS_TOO_LONG)
        return address

    def lane(self, address: str) -> str:
        # What looks like its host is often the token.
        return f"apprise:{url_schema(address)}"[:255]

    def masked(self, address: str) -> str:
        return f"{address.partition('://')[0]}://…"

    def address_error(self, address: str) -> str:
        schema = url_schema(address)
        if schema not in SCHEMAS:
            return f"Apprise's “{schema[:20]}://” is not among: {', '.join(sorted(SCHEMAS))}."
        apprise = load_apprise()
        if apprise is None:
            return f"{ABSENT}."
        if not apprise.Apprise().add(address):
            return "Apprise cannot read this address; see its documentation of the service."
        return ""

    def sender(self, *, staff: bool) -> Sender:
        return AppriseSender(guard_for(staff=staff))


class AppriseSender:
    """Sends through the library, to addresses that the guard allows."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard

    def send(self, message: Message, recipient: Recipient, *, deadline: float) -> Outcome:
        if url_schema(recipient.address) not in SCHEMAS:
            return Outcome(SendStatus.PERMANENT, text="this service is not allowed through Apprise")
        apprise = load_apprise()
        if apprise is None:
            return Outcome(SendStatus.TEMPORARY, text=ABSENT)
        if not _pending.acquire(blocking=False):
            return Outcome(
                SendStatus.TEMPORARY, text="too many sends have not come back", lane_down=True
            )
        results: list[bool] = []
        refusals: list[str] = []
        sender = threading.Thread(
            target=_notify,
            args=(apprise, recipient.address, message, self._guard, results, refusals),
            daemon=True,
        )
        sender.start()
        sender.join(max(0.0, deadline - time.monotonic()))
        if sender.is_alive():
            return Outcome(SendStatus.TEMPORARY, text="no answer in time", lane_down=True)
        return _outcome(results, refusals)

    def close(self) -> None:
        """Nothing is kept open."""


def _outcome(results: list[bool], refusals: list[str]) -> Outcome:
    if results == [True]:
        return Outcome(SendStatus.SENT)
    if refusals:
        return Outcome(SendStatus.PERMANENT, text=refusals[0])
    return Outcome(SendStatus.TEMPORARY, text="the service did not take it; see the notify log")


def _notify(
    apprise: Any,
    url: str,
    message: Message,
    guard: AddressGuard,
    results: list[bool],
    refusals: list[str],
) -> None:
    try:
        with guarded(guard) as watch:
            client = apprise.Apprise()
            added = client.add(url)
            sent = added and client.notify(
                title=title(message.facts),
                body=plain(message.facts),
                # So that services with marks of their own show it as it is.
                body_format=apprise.NotifyFormat.TEXT,
            )
        refusals += watch.refusals
        results.append(bool(sent))
    except Exception:  # noqa: BLE001  (a library's plug-in may raise anything)
        # A plug-in's own fault; its text may hold the address, so it is not kept.
        results.append(False)
    finally:
        _pending.release()
