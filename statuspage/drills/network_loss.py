"""R7: the product's own network is lost, for real, in a network namespace."""

import time
from collections.abc import Callable

from statuspage.drills.base import Drill, Line
from statuspage.drills.environment import DrillEnvironment, catalogue
from statuspage.drills.targets import Targets


class Blind(Drill):
    name = "blind"
    fault = "the product's own network is cut for a while (root needed, Linux)"
    target = "0 false down, exactly one notice, the uptime untouched (R7)"

    def run(self, *, short: bool, say: Callable[[str], None]) -> Line:
        monitors, interval, away = (20, 2, 5.0) if short else (100, 10, 300.0)
        targets = Targets(own_network=True)
        line = Line(injected=1)
        try:
            with DrillEnvironment() as stage:
                stage.environ["STATUSPAGE_REFERENCE_TARGETS"] = f"127.0.0.1:{targets.port}"
                stage.prepare(catalogue([targets.url()] * monitors, interval=interval, timeout=1.5))
                join = targets.joiner()
                stage.start("beat", before=join)
                stage.start("work", "--queue", "probes", before=join)
                stage.until(stage.all_up, seconds=60, what="the first good answer of all")
                say(f"{monitors} monitors every {interval} s are up; cutting for {away:g} s")
                targets.say("cut")
                time.sleep(away)
                targets.say("mend")
                mended = time.monotonic()
                stage.until(
                    lambda: stage.all_up() and bool(stage.told("monitoring.sees_again")),
                    seconds=60,
                    what="seeing again",
                )
                line.recovery = time.monotonic() - mended
                time.sleep(interval)  # checks that began in the dark end by then
                self._judge(stage, line)
        finally:
            targets.close()
        return line

    def _judge(self, stage: DrillEnvironment, line: Line) -> None:
        words = stage.words()
        down = [each for each in stage.told("monitor.state_changed") if each["verdict"] == "down"]
        line.false = words.get("down", 0) + len(down)
        notices = len(stage.told("monitoring.blind")), len(stage.told("monitoring.sees_again"))
        line.lost = sum(max(0, 1 - count) for count in notices)
        line.duplicated = sum(max(0, count - 1) for count in notices)
        statuses = {row[0] for row in stage.ask("SELECT status FROM components_statusperiod")}
        line.expect(words.get("blind", 0) > 0, "no check was blind: the cut was not felt")
        line.expect(line.false == 0, "something was called down")
        line.expect(
            notices == (1, 1), f"{notices[0]} notices of blindness, {notices[1]} of its end"
        )
        line.expect(statuses <= {"operational", "unknown"}, "the uptime was touched")
        line.expect(line.recovery <= 15, "seeing again took longer than 15 s")
