"""Checks that failed for want of a name, until it is known whose fault that is."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import pycurl

from monitors.probing.base import Outcome, ProbeStatus
from monitors.probing.curl_multi import Error
from monitors.probing.jobs import TransferJob
from monitors.probing.resolver import Resolution, Resolver

_COULDNT_RESOLVE_HOST, _OPERATION_TIMEDOUT = 6, 28
_RESOLVING = "Resolving timed out"  # how libcurl's message of a time-out begins then

_Waiting = dict[str, list[tuple[TransferJob, Outcome]]]


class NameFailures:
    """The checks that wait. Used by the engine's thread only.

    Each has the outcome that it comes to if this machine is not to blame.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._late: _Waiting = {}
        self._failed: _Waiting = {}

    def __len__(self) -> int:
        return sum(len(jobs) for each in (self._late, self._failed) for jobs in each.values())

    def clear(self) -> None:
        self._late.clear()
        self._failed.clear()

    def add_late(self, job: TransferJob, name: str, outcome: Outcome) -> None:
        """Take a check whose name was not found in time."""
        self._late.setdefault(name, []).append((job, outcome))
        self._resolver.judge_late(name, within=job.probe.timeout)

    def take_transfer(
        self, job: TransferJob, handle: pycurl.Curl, error: Error | None, outcome: Outcome
    ) -> bool:
        """Take a transfer that failed where libcurl itself looked a name up; else return False.

        That is where a redirect led. libcurl does not say why a name was not found.
        """
        if error is None or outcome.status is not ProbeStatus.DOWN:
            return False
        late = error[0] == _OPERATION_TIMEDOUT and error[1].startswith(_RESOLVING)
        if not late and error[0] != _COULDNT_RESOLVE_HOST:
            return False
        name = urlsplit(handle.getinfo(pycurl.EFFECTIVE_URL)).hostname or ""
        if not name or (job.host is not None and name == job.host[0].lower()):
            return False
        if late:
            self.add_late(job, name, outcome)
        else:
            self._failed.setdefault(name, []).append((job, outcome))
            self._resolver.ask_anew(name)
        return True

    def settle_late(self) -> Iterator[tuple[TransferJob, Outcome]]:
        """Yield the checks of which it is known by now, each with its outcome."""
        for answer in self._resolver.judgements():
            for job, outcome in self._late.pop(answer.host, ()):
                yield job, answer.outcome if answer.ours else outcome

    def settle_failed(self, answers: Iterable[Resolution]) -> Iterator[tuple[TransferJob, Outcome]]:
        """Do the same with these answers of the resolver."""
        for answer in answers:
            for job, outcome in self._failed.pop(answer.host, ()):
                yield job, _judge(job, answer, outcome)


def _judge(job: TransferJob, answer: Resolution, outcome: Outcome) -> Outcome:
    if answer.ours:
        return answer.outcome
    config = job.probe.config
    if any(job.prober.accepts(config, address) for address in answer.addresses):
        # It was there a moment later.
        return Outcome(ProbeStatus.INCONCLUSIVE, "the name could not be looked up from here")
    return outcome
