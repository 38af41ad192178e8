"""The desk's row on the product's own processes, machine by machine."""

from components.status import Status
from statuspage.backoffice.rows import Row
from statuspage.runtime import progress
from statuspage.runtime.health import silent_machines


def worker_row() -> Row:
    """Return whether every role makes progress on every machine that it was seen on."""
    by_machine = progress.ages_by_machine()
    if silent := silent_machines(by_machine):
        text = ", ".join(silent)
        return Row(
            Status.MAJOR_OUTAGE, "Workers make no progress", f"{text[:1].upper()}{text[1:]}."
        )
    parts = [
        (f"{machine}: " if len(by_machine) > 1 else "")
        + ", ".join(f"{role} {age:.0f} s ago" for role, age in ages.items())
        for machine, ages in by_machine.items()
    ]
    return Row(Status.OPERATIONAL, "Workers make progress", f"Last: {'; '.join(parts)}.")
