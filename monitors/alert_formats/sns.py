"""Alarms of Amazon CloudWatch by way of SNS.

Format: docs.aws.amazon.com/sns, “Parsing Amazon SNS message formats”, and what its signature is
made of: “Verifying the signatures”. Whoever reads alarms has verified the signature before.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from components.values import foreign_json
from monitors.alert_formats.base import (
    AlertFormatError,
    fingerprint_of,
    read_instant,
    read_object,
    read_text,
    read_word,
)
from monitors.rules.incoming_alert import IncomingAlert

NOTIFICATION, CONFIRMATION = "Notification", "SubscriptionConfirmation"
_KINDS = (NOTIFICATION, CONFIRMATION, "UnsubscribeConfirmation")
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip
_HOST = re.compile(r"sns\.[a-z0-9-]{1,30}\.amazonaws\.com(\.cn)?")


@dataclass(frozen=True, slots=True)
class SnsMessage:
    """One message of SNS, not yet verified."""

    kind: str
    topic: str
    signed: bytes
    """What its signature is made of."""
    signature: str
    """In base64."""
    version: str
    """“1”: SHA-1, “2”: SHA-256."""
    certificate_url: str
    confirm_url: str
    """What confirms the subscription when it is asked for; '' for other kinds."""


def read_message(body: Any) -> SnsMessage:
    """Return the message with what is needed to verify it. Raises AlertFormatError."""
    fields = read_object(body, "")
    kind = fields.get("Type")
    if kind not in _KINDS:
        raise AlertFormatError("Type", f"Send one of {', '.join(_KINDS)}.")
    names = _SIGNED.get(kind, _SIGNED[CONFIRMATION])
    texts = {name: read_text(fields[name], name) for name in names if fields.get(name) is not None}
    version = fields.get("SignatureVersion")
    if version not in ("1", "2"):
        raise AlertFormatError("SignatureVersion", "Send “1” or “2”.")
    return SnsMessage(
        kind=kind,
        topic=read_word(fields.get("TopicArn"), "TopicArn"),
        signed="".join(f"{name}\n{texts[name]}\n" for name in names if name in texts).encode(),
        signature=read_word(fields.get("Signature"), "Signature"),
        version=version,
        certificate_url=_amazon_url(fields, "SigningCertURL"),
        confirm_url=_amazon_url(fields, "SubscribeURL") if kind == CONFIRMATION else "",
    )


def parse(body: Any) -> list[IncomingAlert]:
    """Return the alarm of a notification; none of other kinds. Raises AlertFormatError."""
    fields = read_object(body, "")
    if fields.get("Type") != NOTIFICATION:
        return []
    try:
        alarm = foreign_json.load(read_word(fields.get("Message"), "Message"))
    except foreign_json.ForeignJsonError:
        alarm = None
    if not isinstance(alarm, dict) or "NewStateValue" not in alarm:
        raise AlertFormatError("Message", "Send an alarm of CloudWatch.")
    state = alarm["NewStateValue"]
    if state not in ("ALARM", "OK"):
        return []  # INSUFFICIENT_DATA is no news
    name = read_word(alarm.get("AlarmName"), "Message.AlarmName")
    given = read_text(alarm.get("AlarmArn"), "Message.AlarmArn")
    described = read_text(alarm.get("AlarmDescription"), "Message.AlarmDescription")
    why = read_text(alarm.get("NewStateReason"), "Message.NewStateReason")
    at = read_instant(alarm.get("StateChangeTime"), "Message.StateChangeTime")
    texts = {
        "alertname": name,
        "region": read_text(alarm.get("Region"), "Message.Region"),
        "account": read_text(alarm.get("AWSAccountId"), "Message.AWSAccountId"),
        "topic": read_text(fields.get("TopicArn"), "TopicArn"),
    }
    return [
        IncomingAlert(
            fingerprint=fingerprint_of(given or name, {}),
            name=name,
            firing=state == "ALARM",
            reason=described or why or name,
            labels={name: text for name, text in texts.items() if text},
            started_at=at if state == "ALARM" else None,
            ends_at=at if state == "OK" else None,
        )
    ]


def _amazon_url(fields: Mapping[str, Any], name: str) -> str:
    """Return an address of SNS itself: a message must not send us anywhere else."""
    url = read_word(fields.get(name), name)
    try:
        parts = urlsplit(url)
        is_amazon = _HOST.fullmatch(parts.netloc) is not None
    except ValueError:
        is_amazon = False
    if not is_amazon or not url.startswith("https://") or not url.isascii():
        raise AlertFormatError(name, "Send an https address of Amazon SNS.")
    return url
