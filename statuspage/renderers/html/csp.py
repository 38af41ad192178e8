"""The page's embedded style and script, and the policy that lets these two run and nothing else."""

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256

from components.languages.words import Words, msg
from statuspage.renderers.html.assets import embedded


def csp_hash(text: str) -> str:
    """Return the source expression that allows just this text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


STYLE, PAGES_STYLE = embedded("page/status.css"), embedded("page/pages.css")
"""The main page's, and what all others add to it."""
STORY_STYLE = embedded("page/story.css")
"""What incidents and windows need: on all others, and on the main page while it shows any."""
SCRIPT, READER_SCRIPT = embedded("page/status.js"), embedded("page/reader.js")
"""The main page's own, and that of every page."""
WORDS_SCRIPT = embedded("page/words.js")
"""What stands after them in pages of other languages than English."""


DAYS = 90


@cache
def script_of(days: int) -> str:
    """Return the main page's script for bars of so many days.

    Where the strip ends stands in it as numbers, for 90 days: as variables they would cost every
    visitor of every page.
    """
    if days == DAYS:
        return SCRIPT
    numbers = {"718": str(days * 8 - 2), "89": str(days - 1), "90": str(days)}
    return re.sub(r"\b(?:718|89|90)\b", lambda match: numbers[match[0]], SCRIPT)


_SCRIPT_TEXTS = (
    msg("Out of date: this page was last renewed {ago}."),
    msg("Live updates paused. Trying again."),
    msg("Checks are late."),
    msg("no problems"),
    msg("no data"),
    msg("problems"),
    msg("Times are {zone}; days are UTC."),
    msg("All times are UTC."),
    msg("Light"),
    msg("Dark"),
    msg("My time zone"),
)
"""What the pages' scripts write. They are the same in all languages, for their hashes stand in the
policy."""


def script_words(words: Words) -> str:
    """Return what `words.js` puts into the language, as JSON from English; '' for English."""
    if words.is_english:
        return ""
    return json.dumps({text: words.text(text) for text in _SCRIPT_TEXTS}, ensure_ascii=False)


def policy(*, remote_images: bool, own_style: str = "", days: int = DAYS) -> str:
    """Return the value of the page's `Content-Security-Policy` header.

    `own_style` is the sheet of a page's appearance; `days` are those of its bars.
    """
    own = f" {csp_hash(own_style)}" if own_style else ""
    script = csp_hash(script_of(days))
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {csp_hash(STYLE)} {csp_hash(STORY_STYLE)} {csp_hash(PAGES_STYLE)}{own}",
            f"script-src {csp_hash(READER_SCRIPT)} {script} {csp_hash(WORDS_SCRIPT)}",
            "connect-src 'self'",
            "img-src data: https:" if remote_images else "img-src data:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def policy_for(style: str, own_style: str = "") -> str:
    """Return the policy of a page that has this one sheet, forms, and no script.

    `own_style` is the sheet of a page's appearance.
    """
    own = f" {csp_hash(own_style)}" if own_style else ""
    return (
        f"default-src 'none'; style-src {csp_hash(style)}{own}; img-src data:; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


CONTENT_SECURITY_POLICY = policy(remote_images=False)
"""The usual one; it changes only with these files."""
