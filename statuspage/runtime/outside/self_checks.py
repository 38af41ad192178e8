"""Checks of `doctor` on how the product stands towards the outside."""

import time

from django.conf import settings
from django.db import DatabaseError

from components.status import Verdict
from statuspage.config import tracing
from statuspage.runtime.health import SelfCheck
from statuspage.runtime.outside import own_certificate, results

STALE_SECONDS = 180.0
"""After so long without an answer the dead-man's switch has missed two."""


def certificate() -> SelfCheck:
    """Check the certificate that the public address presents, as a stranger sees it."""
    seen = own_certificate.look(now=time.time())
    if seen is None:
        return SelfCheck("certificate", True, "SITE_URL is not https: there is none to look at")
    if seen.verdict is Verdict.UNKNOWN:
        detail = f"could not be looked at from here: {seen.text}"
        return SelfCheck("certificate", True, detail, "Ask for SITE_URL from another network.")
    advice = "Renew it at the proxy that ends TLS, with its whole chain."
    ok = seen.verdict is not Verdict.DOWN
    return SelfCheck("certificate", ok, seen.text, "" if seen.verdict is Verdict.UP else advice)


def dead_man() -> SelfCheck:
    """Check that the dead-man's switch was asked, and answered, lately."""
    if not settings.STATUSPAGE.dead_man_url:
        detail = "none set (STATUSPAGE_DEAD_MAN_URL): nobody is alerted when all of this is down"
        return SelfCheck("dead man", True, detail)
    try:
        rows = results.dead_man_pings()
    except DatabaseError as error:
        return SelfCheck("dead man", False, str(error), "See the database check.")
    now, told = time.time(), []
    for machine, row in sorted(rows.items()):
        when = "never answered" if row.ok_at is None else f"answered {now - row.ok_at:.0f} s ago"
        told.append(f"{machine} {when}" + (f" ({row.detail})" if row.detail else ""))
    newest = max((row.ok_at or 0.0 for row in rows.values()), default=0.0)
    if now - newest > STALE_SECONDS:
        advice = (
            "See that beat, probes and notify make progress, and that STATUSPAGE_DEAD_MAN_URL can"
            " be asked from this machine."
        )
        return SelfCheck("dead man", False, ", ".join(told) or "not asked yet", advice)
    return SelfCheck("dead man", True, ", ".join(told))


def traces() -> SelfCheck:
    """Check that traces can be sent, if an address is set that takes them."""
    ours = settings.STATUSPAGE
    text, advice = tracing.trouble(ours)
    if text:
        return SelfCheck("traces", True, text, advice)
    place = tracing.place(ours)
    said = f"sent to {place}" if place else "none are sent (OTEL_EXPORTER_OTLP_ENDPOINT is not set)"
    return SelfCheck("traces", True, said)
