"""The vocabulary of notices: kinds, scopes, and the states of deliveries and alerts."""

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of notices a subscriber may choose; `SERVICE` is about the subscription itself,
    `ALERTS` are for operators, `ACCOUNT` is for the people who sign in."""

    INCIDENTS = "incidents"
    MAINTENANCE = "maintenance"
    STATUS = "status"
    REPORTS = "reports"
    ALERTS = "alerts"
    SERVICE = "service"
    ACCOUNT = "account"


CHOOSABLE = (Kind.INCIDENTS, Kind.MAINTENANCE, Kind.STATUS, Kind.REPORTS)


class Scope(StrEnum):
    """The part of the platform a subscriber follows. Stored outright: the components they chose
    may all be deleted, and that must not turn into everything."""

    ALL = "all"
    COMPONENTS = "components"
    INCIDENT = "incident"


class State(StrEnum):
    """The state of a delivery."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    RETRYING = "retrying"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNCONFIRMED = "unconfirmed"
    MUTED = "muted"
    HELD = "held"
    BOUNCED = "bounced"
    """Accepted by a mail server, and given back by it or by one behind it."""
    SUPERSEDED = "superseded"
    """Not sent, because a later message about the same event says how it stands now."""

    @property
    def pending(self) -> bool:
        return self in (State.QUEUED, State.SENDING, State.RETRYING)


TOLD_STATES = (
    State.QUEUED, State.SENDING, State.SENT, State.RETRYING, State.FAILED, State.HELD,
    State.BOUNCED, State.SUPERSEDED,
)  # fmt: skip
"""The states of what a recipient was told, is being told, or was meant to be."""


class BounceKind(StrEnum):
    """What a bounce says of the address; see `subscribers.delivery.bounces.rules`."""

    HARD = "hard"
    SOFT = "soft"
    REFUSED = "refused"
    """Refused for a reason that is not the address."""


class AlertStage(StrEnum):
    """The stage of an operators' alert."""

    RAISED = "raised"
    MUTED = "muted"
    SUPPRESSED = "suppressed"
    RESOLVED = "resolved"


def scope_choices() -> list[tuple[str, str]]:
    return [
        (Scope.ALL, "Everything"),
        (Scope.COMPONENTS, "Chosen components"),
        (Scope.INCIDENT, "One incident"),
    ]


def state_choices() -> list[tuple[str, str]]:
    return [(state.value, state.value.capitalize()) for state in State]


def kind_choices() -> list[tuple[str, str]]:
    return [(kind.value, kind.value.capitalize()) for kind in Kind]


def bounce_kind_choices() -> list[tuple[str, str]]:
    return [(kind.value, kind.value.capitalize()) for kind in BounceKind]


def alert_stage_choices() -> list[tuple[str, str]]:
    return [(stage.value, stage.value.capitalize()) for stage in AlertStage]
