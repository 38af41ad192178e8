"""The page stays small with everything included, however much there is on it."""

import pytest

from statuspage.publishing.rendered import HTML, variant
from statuspage.renderers.html.render import render_page
from tests.statuspage.page_html import read
from tests.statuspage.page_many import many

pytestmark = pytest.mark.usefixtures("best_compression")


@pytest.mark.parametrize(("number", "limit"), [(10, 8_000), (50, 12_000), (100, 20_000)])
def test_the_page_is_small_with_everything_included(number: int, limit: int) -> None:
    html = render_page(many(number))

    assert len(variant(HTML, html).br) <= limit


@pytest.mark.parametrize("collapsed", [False, True])
def test_476_components_in_8_groups_stay_small_and_readable(collapsed: bool) -> None:
    html = render_page(many(476, per_group=60, collapsed=collapsed))

    document = read(html)
    groups = document.all("section", class_="group")
    assert len(groups) == 8
    assert all("of" in each.one("span", class_="sum").text or "All" in each.text for each in groups)
    assert len(document.all("details", data_status="operational")) == (8 if collapsed else 0)
    assert len(variant(HTML, html).br) <= 40_000


def test_a_thousand_components_stay_close_to_a_megabyte() -> None:
    assert len(render_page(many(1_000))) < 1_200_000
