"""What several contracts are tried against."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.api_site import ApiSite, api_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiSite]:
    """One web process for all tests of a group: `tests.scheduling` keeps their modules together."""
    folder: Path = tmp_path_factory.mktemp("api-site")
    with api_site(folder) as running:
        yield running
