"""The kind `readers`: how many of a consumer group's readers are live."""

from typing import Self

from pydantic import Field, model_validator

from monitors.probing.base import Config, Outcome, ProbeStatus, RecordProber
from monitors.rules.reader_state import live_percentage


class ReadersConfig(Config):
    """The consumer group, and how many of its readers have to be live."""

    group: str = Field(min_length=1, max_length=100, description="Name of the consumer group.")
    degraded_below: int = Field(
        default=100, ge=0, le=100, description="A smaller live share, in percent, is degraded."
    )
    down_below: int = Field(
        default=50, ge=0, le=100, description="A smaller live share, in percent, is down."
    )
    expected: int | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="How many readers there should be; empty: those that were heard in the last "
        "day.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.down_below > self.degraded_below:
            raise ValueError("down_below must not be above degraded_below")
        return self


class ReadersProber(RecordProber):
    """A reader that has been silent for three of its intervals is not live."""

    kind = "readers"
    label = "Consumer group"
    config_type = ReadersConfig


def judge(config: ReadersConfig, *, live: int, known: int) -> Outcome:
    """Return what `live` readers of `known` mean. A group that was never joined says nothing."""
    expected = max(known, config.expected or 0)
    if not expected:
        return Outcome(ProbeStatus.INCONCLUSIVE, f"no reader of {config.group} was ever heard")
    share = live_percentage(live=live, total=expected)
    message = f"{live} of {expected} readers are live"
    if share < config.down_below or not live:
        return Outcome(ProbeStatus.DOWN, message)
    if share < config.degraded_below:
        return Outcome(ProbeStatus.DEGRADED, message)
    return Outcome(ProbeStatus.UP)
