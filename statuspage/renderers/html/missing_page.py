"""The page for an address that shows nothing: what is known of it, the current status, ways on."""

from statuspage.renderers.html.layout import render_framed
from statuspage.state.page_state import PageState

NOTHING_HERE = "There is nothing here."
WITHDRAWN = "This was withdrawn."
_SENTENCES = {
    NOTHING_HERE: "The address may be mistyped, or what it led to may have another one by now.",
    WITHDRAWN: "It was public for a time, and has been taken back since.",
}


def missing_page(state: PageState, heading: str) -> bytes:
    """Return the page; `heading` is NOTHING_HERE or WITHDRAWN."""
    return render_framed(
        "page/page-missing.html",
        state,
        path="/status",
        title=heading.removesuffix("."),
        description=heading,
        values={"heading": heading, "sentence": _SENTENCES[heading]},
        here="missing",
    )
