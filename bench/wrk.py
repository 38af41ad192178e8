"""Drives wrk, which asks over and over on some connections, and reads what it found."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.processes import BrokenError
from bench.stage import LOCAL

CONNECTIONS = 32
_RANDOM_QUERY = """\
request = function() return wrk.format("GET", wrk.path .. "?n=" .. math.random(1, 1000000000)) end
"""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_P99 = re.compile(r"99%\s+([\d.]+)(us|ms|s)\b")
_BAD = re.compile(r"(?:Non-2xx or 3xx responses: (\d+)|Socket errors: (.+))")


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of wrk found."""

    rate: float
    """Requests per second."""
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
) -> Load:
    """Ask for `path` on 32 connections from one thread. Raises BrokenError on any bad answer."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    if random_query:
        script = folder / "random-query.lua"
        script.write_text(_RANDOM_QUERY)
        command += ["-s", str(script)]
    done = subprocess.run(
        [*command, f"http://{LOCAL}:{port}{path}"], capture_output=True, text=True, check=False
    )
    rate, p99 = _RATE.search(done.stdout), _P99.search(done.stdout)
    bad = _BAD.search(done.stdout)
    if rate is None or p99 is None or bad is not None:
        raise BrokenError(f"wrk: {bad.group() if bad else done.stdout + done.stderr}")
    return Load(float(rate[1]), float(p99[1]) * _UNITS[p99[2]])
