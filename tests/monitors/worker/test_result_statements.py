"""The columns of values that PostgreSQL gets in one statement."""

import pytest
from django.db import connection

from monitors.worker.result_statements import Scalar, array

pytestmark = pytest.mark.django_db


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (
            "text",
            ["", "plain", "NULL", None, 'with "quotes", commas', "{braces}", "back\\slash", "ünï"],
        ),
        ("float8", [1_700_000_000.123456, 0.1 + 0.2, 1e12, None]),
        ("bigint", [2**62, -1, None]),
        ("text", []),
    ],
)
def test_what_is_sent_as_an_array_comes_back_as_it_was(kind: str, values: list[Scalar]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [array(values)])

        assert cursor.fetchone() == (values,)
