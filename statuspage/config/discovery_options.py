"""The settings of discovery."""

from statuspage.config.parsers import Option, flag, names

DISCOVERY_OPTIONS: tuple[Option, ...] = (
    Option(
        "STATUSPAGE_TARGETS_FILES",
        names,
        "",
        "Files of targets in the format of Prometheus' file_sd, JSON or YAML, separated by commas; "
        "names may have wildcards. What they name becomes components with monitors.",
    ),
    Option(
        "STATUSPAGE_DISCOVER_CONTAINERS",
        flag,
        "no",
        "Whether containers labelled statuspage.enable=true become components with monitors, at "
        "the engines of STATUSPAGE_CONTAINER_SOCKETS.",
    ),
)
