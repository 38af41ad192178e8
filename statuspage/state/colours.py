"""Contrast of colours by WCAG 2.2, and the nearest colour that reaches enough of it.

https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio and #dfn-relative-luminance.
"""

import colorsys
import re
from dataclasses import dataclass

NEEDED = 4.5
"""For text, 1.4.3."""
PAPER = {"light": "#ffffff", "dark": "#14181d"}
GROUND = {"light": "#f5f6f8", "dark": "#0b0e12"}
SOFT = {"light": "#566070", "dark": "#9aa5b3"}
"""As the page's own sheet has them."""
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_STEPS = 200


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A colour that is hard to read in one theme, with the nearest that is not."""

    theme: str
    ratio: float
    nearest: str
    nearest_ratio: float


def parse_colour(text: str) -> str:
    """Return `#rrggbb` for `#rgb` or `#rrggbb`. Raises ValueError with what to write instead."""
    value = text.strip().lower()
    if not _HEX.fullmatch(value):
        raise ValueError("Write a colour as # and six hexadecimal digits, #6b3fa0 say.")
    if len(value) == len("#rgb"):
        value = "#" + "".join(digit * 2 for digit in value[1:])
    return value


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours `#rrggbb`, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def text_on(colour: str) -> str:
    """Return black's or white's shade that reads better on a colour."""
    return max(("#ffffff", "#14181f"), key=lambda each: contrast(each, colour))


def accent_shortfall(colour: str, theme: str, ground: str = "") -> Shortfall | None:
    """Return what an accent lacks on paper and ground of a theme; None when it can be read."""
    return _shortfall(colour, theme, (PAPER[theme], ground or GROUND[theme]))


def ground_shortfall(colour: str, theme: str) -> Shortfall | None:
    """Return what a ground lacks behind the page's softer words; None when they can be read."""
    return _shortfall(colour, theme, (SOFT[theme],))


def _shortfall(colour: str, theme: str, others: tuple[str, ...]) -> Shortfall | None:
    ratio = min(contrast(colour, other) for other in others)
    if ratio >= NEEDED:
        return None
    nearest = _nearest(colour, others)
    return Shortfall(theme, ratio, nearest, min(contrast(nearest, other) for other in others))


def _nearest(colour: str, others: tuple[str, ...]) -> str:
    """Return the colour of the same hue whose lightness differs least among those that reach it.

    Black or white reach 4.5 on every colour, but not on two at once; then the better one is taken.
    """
    red, green, blue = _channels(colour)
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    candidates = []
    for step in range(_STEPS + 1):
        red, green, blue = colorsys.hls_to_rgb(hue, step / _STEPS, saturation)
        made = "#" + "".join(f"{round(each * 255):02x}" for each in (red, green, blue))
        if min(contrast(made, other) for other in others) >= NEEDED:
            candidates.append((abs(step / _STEPS - lightness), made))
    if candidates:
        return min(candidates)[1]
    extremes = ("#000000", "#ffffff")
    return max(extremes, key=lambda each: min(contrast(each, other) for other in others))


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
        for each in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
