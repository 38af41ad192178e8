"""The status that a target states of itself, and when it is believed.

A verdict is up, degraded or down. Another status page says more: maintenance is up, and an outage
is partial or major. What it says is kept beside the verdict, and counts as long as the two agree:
a change of the verdict waits for its confirmations, and so does the word that comes with it.
"""

from components.status import Status, Verdict

_VERDICTS = {
    Status.OPERATIONAL: Verdict.UP,
    Status.MAINTENANCE: Verdict.UP,
    Status.DEGRADED: Verdict.DEGRADED,
    Status.PARTIAL_OUTAGE: Verdict.DOWN,
    Status.MAJOR_OUTAGE: Verdict.DOWN,
    Status.UNKNOWN: Verdict.UNKNOWN,
}
_SAYS_MORE = frozenset({Status.MAINTENANCE, Status.PARTIAL_OUTAGE})
"""Those that no verdict stands for by itself."""


def verdict_of(status: Status) -> Verdict:
    """Return the verdict that a status amounts to."""
    return _VERDICTS[status]


def agreeing(stored: str, verdict: Verdict) -> Status | None:
    """Return a stored status if it agrees with the verdict and says more; else None."""
    if not stored:
        return None
    status = Status(stored)
    return status if status in _SAYS_MORE and _VERDICTS[status] is verdict else None


def believed(former: str, stated: Status | None, verdict: Verdict) -> str:
    """Return what is to be stored after a check whose target stated `stated`; '' for nothing.

    `verdict` is what is believed after the check. A statement that contradicts it, as the first one
    of a change that awaits its confirmation does, leaves what was believed before.
    """
    if stated is not None and _VERDICTS[stated] is verdict:
        return stated.value if stated in _SAYS_MORE else ""
    kept = agreeing(former, verdict)
    return kept.value if kept is not None else ""
