"""The kind `redis`: logs in where that is asked for, and has a PING answered.

Source of the protocol: RESP, https://redis.io/docs/latest/develop/reference/protocol-spec/.
Valkey, KeyDB and Dragonfly speak it as well.
"""

import re
from typing import Self

from pydantic import Field, SecretStr, model_validator

from monitors.probing.host_fields import Port
from monitors.probing.services.base import ServiceConfig, ServiceProber, revealed
from monitors.probing.services.dialogue import Dialogue

_LINE = re.compile(rb"\r\n")


class RedisConfig(ServiceConfig):
    """Where the server is, and whom to log in as."""

    port: Port = Field(default=6379, description="Port to connect to.")
    username: str = Field(
        default="", max_length=200, description="User of an access list; empty: the default one."
    )
    password: SecretStr | None = Field(
        default=None, max_length=1000, description="Password to log in with."
    )

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        if self.username and self.password is None:
            raise ValueError("password: a user needs a password")
        return self


class RedisProber(ServiceProber):
    """One connection: AUTH if there is a password, then PING."""

    kind = "redis"
    label = "Redis"
    protocol = "Redis"
    config_type = RedisConfig

    def talk(self, dialogue: Dialogue, config: RedisConfig) -> str:
        if config.password is not None:
            user = [config.username] if config.username else []
            dialogue.send(_command("AUTH", *user, revealed(config.password)))
            dialogue.expect(dialogue.receive(_LINE), b"+OK", "the log-in is refused")
        dialogue.send(_command("PING"))
        reply = dialogue.receive(_LINE)
        if reply.startswith(b"-NOAUTH"):
            raise dialogue.failed("Redis: it asks for a password: enter one")
        dialogue.expect(reply, b"+PONG", "PING is refused" if reply[:1] == b"-" else "no Redis")
        dialogue.send(_command("QUIT"))
        return ""


def _command(*words: str) -> bytes:
    encoded = [word.encode() for word in words]
    parts = (b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)
    return b"*%d\r\n" % len(encoded) + b"".join(parts)
