"""The formats of status pages by their names."""

from monitors.probing.upstream.aws import AmazonFormat
from monitors.probing.upstream.base import Format
from monitors.probing.upstream.betterstack import BetterStackFormat
from monitors.probing.upstream.feed import FeedFormat
from monitors.probing.upstream.gcp import GoogleCloudFormat
from monitors.probing.upstream.incidentio import IncidentIoFormat
from monitors.probing.upstream.instatus import InstatusFormat
from monitors.probing.upstream.statuspage import StatuspageFormat

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        StatuspageFormat(), InstatusFormat(), BetterStackFormat(), IncidentIoFormat(),
        GoogleCloudFormat(), AmazonFormat(), FeedFormat(),
    )
}  # fmt: skip
