"""The lines in docs/integrating.md that verify a signature, run by Node (contract L, Webhooks)."""

import json
import re
import subprocess
import time
from typing import Any

from subscribers.channels import signing
from tests import DOCS
from tests.counterparts import program

_DOCS = DOCS / "integrating.md"
_CASES = """
import { readFileSync } from "node:fs";
for (const { secret, headers, body } of JSON.parse(readFileSync(0, "utf8"))) {
  try { console.log(JSON.stringify(verify(secret, headers, Buffer.from(body)))); }
  catch (error) { console.log(error.message); }
}
"""


def told_by_node(cases: list[dict[str, Any]]) -> list[str]:
    node = program("node")
    text = _DOCS.read_text(encoding="utf-8")
    [script] = [
        each for each in re.findall(r"```js\n(.*?)```", text, re.DOTALL) if "node:crypto" in each
    ]
    done = subprocess.run(
        [str(node), "--input-type=module", "-e", script + _CASES],
        input=json.dumps(cases), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


def test_what_the_documentation_says_verifies_our_messages_and_no_others() -> None:
    secret, former = signing.new_secret(), signing.new_secret()
    body, now = '{"type":"incident.created","data":{"title":"Störung"}}', time.time()
    sent = body.encode()
    good = dict(signing.headers("m", sent, at=now, secrets=[secret]))
    both = dict(signing.headers("m", sent, at=now, secrets=[secret, former]))
    old = dict(signing.headers("m", sent, at=now - 600, secrets=[secret]))

    told = told_by_node(
        [
            {"secret": secret, "headers": good, "body": body},
            {"secret": former, "headers": both, "body": body},
            {"secret": former, "headers": good, "body": body},
            {"secret": secret, "headers": good, "body": body.replace("S", "s")},
            {"secret": secret, "headers": {**good, "webhook-id": "n"}, "body": body},
            {"secret": secret, "headers": old, "body": body},
        ]
    )

    assert [json.loads(each)["type"] for each in told[:2]] == ["incident.created"] * 2
    assert told[2:5] == ["not signed with this secret"] * 3
    assert told[5] == "too old, or from the future"
