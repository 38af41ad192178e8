"""Two products side by side: one watches the other's component by its public page (P05)."""

from pathlib import Path
from typing import Any

import pytest
import requests

from tests.journeys.product import Product, running
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.long, pytest.mark.journey]
STRICT = {"component": "checkout", "degraded": "fail", "maintenance": "fail", "unknown": "fail"}


class Api:
    """The REST API of a product."""

    def __init__(self, product: Product) -> None:
        scopes = ("status:read", "status:write", "monitors:read", "monitors:write")
        words = [word for scope in scopes for word in ("--scope", scope)]
        token = product.manage("token", "ci", *words).split()[-1]
        self._url, self._headers = f"{product.url}/api/v1", {"Authorization": f"Bearer {token}"}

    def send(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(
            method, f"{self._url}/{path}", json=body or None, headers=self._headers,
            timeout=PATIENCE,
        )  # fmt: skip
        assert answer.ok, answer.text
        return answer.json()


def word(product: Product) -> str:
    """What the page says of the component: `ok`, or its status."""
    return requests.get(f"{product.url}/status/check", STRICT, timeout=PATIENCE).text.strip()


def test_p05_one_product_says_what_another_says_and_unknown_when_that_is_gone(
    tmp_path: Path,
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
    with running(ours) as watching:
        watching.wait_until_at_work()
        watching.add_component()
        our = Api(watching)
        with running(theirs) as watched:
            watched.wait_until_at_work()
            watched.add_component()
            their = Api(watched)
            found = their.send("GET", "status/components")["components"]
            component = next(each["id"] for each in found if each["slug"] == "checkout")
            monitor = our.send(
                "POST", "monitors", name="Provider", component="checkout", kind="upstream",
                config={"url": watched.url, "component": "Checkout"}, interval=1, timeout=1,
                confirm_down=0,
            )["id"]  # fmt: skip

            def says(expected: str) -> None:
                until(lambda: word(watching) == expected, what=f"{expected} is taken over")

            says("ok")
            for status in ("degraded", "maintenance", "major_outage"):
                their.send("PATCH", f"status/components/{component}", status_override=status)
                says(status)
            their.send(
                "POST", "status/incidents", title="Cards are refused", severity="major",
                message="We look.", components=[component],
            )  # fmt: skip
            their.send("PATCH", f"status/components/{component}", status_override=None)
            says("partial_outage")
            until(
                lambda: "Cards are refused (http" in str(our.send("GET", f"monitors/{monitor}")),
                what="their incident is the reason",
            )
        says("unknown")
