"""Gatus: its configuration in this product's words."""

from pathlib import Path
from typing import Any

import pytest

from monitors.config.parsing import parse_config
from statuspage.importers.description import Description
from statuspage.importers.products import gatus
from statuspage.importers.products.gatus_conditions import (
    ConditionError,
    Judgement,
    add_condition,
    seconds,
)

FILE = """
alerting: {slack: {webhook-url: "https://secret.example"}}
endpoints:
  - name: front
    group: core
    url: https://example.org/
    interval: 30s
    headers: {X-Probe: "1"}
    client: {insecure: true, timeout: 5s, ignore-redirect: true}
    alerts: [{type: slack, failure-threshold: 3}]
    conditions:
      - "[STATUS] == any(200, 204)"
      - "[BODY].status == UP"
      - "[BODY] == pat(*<h1>Hello</h1>*)"
      - "[RESPONSE_TIME] < 300"
      - "[CERTIFICATE_EXPIRATION] > 48h"
      - "[IP] == 127.0.0.1"
  - {name: dns, url: 8.8.8.8, dns: {query-name: example.org., query-type: MX},
     conditions: ["[DNS_RCODE] == NOERROR"]}
  - {name: ping, url: "icmp://example.org", conditions: ["[CONNECTED] == true"], enabled: false}
  - {name: mail, url: "starttls://smtp.example.org:587", conditions: ["[CERTIFICATE_EXPIRATION] > 72h"]}
  - {name: socket, url: "tcp://example.org:22", interval: 5m, conditions: ["[CONNECTED] == true"]}
  - {name: quic, url: "udp://example.org:53", conditions: ["[CONNECTED] == true"]}
  - {name: hidden, url: "https://$HOST/", conditions: ["[STATUS] == 200"]}
external-endpoints:
  - {name: job, group: core, token: canary, heartbeat: {interval: 1h}}
"""  # noqa: E501  (lines of YAML)


def read(tmp_path: Path, text: str = FILE) -> Description:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return gatus.read(path)


def monitors(found: Description) -> dict[str, Any]:
    return {each.name: each.monitors[0] for each in found.components if each.monitors}


def test_endpoints_are_monitors_that_this_product_takes(tmp_path: Path) -> None:
    made = monitors(read(tmp_path))

    kinds = {name: each.kind for name, each in made.items()}
    assert kinds == {
        "front": "endpoint", "dns": "dns", "ping": "ping", "mail": "certificate", "socket": "tcp",
        "job": "heartbeat",
    }  # fmt: skip
    for each in made.values():
        parse_config(each.kind, dict(each.config))
    front = made["front"]
    assert (front.interval, front.timeout, front.confirm_down) == (30, 5, 2)
    assert front.config["expected_status"] == "200,204"
    assert front.config["assertions"] == [
        "json $.status matches ^UP$", "body contains <h1>Hello</h1>", "time < 300"
    ]  # fmt: skip
    assert (front.config["verify_tls"], front.config["follow_redirects"]) == (False, 0)
    assert front.config["warn_days"] == 2
    assert not made["ping"].enabled
    assert made["dns"].config["resolvers"] == ["8.8.8.8"]


def test_what_cannot_be_taken_is_told_with_its_reason(tmp_path: Path) -> None:
    told = "\n".join(str(each) for each in read(tmp_path).refused)

    assert "endpoints[0] “front”: condition “[IP] == 127.0.0.1”: no monitor here knows it" in told
    assert "endpoints[5] “quic”: url: no kind here asks udp://" in told
    assert "endpoints[6] “hidden”: url: $HOST is a variable of the environment" in told
    assert "alerting: add channels under Alert channels" in told
    assert "secret.example" not in told
    assert "canary" not in told


@pytest.mark.parametrize(
    ("condition", "status", "assertions"),
    [
        ("[STATUS] < 300", "100-299", []),
        ("[STATUS] != 500", "100-499,501-599", []),
        ("[BODY].a[0].b > 5", "100-599", ["json $.a[0].b > 5"]),
        ("has([BODY].errors) == false", "100-599", ["json $.errors not exists"]),
        ("[BODY] == pat(v?.*)", "100-599", ["body matches (?s)^v.\\..*$"]),
        ("[BODY].n == any(1, 2)", "100-599", ["json $.n matches ^(1|2)$"]),
        ("[RESPONSE_TIME] <= 2s", "100-599", ["time <= 2000"]),
    ],
)
def test_conditions(condition: str, status: str, assertions: list[str]) -> None:
    judgement = Judgement()

    add_condition(judgement, condition)

    assert (judgement.statuses, judgement.assertions) == (status, assertions)


@pytest.mark.parametrize(
    "condition",
    ["nonsense", "[STATUS] == x", "[CONNECTED] == false", "len([BODY].a) > 0", "[BODY][*].a == 1"],
)
def test_a_condition_that_nothing_here_judges_is_refused(condition: str) -> None:
    with pytest.raises(ConditionError):
        add_condition(Judgement(), condition)


def test_durations_are_those_of_go() -> None:
    assert [seconds(each, 7) for each in ("1m30s", "500ms", "1h", None, 30_000_000_000)] == [
        90, 0.5, 3600, 7, 30
    ]  # fmt: skip
    with pytest.raises(ConditionError):
        seconds("soon", 1)
