"""Connection strings of databases that other products keep."""

from urllib.parse import urlsplit

import pytest

from monitors.config.parsing import parse_config
from statuspage.importers.products.databases import database_settings


@pytest.mark.parametrize(
    ("address", "apart", "expected"),
    [
        (
            "mysql://root:p%40ss%2F@db.example:3307/shop", "",
            ("mysql", "db.example", 3307, "shop", "root", "p@ss/"),
        ),
        ("mariadb://db.example", "apart", ("mysql", "db.example", 3306, "", "root", "apart")),
        (
            "postgres://w:a%3Ab@db.example/orders", "",
            ("postgresql", "db.example", 5432, "orders", "w", "a:b"),
        ),
        (
            "postgresql://db.example", "",
            ("postgresql", "db.example", 5432, "postgres", "postgres", None),
        ),
    ],
)  # fmt: skip
def test_a_connection_string_is_a_monitors_settings(
    address: str, apart: str, expected: tuple[object, ...]
) -> None:
    kind, config = database_settings(urlsplit(address), query=" SELECT 2; ", password=apart)

    names = ("host", "port", "database", "username", "password")
    assert (kind, *(config.get(name) for name in names)) == expected
    assert config["query"] == "SELECT 2"
    parse_config(kind, config)
