"""Markdown of public messages: a few elements, nothing that acts, no bombs."""

import pytest

from components.markup.parser import MAX_LENGTH
from statuspage.renderers.html.markdown import render_markdown


def test_the_usual_markup_is_rendered() -> None:
    html = render_markdown("We **roll back** `v2`, _slowly_:\n\n- one\n- two\n\n> said so")

    assert html == (
        '<p dir="auto">We <strong>roll back</strong> <code>v2</code>, <em>slowly</em>:</p>\n'
        '<ul dir="auto">\n<li>one</li>\n<li>two</li>\n</ul>\n'
        '<blockquote dir="auto">\n<p dir="auto">said so</p>\n</blockquote>'
    )


def test_a_link_leads_out_and_passes_nothing_on() -> None:
    html = render_markdown("[more](https://example.org/?a=1&b=2)")

    assert html == (
        '<p dir="auto">'
        '<a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener">more</a></p>'
    )


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "/admin/",
        "//example.org",
        "&#106;avascript:alert(1)",
    ],
)
def test_s3_no_other_kind_of_link_survives(target: str) -> None:
    assert "href" not in render_markdown(f"[x]({target})")
    assert "href" not in render_markdown(f"[x][y]\n\n[y]: {target}")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<b onclick=x>b</b>",
        "<!-- comment --><style>*{}</style>",
        "<svg/onload=alert(1)>",
    ],
)
def test_s3_html_is_told_and_not_obeyed(text: str) -> None:
    html = render_markdown(text)

    assert html.startswith('<p dir="auto">&lt;')
    assert html.count("<") == 2


def test_s3_an_image_is_not_loaded() -> None:
    assert "<img" not in render_markdown("![x](https://example.org/x.png)")


def test_every_heading_fits_the_outline_of_the_page() -> None:
    html = render_markdown("# One\n\n###### Six\n\nTwo\n===")

    assert [line.count("<h3 dir") for line in html.splitlines()] == [1, 1, 1]


def test_nothing_is_nothing() -> None:
    assert render_markdown("") == ""


def test_a_message_without_end_is_cut() -> None:
    html = render_markdown("x" * (MAX_LENGTH + 5))

    assert html.count("x") == MAX_LENGTH - 1
    assert html.endswith("…</p>")


@pytest.mark.parametrize(
    "bomb",
    [
        ">" * MAX_LENGTH,
        "- " * MAX_LENGTH,
        "[" * MAX_LENGTH,
        "**a*" * MAX_LENGTH,
        "`" * MAX_LENGTH,
        "&" * MAX_LENGTH,
        "".join("  " * depth + "- a\n" for depth in range(190)),
    ],
)
def test_s3_a_nested_bomb_stays_small(bomb: str) -> None:
    html = render_markdown(bomb)

    assert len(html) <= 8 * MAX_LENGTH
    assert html.count("<blockquote") <= 20
    assert html.count("<ul") <= 20
