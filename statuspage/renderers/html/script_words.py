"""The texts of the pages' scripts in another language, which their `<html>` carries as JSON.

The scripts are the same in all languages, for their hashes stand in the Content-Security-Policy;
`words.js` puts what they write into the language.
"""

import json

from components.languages.words import Words, msg

_TEXTS = (
    msg("Out of date: this page was last renewed {ago}."),
    msg("Live updates paused. Trying again."),
    msg("Checks are late."),
    msg("no disturbance"),
    msg("no data"),
    msg("a disturbance"),
    msg("Times are {zone}; days are UTC."),
    msg("All times are UTC."),
    msg("Light"),
    msg("Dark"),
    msg("My time zone"),
)


def script_words(words: Words) -> str:
    """Return the JSON, from English to the language; '' for English."""
    if words.is_english:
        return ""
    return json.dumps({text: words.text(text) for text in _TEXTS}, ensure_ascii=False)
