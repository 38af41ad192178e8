"""What is made of reports that a target sends by itself."""

from dataclasses import dataclass

from components.status import Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, why, and when to judge again unless another report comes before; None: never."""

    verdict: Verdict
    reason: str
    due: float | None
