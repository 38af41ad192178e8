"""The picture that chats and social networks show beside a link: the status as colour and shape.

They take no SVG, so there is a PNG for each status, which `make shots` draws from the tab's icon.
It never changes: its address does, so that no cached preview shows an old status.
"""

from functools import cache
from pathlib import Path

from components.status import Status

PNG = "image/png"
SIZE = 240
"""Pixels each way: more than the 200 that the largest networks ask for."""
FOLDER = Path(__file__).with_name("previews")


def preview_path(status: Status) -> str:
    """Return the address of a status's picture."""
    return f"/status/preview-{status}.png"


@cache
def preview(status: Status) -> bytes:
    """Return the PNG of a status."""
    return (FOLDER / f"{status}.png").read_bytes()
