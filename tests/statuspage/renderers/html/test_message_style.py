"""What people write looks the same wherever it stands: no rule of a page reaches into it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from statuspage.renderers.html.detail_pages import incident_page, report_page, window_page
from statuspage.renderers.html.render import render_page
from statuspage.state.page_state import PageState
from tests.statuspage.page_states import NOW, incident, page, update, window

pytestmark = pytest.mark.browser
MESSAGE = """# Heading with [a link](https://example.org)

Words with `code`, **strong** ones and a line
below.

- one
- two
  1. first
  2. second

> quoted

|a|b|
|-|-|
|1|2|

```
some code
```

---
"""
LOOK = """() => [...document.querySelectorAll('.message')].map(message =>
  [...message.querySelectorAll('*')].map(each => {
    const style = getComputedStyle(each), names = ['display', 'position', 'margin', 'padding',
      'borderTop', 'borderLeft', 'fontSize', 'fontWeight', 'color', 'lineHeight', 'textAlign',
      'backgroundColor', 'textDecoration', 'whiteSpace'];
    return [each.tagName, ...names.map(name => style[name]),
      ...['::before', '::after'].map(mark => getComputedStyle(each, mark).content)].join(' ');
  }))"""
MARKERS = """() => [...document.querySelectorAll('.message li')].map(each =>
  getComputedStyle(each).listStyleType)"""


def state() -> PageState:
    told = [update(MESSAGE)]
    return page(
        [],
        incidents=[incident("Open", updates=told)],
        past_incidents=[incident("Over", resolved_at=NOW, updates=told)],
        windows=[replace(window("Ahead", message=MESSAGE), updates=tuple(told))],
    )


def bodies() -> dict[str, bytes]:
    shown = state()
    reported = replace(incident("Over"), report=(("Impact", MESSAGE),))
    return {
        "status": render_page(shown),
        "incident": incident_page(shown, shown.incidents[0]),
        "reported": incident_page(shown, reported),
        "report": report_page(shown, reported),
        "window": window_page(shown, shown.windows[0]),
    }


@pytest.fixture(scope="module")
def seen(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("messages")
    context, found = browser.new_context(), {}
    for name, body in bodies().items():
        (folder / f"{name}.html").write_bytes(body)
        tab = context.new_page()
        tab.goto(f"file://{Path(folder, name)}.html")
        tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found[name] = (tab.evaluate(LOOK), tab.evaluate(MARKERS))
    context.close()
    return found


def test_a_list_has_its_own_markers_and_no_others(seen: dict[str, Any]) -> None:
    """F-M5: bullets in messages wore the timeline's dots."""
    for name, (looks, markers) in seen.items():
        assert markers == ["disc", "disc", "decimal", "decimal"] * len(looks), name


def test_nothing_is_drawn_before_or_behind_what_people_wrote(seen: dict[str, Any]) -> None:
    for looks, _ in seen.values():
        assert not [each for look in looks for each in look if not each.endswith("none none")]


def test_a_message_looks_the_same_everywhere(seen: dict[str, Any]) -> None:
    """F-M5: the page's rules never reach into what people wrote."""
    assert sum(len(looks) for looks, _ in seen.values()) == 9
    [expected, *others] = [look for looks, _ in seen.values() for look in looks]

    for look in others:
        assert look == expected
