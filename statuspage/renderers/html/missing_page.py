"""The page for an address that shows nothing: what is known of it, the current status, ways on."""

from components.languages.words import ENGLISH, Words, msg
from statuspage.renderers.html.layout import render_framed
from statuspage.state.page_state import PageState

NOTHING_HERE = msg("Page not found.")
WITHDRAWN = msg("This was withdrawn.")
_SENTENCES = {
    NOTHING_HERE: msg("Check the address, or start from the current status."),
    WITHDRAWN: msg("It was published and has since been withdrawn."),
}


def missing_page(state: PageState, heading: str, words: Words = ENGLISH) -> bytes:
    """Return the page; `heading` is NOTHING_HERE or WITHDRAWN."""
    return render_framed(
        "page/page-missing.html",
        state,
        words=words,
        path="/status",
        title=words(heading).rstrip(".。"),
        description=words(heading),
        values={"heading": words(heading), "sentence": words(_SENTENCES[heading])},
        here="missing",
    )
