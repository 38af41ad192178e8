"""python poll.py URL KEY: tells what changes between two looks at the system status."""

import sys
import time

import requests

url, key = sys.argv[1:]
before: tuple[str, set[str]] | None = None
while True:
    response = requests.get(
        f"{url}/v2/monitoring/system-status",
        headers={"Authorization": f"Bearer {key}"},
        params={"includeIncidents": True, "includeMetrics": False},
        timeout=10,
    )
    response.raise_for_status()
    status = response.json()
    ids = {incident["id"] for incident in status["incidents"]}
    if before is None:
        for service in status["services"]:
            print(f"{service['name']}: {service['status']}, {service['uptime']:.1f} %")
        print("watching", flush=True)
    else:
        if before[0] != status["overallStatus"]:
            print(f"now {status['overallStatus']}", flush=True)
        for name in sorted(ids - before[1]):
            print(f"new {name}", flush=True)
    before = status["overallStatus"], ids
    time.sleep(0.2)
