"""Messages of Amazon SNS: verified with Amazon's certificate, from topics that settings name."""

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from components.network.guarded_get import FetchError
from monitors.alert_formats.base import AlertFormatError
from monitors.alert_formats.sns import parse
from monitors.external_alerts.sns import verify

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
HOST = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE_URL, CONFIRM_URL = f"{HOST}/SimpleNotificationService-1.pem", f"{HOST}/?Action=x"
ALARM = {
    "AlarmName": "Shop is slow", "AlarmArn": "arn:aws:cloudwatch:alarm:shop",
    "AlarmDescription": None, "NewStateValue": "ALARM", "NewStateReason": "1 datapoint > 5",
    "StateChangeTime": "2026-11-30T12:00:00.000+0000", "Region": "EU (Ireland)",
}  # fmt: skip


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key().public_key(), 1, begins,
                                   begins + timedelta(days=999))  # fmt: skip
    return made.sign(key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def message(kind: str = "Notification", *, version: str = "1", **fields: Any) -> dict[str, Any]:
    body = {
        "Type": kind, "MessageId": "m", "TopicArn": TOPIC, "Message": json.dumps(ALARM),
        "Timestamp": "2026-11-30T12:00:00.000Z", **fields,
    }  # fmt: skip
    if kind != "Notification":
        body |= {"SubscribeURL": CONFIRM_URL, "Token": "t"}
    names = sorted(name for name in body if name != "SigningCertURL")
    text = "".join(f"{name}\n{body[name]}\n" for name in names).encode()
    algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
    signature = base64.b64encode(key().sign(text, padding.PKCS1v15(), algorithm)).decode()
    return {
        "Signature": signature, "SignatureVersion": version, "SigningCertURL": CERTIFICATE_URL,
        **body,
    }  # fmt: skip


class Fetcher:
    """What stands in for Amazon; it keeps what was asked for."""

    def __init__(self, *, away: str = "") -> None:
        self.asked: list[str] = []
        self._away = away

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if url == self._away:
            raise FetchError("no connection")
        return certificate()


@pytest.mark.parametrize("version", ["1", "2"])
def test_p01_a_signed_notification_is_an_alarm(version: str) -> None:
    body = message(version=version, Subject="ALARM")

    verify(body, topics=(TOPIC,), fetch=Fetcher())
    (alert,) = parse(body)

    assert (alert.firing, alert.name, alert.reason) == (True, "Shop is slow", "1 datapoint > 5")
    assert alert.started_at == datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
    over = parse(message(Message=json.dumps({**ALARM, "NewStateValue": "OK"})))[0]
    assert (over.firing, over.fingerprint, over.ends_at) == (
        False, alert.fingerprint, alert.started_at,
    )  # fmt: skip
    unknown = json.dumps({**ALARM, "NewStateValue": "INSUFFICIENT_DATA"})
    assert parse(message(Message=unknown)) == []


def test_p01_a_subscription_is_confirmed_only_for_a_topic_that_settings_name() -> None:
    fetcher, stranger = Fetcher(), Fetcher()

    verify(message("SubscriptionConfirmation"), topics=(TOPIC,), fetch=fetcher)
    with pytest.raises(AlertFormatError) as refused:
        verify(message("SubscriptionConfirmation"), topics=(), fetch=stranger)

    assert fetcher.asked == [CERTIFICATE_URL, CONFIRM_URL]
    assert (refused.value.field, stranger.asked) == ("TopicArn", [])
    assert parse(message("SubscriptionConfirmation")) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"Message": "{}"}, "Signature"),
        ({"Subject": "added"}, "Signature"),
        ({"Signature": "AAAA"}, "Signature"),
        ({"Signature": "%"}, "Signature"),
        ({"SignatureVersion": "2"}, "Signature"),
        ({"SignatureVersion": "3"}, "SignatureVersion"),
        ({"SigningCertURL": "https://sns.evil.example.com/x.pem"}, "SigningCertURL"),
        ({"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/x.pem"}, "SigningCertURL"),
        (
            {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com@evil.example/x"},
            "SigningCertURL",
        ),
        ({"SigningCertURL": "https://sns.eu-west-1.amazonaws.com:8443/x"}, "SigningCertURL"),
        ({"SigningCertURL": "https://s3.amazonaws.com/evil.pem"}, "SigningCertURL"),
        ({"Type": "Other"}, "Type"),
        ({"TopicArn": f"{TOPIC}2"}, "TopicArn"),
    ],
    ids=range(13),
)
def test_p01_what_amazon_did_not_sign_is_refused_naming_the_field(
    changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(AlertFormatError) as refused:
        verify({**message(), **changed}, topics=(TOPIC,), fetch=Fetcher())

    assert refused.value.field == field


def test_what_cannot_be_fetched_or_is_no_alarm_is_refused_with_words() -> None:
    with pytest.raises(AlertFormatError, match="no connection"):
        verify(message(), topics=(TOPIC,), fetch=Fetcher(away=CERTIFICATE_URL))
    with pytest.raises(AlertFormatError, match="cannot be confirmed: no connection"):
        verify(
            message("SubscriptionConfirmation"), topics=(TOPIC,), fetch=Fetcher(away=CONFIRM_URL)
        )
    with pytest.raises(AlertFormatError, match="alarm of CloudWatch"):
        parse(message(Message="hello"))
