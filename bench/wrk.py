"""Drives wrk, which asks over and over on some connections, and reads what it found."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.processes import BrokenError
from bench.stage import LOCAL

CONNECTIONS = 32
_RANDOM_QUERY = """\
request = function() return wrk.format("GET", wrk.path .. "?n=" .. math.random(1, 1000000000)) end
"""
_IN_TURN = """\
local paths, at = { %s }, 0
request = function() at = at %% #paths + 1; return wrk.format("GET", paths[at]) end
"""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_PARTS = re.compile(r"(50|99)%\s+([\d.]+)(us|ms|s)\b")
_BAD = re.compile(r"(?:Non-2xx or 3xx responses: (\d+)|Socket errors: (.+))")


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of wrk found."""

    rate: float
    """Requests per second."""
    p50_ms: float
    p99_ms: float


def is_there() -> bool:
    return shutil.which("wrk") is not None


def drive(
    port: int,
    path: str,
    *,
    seconds: int,
    headers: Mapping[str, str],
    folder: Path,
    random_query: bool = False,
    paths: Sequence[str] = (),
    connections: int = CONNECTIONS,
) -> Load:
    """Ask for `path`, or in turn for `paths`, from one thread. Raises BrokenError on any bad
    answer."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    if random_query:
        script = folder / "random-query.lua"
        script.write_text(_RANDOM_QUERY)
        command += ["-s", str(script)]
    if paths:
        script = folder / "paths.lua"
        script.write_text(_IN_TURN % ", ".join(f'"{path}"' for path in paths))
        command += ["-s", str(script)]
    done = subprocess.run(
        [*command, f"http://{LOCAL}:{port}{path}"], capture_output=True, text=True, check=False
    )
    rate = _RATE.search(done.stdout)
    parts = {
        share: float(value) * _UNITS[unit] for share, value, unit in _PARTS.findall(done.stdout)
    }
    bad = _BAD.search(done.stdout)
    if rate is None or len(parts) != 2 or bad is not None:
        raise BrokenError(f"wrk: {bad.group() if bad else done.stdout + done.stderr}")
    return Load(float(rate[1]), parts["50"], parts["99"])
