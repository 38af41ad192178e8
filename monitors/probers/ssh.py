"""The kind `ssh`: a server that says which version of SSH it speaks (RFC 4253, 4.2)."""

import re
from functools import cached_property
from typing import Any

from pydantic import Field, field_validator

from monitors.probing.base import one_line
from monitors.probing.host_fields import Port
from monitors.probing.regex import compile_pattern
from monitors.probing.services.base import ServiceConfig, ServiceProber
from monitors.probing.services.dialogue import Dialogue, shown

MAX_LINES = 50
"""Lines that a server may send before it says who it is."""
_LINE = re.compile(rb"\n")
_OURS = b"SSH-2.0-statuspage\r\n"


class SshConfig(ServiceConfig):
    """Where the server is, and what it should say it is."""

    port: Port = Field(default=22, description="Port to connect to.")
    expect: str = Field(
        default="",
        max_length=1000,
        description="Regular expression (RE2) that the server's version must match, such as "
        "“OpenSSH_9”; empty: any.",
    )

    @field_validator("expect")
    @classmethod
    def _check_expect(cls, text: str) -> str:
        compile_pattern(text)
        return text

    @cached_property
    def pattern(self) -> Any:
        return compile_pattern(self.expect) if self.expect else None


class SshProber(ServiceProber):
    """One connection, left before any key is exchanged: nobody logs in."""

    kind = "ssh"
    label = "SSH server"
    protocol = "SSH"
    config_type = SshConfig

    def talk(self, dialogue: Dialogue, config: SshConfig) -> str:
        dialogue.send(_OURS)
        for _ in range(MAX_LINES):
            line = dialogue.receive(_LINE).rstrip(b"\r\n")
            if line.startswith(b"SSH-"):
                break
        else:
            raise dialogue.failed("the answer is not SSH")
        if not line.startswith((b"SSH-2.0-", b"SSH-1.99-")):
            raise dialogue.failed(f"SSH: it does not speak version 2: “{shown(line)}”")
        if config.pattern is not None and not config.pattern.search(line):
            wanted = one_line(config.expect, limit=80)
            raise dialogue.failed(f"SSH: the version “{shown(line)}” does not match “{wanted}”")
        return ""
