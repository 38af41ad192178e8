"""What the kinds of mail servers have in common: TLS by one of two ways, a log-in only by it."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from monitors.probing.services.base import ServiceConfig


class MailServiceConfig(ServiceConfig):
    """Where the server is, how to get to TLS, and whom to log in as."""

    starttls: bool = Field(
        default=False, description="Whether to ask for TLS after connecting (STARTTLS)."
    )
    username: str = Field(
        default="", max_length=320, description="User to log in as; empty: nobody logs in."
    )
    password: SecretStr | None = Field(
        default=None, max_length=1000, description="Password of this user."
    )

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.tls and self.starttls:
            raise ValueError("tls: TLS from the first byte and STARTTLS exclude each other")
        if bool(self.username) != (self.password is not None):
            raise ValueError("password: a user and a password belong together")
        if self.password is not None and not (self.tls or self.starttls):
            raise ValueError("password: it is sent by TLS only: switch TLS or STARTTLS on")
        return self
