"""P01, P02: each sender's own messages, by its documentation (`samples`), through the API.

Each begins an alert once, however often it is sent, is the reason in its sender's words, ends it,
and does not begin it again when a message of the beginning comes late.
"""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from monitors.alert_formats.registry import FORMATS
from monitors.external_alerts import sns
from monitors.models import Check, Monitor
from tests.contracts.test_alerts import external, post
from tests.monitors.alert_formats.samples import (
    CLOUDWATCH,
    DATADOG_UNTOLD,
    SAMPLES,
    Sample,
    changed,
)
from tests.monitors.external_alerts import test_sns as signed

pytestmark = [pytest.mark.django_db(transaction=True)]


def said(client: Client, monitor: Monitor, body: Any, name: str) -> tuple[int, int]:
    """Send a message; return how many alerts it opened and resolved."""
    answer = post(client, monitor, body, name=name)
    assert answer.status_code == 202, answer.content
    return answer.json()["opened"], answer.json()["resolved"]


def test_every_format_has_a_message_of_its_sender() -> None:
    assert {each.format for each in SAMPLES.values()} | {"sns"} == set(FORMATS)


@pytest.mark.parametrize("name", SAMPLES)
def test_p01_p02_a_senders_own_message_begins_and_ends_an_alert_once(
    client: Client, name: str
) -> None:
    sample: Sample = SAMPLES[name]
    monitor = external(mapping=sample.mapping)

    began = said(client, monitor, sample.firing, sample.format)
    again = said(client, monitor, sample.firing, sample.format)
    down = Check.objects.get()
    beside = [said(client, monitor, body, sample.format) for body in sample.silent]
    unmoved = Check.objects.get().verdict
    over = said(client, monitor, sample.resolved, sample.format)
    late = said(client, monitor, sample.firing, sample.format)
    twice = said(client, monitor, sample.resolved, sample.format)

    assert (began, again, over) == ((1, 0), (0, 0), (0, 1))
    assert (down.verdict, down.message) == ("down", sample.reason)
    assert beside == [(0, 0)] * len(sample.silent)
    assert unmoved == "down"
    assert (late, twice) == ((0, 0), (0, 0))
    assert Check.objects.get().verdict == "up"


@pytest.mark.parametrize("name", SAMPLES)
def test_p01_another_shape_is_400_naming_the_field(client: Client, name: str) -> None:
    sample: Sample = SAMPLES[name]
    monitor = external(mapping=sample.mapping)

    answer = post(client, monitor, changed(sample.firing, *sample.wrong), name=sample.format)

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [sample.named]
    assert Check.objects.get().verdict == "unknown"


def test_p01_datadogs_own_payload_names_no_alert_and_is_refused_with_the_way_out(
    client: Client,
) -> None:
    answer = post(client, external(), DATADOG_UNTOLD, name="datadog")

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (400, "alert_transition")
    assert "payload" in json.dumps(error)


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Amazon, with a certificate of ours behind the fetcher; returns what is asked of it."""
    asked: list[str] = []

    def answers(url: str, **options: Any) -> bytes:
        asked.append(url)
        return signed.certificate()

    sns.clear_cache()
    monkeypatch.setattr(sns, "guarded_fetch", answers)
    monkeypatch.setattr(settings.STATUSPAGE, "sns_topics", (signed.TOPIC,))
    return asked


def alarm(state: str, at: str) -> str:
    return json.dumps({**CLOUDWATCH, "NewStateValue": state, "StateChangeTime": at})


@pytest.mark.parametrize("version", ["1", "2"])
def test_p01_p02_an_alarm_by_sns_begins_and_ends_once(
    client: Client, amazon: list[str], version: str
) -> None:
    monitor = external()
    firing = signed.message(
        version=version, Subject='ALARM: "ServerCpuTooHigh" in EU (Ireland)',
        Message=alarm("ALARM", "2026-11-30T17:04:40.989+0000"),
    )  # fmt: skip
    over = signed.message(version=version, Message=alarm("OK", "2026-11-30T17:14:40.989+0000"))

    assert said(client, monitor, signed.message("SubscriptionConfirmation"), "sns") == (0, 0)
    assert amazon == [signed.CERTIFICATE_URL, signed.CONFIRM_URL]
    assert said(client, monitor, firing, "sns") == (1, 0)
    assert said(client, monitor, firing, "sns") == (0, 0)
    assert Check.objects.get().message == "The CPU of the shop is busy"
    assert said(client, monitor, over, "sns") == (0, 1)
    assert said(client, monitor, firing, "sns") == (0, 0)
    assert Check.objects.get().verdict == "up"


def test_p01_sns_confirms_only_topics_that_settings_name_and_takes_nothing_unsigned(
    client: Client, amazon: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = external()
    forged = {**signed.message(Message=alarm("ALARM", "2026-11-30T17:04:40.989+0000")),
              "Message": alarm("OK", "2026-11-30T17:04:40.989+0000")}  # fmt: skip

    refused = post(client, monitor, forged, name="sns")
    monkeypatch.setattr(settings.STATUSPAGE, "sns_topics", (f"{signed.TOPIC}-other",))
    stranger = post(client, monitor, signed.message("SubscriptionConfirmation"), name="sns")

    assert [each.status_code for each in (refused, stranger)] == [400, 400]
    assert refused.json()["errors"][0]["field"] == "Signature"
    assert stranger.json()["errors"][0]["field"] == "TopicArn"
    assert signed.CONFIRM_URL not in amazon
    assert Check.objects.get().verdict == "unknown"
