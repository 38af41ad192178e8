"""The kind `number`: numbers are sent, and thresholds say what they mean; silence is unknown."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from monitors.probing.base import Config, PassiveProber
from monitors.rules.thresholds import Thresholds

YEAR = 366 * 86_400
LARGEST = 1e15
"""Of a number, and of a threshold, either side of 0: up to here whole ones are exact."""


def _one_printable_line(text: str) -> str:
    text = text.strip()
    if not text.isprintable():
        raise ValueError("must be one line of printable characters")
    return text


Word = Annotated[str, AfterValidator(_one_printable_line)]
Threshold = Annotated[float | None, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]


class NumberConfig(Config):
    """What the numbers are, which are too high or too low, and how long one counts."""

    measures: Word = Field(
        default="", max_length=60, description="What the numbers are, such as “queue length”."
    )
    unit: Word = Field(default="", max_length=20, description="Their unit, such as “ms” or “%”.")
    degraded_above: Threshold = Field(
        default=None, description="Higher numbers than this are degraded."
    )
    down_above: Threshold = Field(default=None, description="Higher numbers than this are down.")
    degraded_below: Threshold = Field(
        default=None, description="Lower numbers than this are degraded."
    )
    down_below: Threshold = Field(default=None, description="Lower numbers than this are down.")
    silence: int = Field(
        default=600,
        ge=1,
        le=YEAR,
        description="Seconds that a number counts; without another the status is unknown then.",
    )
    public: bool = Field(
        default=True,
        description="Whether pages show the numbers and their chart, as they show response times.",
    )

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if (wrong := self.thresholds.misplaced()) is not None:
            lower, upper = wrong
            raise ValueError(f"{lower}: must not be above {upper}")
        return self

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(
            self.degraded_above, self.down_above, self.degraded_below, self.down_below
        )


class NumberProber(PassiveProber):
    """A passive kind: nothing is asked; see `monitors.pushed_numbers`."""

    kind = "number"
    label = "Number"
    config_type = NumberConfig
