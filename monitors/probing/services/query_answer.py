"""What a database answered to a query, against what it should be."""

from monitors.probing.base import ProbeStatus, one_line
from monitors.probing.connections import ProbeAbortedError

MAX_VALUE_CHARACTERS = 80


def check_answer(value: bytes | None, *, has_row: bool, wanted: str) -> None:
    """Raise ProbeAbortedError unless the first column of the first row is as wanted.

    '' wants nothing.
    """
    if not wanted:
        return
    found = None if value is None else value.decode(errors="replace")
    if found == wanted:
        return
    shown = ("NULL" if has_row else "no row") if found is None else found
    raise ProbeAbortedError(
        ProbeStatus.DOWN,
        f"the query answered “{one_line(shown, limit=MAX_VALUE_CHARACTERS)}” instead of"
        f" “{one_line(wanted, limit=MAX_VALUE_CHARACTERS)}”",
    )
