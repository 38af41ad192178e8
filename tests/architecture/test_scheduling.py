"""How tests are handed to the processes of a run."""

import os
import subprocess
import sys
from pathlib import Path

from tests import ROOT

MODULE = """
import os
import pytest

@pytest.mark.parametrize("number", range(3))
def test_one(number: int) -> None:
    if number == 0:  # before anything that its end could keep from being reported
        os._exit(3)
"""


def test_a_run_in_which_every_process_dies_goes_on_with_new_ones(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = -p xdist.plugin -p tests.scheduling -n 2\n", encoding="utf-8"
    )
    for name in ("a", "b", "c"):
        (tmp_path / f"test_{name}.py").write_text(MODULE, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"], cwd=tmp_path, capture_output=True, text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip

    assert "INTERNALERROR" not in done.stdout
    assert "3 failed, 6 passed" in done.stdout
