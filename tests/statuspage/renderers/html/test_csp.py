"""The policy lets the page's own style and script run, and nothing else."""

import base64
import hashlib
import re

import pytest

from statuspage.renderers.html import csp
from statuspage.renderers.html.render import render_page
from tests.statuspage.page_scenes import SCENES, all_good


def between(html: str, start: str, end: str) -> str:
    return html.split(start, 1)[1].split(end, 1)[0]


def test_the_policy_denies_everything_it_does_not_name() -> None:
    parts = csp.CONTENT_SECURITY_POLICY.split("; ")

    assert parts[0] == "default-src 'none'"
    assert {"connect-src 'self'", "img-src data:", "base-uri 'none'"} < set(parts)
    assert {"form-action 'self'", "frame-ancestors 'none'"} < set(parts)
    assert "unsafe" not in csp.CONTENT_SECURITY_POLICY


def test_the_hashes_are_those_of_what_the_page_embeds() -> None:
    html = render_page(all_good()).decode()

    for start, end, directive in (
        ("<style>", "</style>", "style-src"),
        ("<script>", "</script>", "script-src"),
    ):
        digest = hashlib.sha256(between(html, start, end).encode()).digest()
        wanted = f"{directive} 'sha256-{base64.b64encode(digest).decode()}'"
        assert wanted in csp.CONTENT_SECURITY_POLICY


def test_the_embedded_files_can_be_embedded() -> None:
    assert "</" not in csp.STYLE
    assert "</" not in csp.SCRIPT
    assert "<!--" not in csp.SCRIPT


def test_the_small_style_keeps_its_calculations_and_its_descendants() -> None:
    assert "/*" not in csp.STYLE
    assert "color-mix(in srgb,var(--s) 9%,var(--paper))" in csp.STYLE
    assert ".banner .icon{" in csp.STYLE
    assert csp.STYLE.count("{") == csp.STYLE.count("}")


def test_every_colour_that_is_used_is_defined_in_both_themes() -> None:
    light, dark = csp.STYLE.split("@media(prefers-color-scheme:dark)", 1)
    dark = dark.split("@media", 1)[0]
    used = set(re.findall(r"var\((--[a-z-]+)\)", csp.STYLE)) - {"--s", "--b", "--x"}

    # Bars have one colour in both, and some are names of others.
    alike = {name for name in used if name.startswith("--bar-") or f"{name}:var(" in light}
    for name in used:
        assert f"{name}:" in light
        assert f"{name}:" in dark or name in alike


@pytest.mark.parametrize("scene", SCENES)
def test_every_icon_and_pattern_that_is_referred_to_exists(scene: str) -> None:
    html = render_page(SCENES[scene]()).decode()

    referred = set(re.findall(r'href="#([^"]+)"', html)) | set(re.findall(r"url\(#([^)]+)\)", html))

    assert referred
    for name in referred:
        assert f'id="{name}"' in html
