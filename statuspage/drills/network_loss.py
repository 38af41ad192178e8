"""R7: the product's own network is lost, for real, in a network namespace."""

import time
from collections.abc import Callable

from statuspage.drills.base import Drill, DrillResult
from statuspage.drills.environment import DrillEnvironment, catalogue
from statuspage.drills.targets import DrillTargets


class NetworkLoss(Drill):
    name = "blind"
    fault = "the product's own network is cut for a while (root needed, Linux)"
    target = "0 false down, exactly one notice, the uptime untouched (R7)"

    def run(self, *, short: bool, say: Callable[[str], None]) -> DrillResult:
        monitors, interval, away = (20, 2, 5.0) if short else (100, 10, 300.0)
        targets = DrillTargets(own_network=True)
        result = DrillResult(injected=1)
        try:
            with DrillEnvironment() as environment:
                environment.environ["STATUSPAGE_REFERENCE_TARGETS"] = f"127.0.0.1:{targets.port}"
                environment.prepare(
                    catalogue([targets.url()] * monitors, interval=interval, timeout=1.5)
                )
                join = targets.joiner()
                environment.start("beat", before=join)
                environment.start("work", "--queue", "probes", before=join)
                environment.wait_until(
                    environment.all_up, seconds=60, what="the first good answer of all"
                )
                say(f"{monitors} monitors every {interval} s are up; cutting for {away:g} s")
                targets.command("cut")
                time.sleep(away)
                targets.command("mend")
                mended = time.monotonic()
                environment.wait_until(
                    lambda: (
                        environment.all_up()
                        and bool(environment.journal_data("monitoring.sees_again"))
                    ),
                    seconds=60,
                    what="seeing again",
                )
                result.recovery = time.monotonic() - mended
                time.sleep(interval)  # checks that began in the dark end by then
                self._judge(environment, result)
        finally:
            targets.close()
        return result

    def _judge(self, environment: DrillEnvironment, result: DrillResult) -> None:
        words = environment.status_counts()
        down = [
            each
            for each in environment.journal_data("monitor.state_changed")
            if each["verdict"] == "down"
        ]
        result.false = words.get("down", 0) + len(down)
        notices = (
            len(environment.journal_data("monitoring.blind")),
            len(environment.journal_data("monitoring.sees_again")),
        )
        result.lost = sum(max(0, 1 - count) for count in notices)
        result.duplicated = sum(max(0, count - 1) for count in notices)
        statuses = {
            row[0] for row in environment.query("SELECT status FROM components_statusperiod")
        }
        result.expect(words.get("blind", 0) > 0, "no check was blind: the cut was not felt")
        result.expect(result.false == 0, "something was called down")
        result.expect(
            notices == (1, 1), f"{notices[0]} notices of blindness, {notices[1]} of its end"
        )
        result.expect(statuses <= {"operational", "unknown"}, "the uptime was touched")
        result.expect(result.recovery <= 15, "seeing again took longer than 15 s")
