"""Style sheets and scripts that pages embed, as small as esbuild makes them.

`make assets` makes them from the readable sources beside the templates, and a test holds the two
together: installing the product needs no npm.
"""

from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[3] / "templates" / "embedded"


def embedded(name: str) -> str:
    """Return the text of an embedded file, `page/status.css` say."""
    return (_FOLDER / name).read_text("utf-8").strip()
