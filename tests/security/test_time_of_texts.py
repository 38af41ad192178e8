"""S16: what a pattern costs grows with the text and not with its square, wherever others write it.

Each of these once took seconds, or would without its bound. What is measured is the processor's
time of this thread, which a busy machine does not lengthen.
"""

import contextlib
import time
from collections.abc import Callable

import pytest

from components.values import inert_csv
from statuspage.observability.log_mask import LogMask
from statuspage.renderers.html.plain_text import plain_text
from statuspage.state.drawings import PictureError, sanitise_picture
from statuspage.state.own_css import OwnCssError, sanitise_css
from subscribers.channels.markup.markdown import DiscordWriter, MattermostWriter
from subscribers.channels.markup.slack import SlackWriter

LONGEST = 20_000
"""Characters: that of a message."""
SECONDS = 2.0
MASK = LogMask(("canary-canary",))


def drawing(sheet: str) -> None:
    sanitise_picture(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">'
        f"<style>{sheet}</style></svg>".encode()
    )


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(inert_csv.inert, id="a cell of an export"),
        pytest.param(plain_text, id="a message as plain text"),
        pytest.param(lambda text: SlackWriter().escaped(text, at_start=True), id="Slack"),
        pytest.param(lambda text: DiscordWriter().escaped(text, at_start=True), id="Discord"),
        pytest.param(lambda text: MattermostWriter().escaped(text, at_start=True), id="Mattermost"),
        pytest.param(drawing, id="the sheet of a drawing"),
        pytest.param(lambda text: sanitise_css(text[:8_000]), id="own CSS"),
        pytest.param(lambda text: sanitise_css(f".top{{color:{text[:7_000]}}}"), id="its value"),
        pytest.param(MASK, id="a line of the log"),
    ],
)
@pytest.mark.parametrize("part", ["\n", " ", "a", ":a", "/*", "password=", "/status/door/", ". \n"])
def test_a_text_of_one_part_is_read_in_a_moment_s16(
    read: Callable[[str], object], part: str
) -> None:
    text = ":" + part * (LONGEST // len(part)) + "!"
    began = time.thread_time()

    with contextlib.suppress(OwnCssError, PictureError):
        read(text)

    assert time.thread_time() - began < SECONDS
