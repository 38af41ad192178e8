"""The id of a request: a caller's if it is harmless, else a new one (F-O11)."""

import pytest

from components.values import request_id
from components.values.problem_details import problem_details


@pytest.mark.parametrize("given", [b"abc", b"6f1c0c1e-1111", b"Root=1-67891233-abc", b"a" * 128])
def test_a_harmless_id_is_kept(given: bytes) -> None:
    assert request_id.request_id_of([(b"x-request-id", given)]) == given.decode()


@pytest.mark.parametrize(
    "given",
    [b"", b"a" * 129, b"a b", b'a"b', b"a\r\nSet-Cookie: x=1", b"a\n", "ü".encode(), b"<a>"],
)
def test_any_other_is_replaced(given: bytes) -> None:
    made = request_id.request_id_of([(b"x-request-id", given)])

    assert len(made) == 32
    assert made.isalnum()


def test_of_two_ids_none_is_believed() -> None:
    headers = [(b"x-request-id", b"one"), (b"x-request-id", b"two")]

    assert request_id.request_id_of(headers) not in ("one", "two")
    assert request_id.request_id_of([]) != request_id.request_id_of([])


def test_a_problem_names_the_request_that_is_being_answered() -> None:
    token = request_id.begin("r-7")
    named = problem_details(404, "Nothing.")
    request_id.end(token)

    assert named.get("request_id") == "r-7"
    assert "request_id" not in problem_details(404, "Nothing.")
