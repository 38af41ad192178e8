"""The kind `upstream`: another status page is read, and what it says is taken over.

Whether the page itself can be read says nothing about what it reports on: a page that is gone,
broken or of another format makes a check inconclusive, and after three intervals the status is
unknown. It is never down for that.
"""

import time
from contextlib import closing
from dataclasses import replace
from typing import Literal

from pydantic import Field, field_validator, model_validator

from components.network.address_guard import AddressGuard
from components.status import Status
from monitors.probing import pem, url_validators
from monitors.probing.base import BlockingProber, Config, Outcome, ProbeStatus, one_line
from monitors.probing.connections import Deadline, ProbeAbortedError
from monitors.probing.http_requests import HttpSession
from monitors.probing.upstream import documents
from monitors.probing.upstream.base import (
    MAX_LINK_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    Format,
    Question,
    Reading,
    UnreadableError,
)
from monitors.probing.upstream.registry import FORMATS

FormatName = Literal["statuspage", "instatus", "betterstack", "incidentio", "gcp", "aws", "feed"]
_OUTCOMES = {
    Status.OPERATIONAL: ProbeStatus.UP,
    Status.MAINTENANCE: ProbeStatus.UP,
    Status.DEGRADED: ProbeStatus.DEGRADED,
    Status.PARTIAL_OUTAGE: ProbeStatus.DOWN,
    Status.MAJOR_OUTAGE: ProbeStatus.DOWN,
}


class UpstreamConfig(Config):
    """The page, its format, and which of its components."""

    format: FormatName = Field(
        default="statuspage",
        description="What the page is made with. Most, ours among them, serve the format of"
        " Statuspage; feed: RSS or Atom.",
    )
    url: str = Field(
        default="",
        max_length=500,
        description="Address of the status page, such as https://status.example.com, or of the"
        " feed. Empty for gcp and aws: theirs is known.",
    )
    component: str = Field(
        default="",
        max_length=200,
        description="Id or name of one of its components; for gcp a product or location, for aws a"
        " service or region, for feed a word. Empty: the page as a whole.",
    )
    verify_tls: bool = Field(default=True, description="Whether the certificate must be valid.")
    authorities: pem.Authorities = ""

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        return url_validators.validate_url(url) if url else url

    @field_validator("component")
    @classmethod
    def _check_component(cls, component: str) -> str:
        if not component.isprintable():
            raise ValueError("must be printable characters in one line")
        return component.strip()

    @model_validator(mode="after")
    def _check_address(self) -> "UpstreamConfig":
        if not self.url and not self.reader.default_url:
            raise ValueError("url: enter the address of the status page")
        return self

    @property
    def reader(self) -> Format:
        return FORMATS[self.format]


class UpstreamProber(BlockingProber):
    """One or two conditional requests, and the words of another page in ours."""

    kind = "upstream"
    label = "Another status page"
    config_type = UpstreamConfig

    def probe(self, config: UpstreamConfig, *, timeout: float, guard: AddressGuard) -> Outcome:
        deadline = Deadline(timeout)
        urls = config.reader.urls(config.url, config.component)
        trust = f"{config.verify_tls} {hash(config.authorities)}"
        question = Question(config.component, urls[0], time.time())
        try:
            with closing(
                HttpSession(
                    deadline=deadline, guard=guard, verify=config.verify_tls,
                    authorities=config.authorities, max_body=documents.MAX_BYTES, compressed=True,
                )
            ) as session:  # fmt: skip
                bodies = [documents.fetch(session, url, trust=trust) for url in urls]
            reading = config.reader.read(bodies, question)
        except ProbeAbortedError as aborted:
            return _unread(aborted.outcome)
        except UnreadableError as error:
            return Outcome(ProbeStatus.INCONCLUSIVE, one_line(str(error)))
        took = deadline.elapsed_ms()
        return Outcome(
            _OUTCOMES[reading.status], _reason(reading, config), latency_ms=took,
            phases={"total": took}, stated=reading.status,
        )  # fmt: skip


def _unread(outcome: Outcome) -> Outcome:
    """Return the outcome of a check whose page cannot be read: never down."""
    if outcome.status is not ProbeStatus.DOWN:
        return outcome
    message = one_line(f"the status page cannot be read: {outcome.message}")
    return replace(outcome, status=ProbeStatus.INCONCLUSIVE, message=message)


def _reason(reading: Reading, config: UpstreamConfig) -> str:
    """Return their event's title and link; what the page says where it names no event."""
    if reading.status is Status.OPERATIONAL:
        return ""
    title = one_line(reading.title, limit=MAX_TITLE_CHARACTERS)
    if not title:
        subject = one_line(config.component, limit=100) or "the status page"
        return one_line(f"{subject}: {reading.status.label}")
    link = one_line(reading.link, limit=500)
    is_shown = len(link) <= MAX_LINK_CHARACTERS and link.startswith(("https://", "http://"))
    return one_line(f"{title} ({link})" if is_shown else title)
