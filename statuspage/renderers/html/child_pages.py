"""The pages that a page lists: one row each, with the worst of what it shows."""

from components.languages.words import ENGLISH, Words
from statuspage.renderers.html.component_rows import ICONS
from statuspage.renderers.html.escaping import escape_text
from statuspage.state.page_state import ChildView, PageState


def child_pages(state: PageState, words: Words = ENGLISH) -> str:
    """Return the section of the pages below this one; '' when there is none."""
    if not state.children:
        return ""
    rows = "".join(_row(each, words) for each in state.children)
    return (
        f'<section class="group" id="pages"><div class="head"><h2>{words("Pages")}</h2></div>'
        f'<ul class="rows">{rows}</ul></section>'
    )


def _row(child: ChildView, words: Words) -> str:
    return (
        f'<li class="c" id="page-{escape_text(child.slug)}" data-status="{child.status}">'
        f'<div class="c-head">{ICONS[child.status]}<h3><bdi>'
        f'<a href="{escape_text(child.address)}">{escape_text(child.name)}</a></bdi></h3>'
        f'<span class="word">{words(child.status.label)}</span></div></li>'
    )
