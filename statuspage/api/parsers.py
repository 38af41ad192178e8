"""Parser of JSON that can be stored and written again: bounded in depth, in numbers, in text."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from components.values import foreign_json


class BoundedJSONParser(JSONParser):
    """A JSONParser that refuses, as malformed (400), what `foreign_json` refuses."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return foreign_json.load(stream.read())
        except foreign_json.ForeignJsonError as error:
            raise ParseError(str(error)) from None
