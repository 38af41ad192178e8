"""schemathesis over the whole OpenAPI document, against a web process of ours.

Short and with a seed of its own in the suite; `--api-examples 50` looks further.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT
from tests.contracts.api_site import ApiSite, api_site
from tests.contracts.test_openapi import OPERATIONS

pytestmark = pytest.mark.long

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "unsupported_method",
    "ignored_auth",
)  # fmt: skip
"""Not whether what fits the schema is accepted: a made-up id names nothing."""
ENDLESS = "/status/events"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ApiSite]:
    """Of its own: much of what is there is changed or gone afterwards."""
    with api_site(tmp_path / "data") as running:
        yield running


def test_no_500_and_no_drift_in_the_whole_document(
    site: ApiSite, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    examples = pytestconfig.getoption("--api-examples")
    phases = "examples,fuzzing" if examples < 10 else "examples,coverage,fuzzing,stateful"
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", f"{site.url}/api/schema/",
            "--header", f"Authorization: Bearer {site.key}", "--exclude-path", ENDLESS,
            "--phases", phases, "--max-examples", str(examples), "--seed", "1",
            "--checks", ",".join(CHECKS), "--request-timeout", "30", "--no-shrink",
            "--no-color", "--warnings", "off", "--generation-database", "none",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=3000, check=False,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.contracts.schemathesis_hooks",
             "PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert f"Tested: {len(OPERATIONS) - 1}\n" in done.stdout
    assert "Traceback" not in site.log.read_text(encoding="utf-8")
