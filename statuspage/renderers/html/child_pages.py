"""The pages that a page lists: one row each, with the worst of what it shows."""

from statuspage.renderers.html.component_rows import ICONS
from statuspage.renderers.html.escaping import escape_text
from statuspage.state.page_state import ChildView, PageState


def child_pages(state: PageState) -> str:
    """Return the section of the pages below this one; '' when there is none."""
    if not state.children:
        return ""
    rows = "".join(_row(each) for each in state.children)
    return (
        '<section class="group" id="pages"><div class="head"><h2>Pages</h2></div>'
        f'<ul class="rows">{rows}</ul></section>'
    )


def _row(child: ChildView) -> str:
    return (
        f'<li class="c" id="page-{escape_text(child.slug)}" data-status="{child.status}">'
        f'<div class="c-head">{ICONS[child.status]}<h3 dir="auto">'
        f'<a href="{escape_text(child.address)}">{escape_text(child.name)}</a></h3>'
        f'<span class="word">{child.status.label}</span></div></li>'
    )
