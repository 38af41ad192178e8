"""The kind `readers`: how many of a consumer group's readers are live."""

from typing import Self

from pydantic import Field, model_validator

from monitors.probing.base import Config, Outcome, ProbeStatus, RecordProber
from monitors.rules.reader_state import live_percentage


class ReadersConfig(Config):
    """Which group, and how many of it are enough."""

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
    """Who has been silent for three of its intervals is not live."""

    kind = "readers"
    label = "Readers of a consumer group"
    config_type = ReadersConfig


def judge(config: ReadersConfig, *, live: int, known: int) -> Outcome:
    """What `live` readers of `known` mean. A group that nobody ever joined says nothing."""
    there_should_be = max(known, config.expected or 0)
    if not there_should_be:
        return Outcome(ProbeStatus.INCONCLUSIVE, f"no reader of {config.group} was ever heard")
    share = live_percentage(live=live, total=there_should_be)
    told = f"{live} of {there_should_be} readers are live"
    if share < config.down_below or not live:
        return Outcome(ProbeStatus.DOWN, told)
    if share < config.degraded_below:
        return Outcome(ProbeStatus.DEGRADED, told)
    return Outcome(ProbeStatus.UP)
