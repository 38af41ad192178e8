"""The kind `manual`: a person, or a program of theirs, says how it is; see `monitors.manual`."""

from monitors.probing.base import Config, PassiveProber


class ManualConfig(Config):
    """There is nothing to set."""


class ManualProber(PassiveProber):
    """What was said last holds until something else is said: it never goes stale."""

    kind = "manual"
    label = "Told by hand"
    config_type = ManualConfig
