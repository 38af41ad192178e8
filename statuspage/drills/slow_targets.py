"""R6: many targets that never answer, and the checks of all others have to stay on time."""

import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

from monitors.models import WORDS
from statuspage.drills.base import Drill, DrillResult
from statuspage.drills.environment import DrillEnvironment, catalogue
from statuspage.drills.targets import DrillTargets

SILENT_SHARE = 0.3
STORED_WITHIN = 1.0
SETTLING = 4.0
"""Seconds after the first result in which only gaps are judged: new monitors start together."""


class SlowTargets(Drill):
    name = "slow-targets"
    fault = "30 % of the targets never answer"
    target = "no gap > interval + 5 s; at most 0.1 % (short: 2 %) later than 1 s; 0 false down (R6)"

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        monitors, interval, seconds = (60, 2, 10.0) if short else (500, 10, self.lasting(3600))
        silent = round(monitors * SILENT_SHARE)
        targets = DrillTargets()
        try:
            with DrillEnvironment() as environment:
                urls = [targets.url("/silent")] * silent + [targets.url()] * (monitors - silent)
                environment.prepare(
                    catalogue(
                        urls, interval=interval, timeout=interval / 2, retry_interval=interval
                    )
                )
                environment.start("beat")
                environment.start("work", "--queue", "probes")
                environment.wait_until(
                    lambda: bool(environment.results()), seconds=60, what="the first result"
                )
                say(f"{monitors} monitors every {interval} s, {silent} silent, for {seconds:g} s")
                time.sleep(seconds)
                ended = time.time()
                return self._judge(environment, monitors, interval, ended=ended, short=short)
        finally:
            targets.close()

    def _judge(
        self,
        environment: DrillEnvironment,
        monitors: int,
        interval: int,
        *,
        ended: float,
        short: bool,
    ) -> DrillResult:
        rows = environment.query(
            "SELECT check_id, at_ms, late_ms, word FROM monitors_result ORDER BY check_id, at_ms"
        )
        mute = {check for check, _, _, word in rows if WORDS[word] == "down"}
        result = DrillResult(injected=sum(WORDS[word] == "down" for _, _, _, word in rows))
        starts: dict[int, list[float]] = defaultdict(list)
        for check, at_ms, _, _ in rows:
            starts[check].append(at_ms / 1000)
        pairs = [pair for each in starts.values() for pair in pairwise(each)]
        gaps = [later - earlier for earlier, later in pairs]
        # One that was never made again has a gap as well: up to now, but for the time that the
        # next one, which may be under way, can take.
        under_way = interval / 2 + STORED_WITHIN
        gaps += [ended - under_way - each[-1] for each in starts.values()]
        begin = min(at for _, at, _, _ in rows) / 1000 + SETTLING
        late = [late_ms for _, at_ms, late_ms, _ in rows if at_ms / 1000 >= begin]
        result.lost = monitors - len(starts) + sum(gap > interval + 5 for gap in gaps)
        result.duplicated = sum(
            later - earlier < interval / 2 for earlier, later in pairs if begin <= earlier
        )
        result.false = max(0, len(mute) - round(monitors * SILENT_SHARE))
        result.recovery = max(late, default=0) / 1000
        share = sum(each > 1000 for each in late) / max(1, len(late))
        result.expect(bool(late), "too few results to judge")
        result.expect(result.lost == 0, f"{result.lost} gaps, up to {max(gaps):.1f} s")
        result.expect(result.duplicated == 0, "a check was made twice")
        result.expect(result.false == 0, "a target that answers was called down")
        result.expect(share <= (0.02 if short else 0.001), f"{share:.2%} later than 1 s")
        return result
