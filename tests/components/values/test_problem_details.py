"""One object for every error of the APIs, in three envelopes with the same bytes."""

import json

from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer

from components.values.problem_details import PROBLEM_TYPE, problem_details
from statuspage.api import errors, middleware
from statuspage.edge import problems

TOLD = b'{"type": "about:blank", "title": "Not Found", "status": 404, "detail": "Gone."}'


def test_the_members_have_an_order_and_more_come_last() -> None:
    told = problem_details(404, "Gone.", {"errors": []})

    assert json.dumps(told).encode() == TOLD[:-1] + b', "errors": []}'


def test_every_envelope_holds_the_same() -> None:
    start, message = problems.problem(404, "Gone.")
    answer = middleware.problem(404, "Gone.")
    response = errors.handle_exception(NotFound("Gone."), {})

    assert message["body"] == answer.content == TOLD
    assert (b"content-type", PROBLEM_TYPE.encode()) in start["headers"]
    assert answer.headers["Content-Type"] == PROBLEM_TYPE
    assert response is not None
    assert JSONRenderer().render(response.data) == TOLD.replace(b": ", b":").replace(b", ", b",")
    assert response.content_type == PROBLEM_TYPE
