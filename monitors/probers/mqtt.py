"""The kind `mqtt`: a broker that accepts a client and answers its ping.

Source of the protocol: MQTT 3.1.1, OASIS Standard, sections 3.1, 3.2, 3.12 to 3.14.
"""

import os
import struct
from typing import Self

from pydantic import Field, SecretStr, model_validator

from monitors.probing.host_fields import Port
from monitors.probing.services.base import ServiceConfig, ServiceProber, revealed
from monitors.probing.services.dialogue import Dialogue, shown

_REFUSALS = {
    1: "it does not speak MQTT 3.1.1",
    2: "it refuses the client's name",
    3: "it is not available",
    4: "user or password is wrong",
    5: "this user may not connect",
}
"""Return codes of CONNACK (3.2.2.3)."""
_CONNACK, _PINGREQ, _PINGRESP, _DISCONNECT = 0x20, b"\xc0\0", b"\xd0\0", b"\xe0\0"
_CLEAN, _PASSWORD, _USER = 0x02, 0x40, 0x80
_KEEP_ALIVE_SECONDS = 60


class MqttConfig(ServiceConfig):
    """Where the broker is, and whom to log in as."""

    port: Port = Field(default=1883, description="Port to connect to: 1883, or 8883 with TLS.")
    username: str = Field(
        default="", max_length=200, description="User to log in as; empty: nobody."
    )
    password: SecretStr | None = Field(
        default=None, max_length=1000, description="Password of this user."
    )

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        if self.password is not None and not self.username:
            raise ValueError("username: a password needs a user")
        return self


class MqttProber(ServiceProber):
    """One connection that subscribes to nothing and publishes nothing."""

    kind = "mqtt"
    label = "MQTT broker"
    protocol = "MQTT"
    config_type = MqttConfig

    def talk(self, dialogue: Dialogue, config: MqttConfig) -> str:
        dialogue.send(_connect(config))
        reply = dialogue.receive_exactly(4)
        if reply[0] != _CONNACK or reply[1] != 2:
            raise dialogue.failed(f"the answer is not MQTT: “{shown(reply)}”")
        if reply[3]:
            why = _REFUSALS.get(reply[3], f"it refuses with code {reply[3]}")
            raise dialogue.failed(f"MQTT: {why}")
        dialogue.send(_PINGREQ)
        if dialogue.receive_exactly(2) != _PINGRESP:
            raise dialogue.failed("MQTT: the ping is not answered")
        dialogue.send(_DISCONNECT)
        return ""


def _connect(config: MqttConfig) -> bytes:
    flags = _CLEAN
    payload = _text(f"statuspage-{os.urandom(4).hex()}")
    if config.username:
        flags |= _USER
        payload += _text(config.username)
    if config.password is not None:
        flags |= _PASSWORD
        payload += _text(revealed(config.password))
    head = _text("MQTT") + bytes([4, flags]) + struct.pack(">H", _KEEP_ALIVE_SECONDS)
    return b"\x10" + _length(len(head) + len(payload)) + head + payload


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _length(count: int) -> bytes:
    """Return a remaining length: seven bits a byte, the lowest first (2.2.3)."""
    encoded = bytearray()
    while True:
        count, low = divmod(count, 128)
        encoded.append(low | (0x80 if count else 0))
        if not count:
            return bytes(encoded)
