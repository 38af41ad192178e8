"""Who calls a tool, what that caller may, and the journal's entry of each call."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import Event, record
from components.optimistic_lock import ConflictError
from maintenance.errors import WrongStateError
from statuspage.access import tokens
from statuspage.event_types import MCP_CALLED

READ, DRAFT, WRITE = "", "status:draft", "status:write"
"""What tools need: any caller reads what is public."""


class CallError(Exception):
    """A call cannot be done; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, by a token; or somebody on the machine itself, without one."""

    token: str = ""
    """Its name."""
    scopes: frozenset[str] = frozenset()
    page: str = ""
    """The slug of the one page that it is for."""
    token_id: int = 0

    @property
    def actor(self) -> str:
        """The name in the journal, as elsewhere."""
        return f"token {self.token}" if self.token else "manage.py mcp"

    def require(self, scope: str) -> None:
        """Raise CallError unless the caller has a scope; who may write may write drafts."""
        if not scope or scope in self.scopes or (scope == DRAFT and WRITE in self.scopes):
            if scope and self.page:
                raise CallError(f"A token of one page ({self.page}) only reads here.")
            return
        who = f"The token {self.token} lacks" if self.token else "Writing needs a token with"
        raise CallError(f"{who} the scope {scope}.")


ON_THE_MACHINE = Caller()


def caller_of(key: str, *, now: datetime) -> Caller | None:
    """Return the caller with this key; None when the key is not known, or has expired."""
    token = tokens.find(key, now=now)
    if token is None:
        return None
    return Caller(token.name, frozenset(token.scopes), token.page, token.pk)


def called(caller: Caller, tool: str, scope: str, act: Callable[[], Any]) -> Any:
    """Do what a tool does for a caller who may, and journal it either way. Raises CallError."""
    try:
        caller.require(scope)
        result = act()
    except (CallError, ValidationError, ConflictError, WrongStateError) as error:
        _journal(caller, tool, refused=True)
        raise CallError(_text(error)) from None
    _journal(caller, tool, refused=False)
    return result


def _journal(caller: Caller, tool: str, *, refused: bool) -> None:
    told = {"tool": tool, "token": caller.token, "refused": refused}
    with transaction.atomic():
        record(Event(MCP_CALLED, told, actor=caller.actor))


def _text(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()
    )
