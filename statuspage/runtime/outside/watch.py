"""The looks at the product's own certificate and mail server, every some hours, by one beat."""

import time
from datetime import datetime

from django.conf import settings

from components.status import Verdict
from statuspage.automation import mail_check
from statuspage.runtime.outside import own_certificate, own_monitors, results
from statuspage.runtime.outside.background import Background
from statuspage.runtime.outside.results import CERTIFICATE, MAIL

CERTIFICATE_SECONDS = 6 * 3600.0
MAIL_SECONDS = 900.0
RETRY_SECONDS = 300.0
"""After a look that found something wrong."""
MAIL_CONFIRMATIONS = 2
"""Looks in a row that must fail before operators are told: a mail server may be restarted."""


class OutsideWatch:
    """The looks of this process; whichever machine's beat is first makes each."""

    def __init__(self) -> None:
        self._certificate = Background("certificate", look_at_certificate)
        self._mail = Background("mail", look_at_mail)

    def check(self, now: datetime) -> None:
        """Make the looks that are due, on threads."""
        at, options = now.timestamp(), settings.STATUSPAGE
        if options.site_url.startswith("https://") and results.claim(
            CERTIFICATE, now=at, every=CERTIFICATE_SECONDS
        ):
            self._certificate.start(at)
        if options.email_url and results.claim(MAIL, now=at, every=MAIL_SECONDS):
            self._mail.start(at)

    def join(self, timeout: float) -> None:
        """Wait for the looks that are under way."""
        self._certificate.join(timeout)
        self._mail.join(timeout)


def look_at_certificate(now: float) -> None:
    """Look at the certificate, store what was seen, and tell its monitor."""
    seen = own_certificate.look(now=now)
    if seen is None:
        return
    ok = seen.verdict is Verdict.UP
    results.store(
        CERTIFICATE, ok=ok, detail=seen.text, number=seen.expires, now=time.time(),
        again_in=None if ok else RETRY_SECONDS,
    )  # fmt: skip
    own_monitors.report(CERTIFICATE, verdict=seen.verdict, text=seen.text, now=time.time())


def look_at_mail(now: float) -> None:
    """See whether the mail server lets us in, store it, and tell its monitor."""
    failure = mail_check.failure()
    in_a_row = results.store(
        MAIL, ok=not failure, detail=failure, now=time.time(),
        again_in=RETRY_SECONDS if failure else None,
    )  # fmt: skip
    if not failure:
        own_monitors.report(MAIL, verdict=Verdict.UP, text="", now=time.time())
    elif in_a_row >= MAIL_CONFIRMATIONS:
        own_monitors.report(MAIL, verdict=Verdict.DOWN, text=failure, now=time.time())
