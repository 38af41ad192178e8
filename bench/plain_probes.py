"""`python -m bench.plain_probes ARGUMENTS`: the alternative to the engine, a pool of threads.

Each target is asked once with `requests`, on a fresh connection, as most probers in Python do it;
nothing is stored. Arguments are a JSON object: urls, timeout, threads and authorities (a file, or
'' for http://). The answer is the processor time and the time it took, in seconds.
"""

import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests


def ask_all(*, urls: list[str], timeout: float, threads: int, authorities: str) -> dict[str, Any]:
    """Ask every target once and add up what it cost."""

    def ask(url: str) -> int:
        try:
            return requests.get(url, timeout=timeout, verify=authorities or True).status_code
        except requests.RequestException:
            return 0

    before, began = _used(), time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(ask, urls))
    took = time.monotonic() - began
    return {"cpu": _used() - before, "took": took, "good": answers.count(200)}


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    print(json.dumps(ask_all(**json.loads(sys.argv[1]))))
