"""A table on a read-only page of the admin, in a frame that keyboards can scroll on a phone."""

from collections.abc import Iterable, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def table(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> SafeString:
    """Return a table; `name` labels it for screen readers."""
    row = format_html("<tr>{}</tr>", SafeString("<td>{}</td>" * len(heads)))
    return format_html(
        '<div class="results" tabindex="0" role="region" aria-label="{}"><table><thead><tr>{}</tr>'
        "</thead><tbody>{}</tbody></table></div>",
        name,
        format_html_join("", '<th scope="col">{}</th>', ((head,) for head in heads)),
        format_html_join("", row, rows),
    )
