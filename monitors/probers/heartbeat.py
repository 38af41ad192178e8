"""The kind `heartbeat`: the target pings us, and its absence is what is noticed."""

from pydantic import Field, field_validator, model_validator

from components.values.time_zones import MAX_NAME_LENGTH, time_zone
from monitors.probing.base import Config, PassiveProber
from monitors.rules import cron
from monitors.rules.heartbeat_schedule import HeartbeatSchedule

YEAR = 366 * 86_400


class HeartbeatConfig(Config):
    """The schedule of pings, and how late one may be."""

    period: int | None = Field(
        default=None,
        ge=1,
        le=YEAR,
        description="Seconds from one ping to the next at most. Either this or a cron expression.",
    )
    cron: str = Field(
        default="",
        max_length=100,
        description="When pings come, as a cron expression of five fields, such as “30 2 * * *”, "
        "or @hourly, @daily, @weekly, @monthly or @yearly.",
    )
    timezone: str = Field(
        default="UTC",
        max_length=MAX_NAME_LENGTH,
        description="Time zone of the cron expression, such as Europe/Berlin.",
    )
    grace: int = Field(
        default=60,
        ge=1,
        le=YEAR,
        description="Seconds that a ping may be late, and that an announced run may take.",
    )

    @field_validator("cron")
    @classmethod
    def _check_cron(cls, text: str) -> str:
        if text:
            cron.validate(text)
        return text

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, name: str) -> str:
        time_zone(name)
        return name

    @model_validator(mode="after")
    def _check_schedule(self) -> "HeartbeatConfig":
        if (self.period is None) == (not self.cron):
            raise ValueError("write either a period or a cron expression")
        return self

    @property
    def schedule(self) -> HeartbeatSchedule:
        return HeartbeatSchedule(float(self.grace), self.period, self.cron, self.timezone)


class HeartbeatProber(PassiveProber):
    """A passive kind: nothing is sent; see `monitors.heartbeats`."""

    kind = "heartbeat"
    label = "Heartbeat"
    config_type = HeartbeatConfig
