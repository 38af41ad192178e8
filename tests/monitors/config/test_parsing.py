"""The settings of a kind, and what is said of those that are none."""

import pytest

from monitors.config.parsing import ConfigError, parse_config


def test_a_setting_that_is_none_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError) as refused:
        parse_config("heartbeat", {"cron": "0 2 * * *", "time_zone": "UTC", "every": 60})

    assert refused.value.by_field == {
        "time_zone": ["There is no such field. Did you mean timezone?"],
        "every": ["There is no such field; there are cron, grace, period, timezone."],
    }
