"""The kind `manual`: a person, or a program of theirs, sets its state; see `monitors.manual`."""

from monitors.probing.base import Config, PassiveProber


class ManualConfig(Config):
    """No settings."""


class ManualProber(PassiveProber):
    """A state that holds until another is set: it never goes stale."""

    kind = "manual"
    label = "Manual"
    config_type = ManualConfig
