"""The shape of a catalogue in YAML: regions, groups, components and their monitors."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from components.models import AutoIncident
from components.uptime.layers import Policy
from components.values.region_codes import region_code
from monitors.models import Monitor
from monitors.rules.placeholders import placeholders


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RegionPart(_Part):
    code: Annotated[str, AfterValidator(region_code)]
    name: str
    latitude: float | None = None
    longitude: float | None = None


class MonitorPart(_Part):
    name: str
    kind: str = "endpoint"
    config: dict[str, Any] = {}
    interval: int = 30
    timeout: float = 10
    retry_interval: int | None = None
    confirm_down: int = 1
    confirm_up: int = 0
    regions: list[str] = []
    quorum: int | None = None
    enabled: bool = True
    """Whether it starts at once; see `starts`."""

    @property
    def starts(self) -> bool:
        """Whether it runs from the beginning: as the file says, else if it has a real address."""
        said = "enabled" in self.model_fields_set
        return self.enabled if said else not placeholders(self.config)

    def monitor(self) -> Monitor:
        """Return it as a monitor, of no component yet and not stored."""
        return Monitor(
            name=self.name,
            kind=self.kind,
            config=dict(self.config),
            interval=self.interval,
            timeout=self.timeout,
            retry_interval=self.retry_interval,
            confirm_down=self.confirm_down,
            confirm_up=self.confirm_up,
            quorum=self.quorum,
        )


class ComponentPart(_Part):
    name: str
    slug: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]
    description: str = ""
    critical: bool = False
    counts_for_overall: bool = True
    visible: bool = True
    depends_on: list[str] = []
    maintenance_counts: bool = False
    uptime_policy: Policy = Policy.WORST
    auto_incident: AutoIncident = AutoIncident.OFF
    opening_delay: Annotated[int, Field(ge=0, le=86_400)] = 60
    closing_delay: Annotated[int, Field(ge=0, le=86_400)] = 120
    monitors: list[MonitorPart] = []


class GroupPart(_Part):
    name: str
    description: str = ""
    collapsed: bool = False
    open_when_wrong: bool = True
    parent: str | None = None
    """The name of the group that it is a part of."""
    components: list[ComponentPart]


class Preset(_Part):
    regions: list[RegionPart] = []
    groups: list[GroupPart]
