"""A prober in a process of its own, for tests of what it costs.

Reads a JSON list of [URL, timeout, seconds from now] and says, as JSON, how late each check began,
how long after its deadline it ended, what it found, and by how many bytes the process grew.
"""

import json
import sys
import time
from pathlib import Path

from monitors.probers import registry
from monitors.probing.engine import Engine
from tests.monitors.checks import OPEN, endpoint, make, outcome_of, probe


def peak_bytes() -> int:
    """The most memory this process has ever held."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("the kernel does not tell")


def main() -> None:
    wanted = json.load(sys.stdin)
    registry.probers()
    outcome_of("https://127.0.0.1:9/")  # what any first check loads is no growth
    before, began = peak_bytes(), time.time() + 0.2
    probes = [
        probe(endpoint(url, verify_tls=n % 2 == 0), key=n, timeout=timeout, due=began + due)
        for n, (url, timeout, due) in enumerate(wanted)
    ]
    engine = Engine(guard=OPEN)
    found = make(probes, engine=engine)
    engine.close()
    told = [
        {
            "late": finding.started - finding.probe.due,
            "over": finding.ended - finding.started - finding.probe.timeout,
            "word": finding.outcome.status.value,
        }
        for _, finding in sorted(found.items())
    ]
    json.dump({"checks": told, "grown": peak_bytes() - before}, sys.stdout)


if __name__ == "__main__":
    main()
