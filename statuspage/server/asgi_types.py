"""The types of ASGI: what a server and an application hand each other."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
ResponsePair = tuple[Message, Message]
"""The two ASGI messages that are a whole response."""
Application = Callable[
    [Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]
GIVES_WAY = "statuspage.gives_way"
"""A key of the scope that is set while a response may be given up when connections run short: a
stream, or the answer to a guess."""
