"""A real container engine: podman with a store of its own, and its Docker-compatible API."""

from collections.abc import Iterator
from contextlib import contextmanager

from statuspage.drills.base import NotSupportedError
from statuspage.drills.counterparts.private_podman import Podman, private_podman, require_podman
from tests.counterparts import missing, program


@contextmanager
def podman() -> Iterator[Podman]:
    """An engine with one small image, until the block ends."""
    for tool in ("podman", "runc", "conmon"):
        program("podman", tool)
    try:
        require_podman()
    except NotSupportedError as error:
        missing("podman", str(error))
    with private_podman() as engine:
        yield engine
