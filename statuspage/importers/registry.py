"""The products whose files can be imported."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from statuspage.importers.description import Description, SourceFileError
from statuspage.importers.products import (
    cachet,
    gatus,
    healthchecks,
    kener,
    kuma,
    statuspage_io,
    upptime,
)


@dataclass(frozen=True, slots=True)
class Product:
    """A product, what its file is, and how that is read."""

    name: str
    file: str
    reader: Callable[[Path], Description]

    def read(self, path: Path) -> Description:
        """Return what a file holds. Raises SourceFileError, whatever is in it."""
        try:
            return self.reader(path)
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            OSError,
            TypeError,
            ValueError,
        ) as error:
            why = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise SourceFileError(
                f"Something in it is not as {self.name} writes it ({why})."
            ) from None


PRODUCTS = {
    "cachet": Product(cachet.PRODUCT, "a dump in SQL, of release 2 or 3", cachet.read),
    "gatus": Product(gatus.PRODUCT, "config.yaml", gatus.read),
    "healthchecks": Product(
        healthchecks.PRODUCT, "JSON, the answer of GET /api/v3/checks/", healthchecks.read
    ),
    "kener": Product(kener.PRODUCT, "kener.sqlite.db, of release 3 or 4", kener.read),
    "kuma": Product(kuma.PRODUCT, "kuma.db, of 1.x or 2.x", kuma.read),
    "statuspage": Product(
        statuspage_io.PRODUCT, "JSON with answers of its API v1", statuspage_io.read
    ),
    "upptime": Product(upptime.PRODUCT, "a clone of its repository", upptime.read),
}
