"""Host names and ports as settings: what is refused here never reaches a socket."""

import re
from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator, Field

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")


def _check_host(text: str) -> str:
    """Return a name in its ASCII form or a literal address. Raises ValueError."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return str(ip_address(bare))
    except ValueError:
        pass
    if not text.isascii():
        raise ValueError("write the host name in its ASCII form (xn--…)")
    if not all(_LABEL.match(label) for label in text.removesuffix(".").split(".")):
        raise ValueError("is not a host name or an address; leave out scheme, port and path")
    return text


Host = Annotated[str, Field(max_length=253), AfterValidator(_check_host)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Milliseconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
