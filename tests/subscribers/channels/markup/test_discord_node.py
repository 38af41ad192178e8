"""What Discord makes of our text, by the rules of its own client (`discord-markdown-parser`)."""

import json
import random
import re
import subprocess
from typing import Any

from components.markup.parser import parse
from components.markup.tree import Image, Link, walk
from subscribers.channels.markup.markdown import DISCORD
from tests import node_tools
from tests.components.markup.texts import ADDRESSES, PIECES

SEEDS = 400
OURS = {"strong", "em", "strikethrough", "inlineCode", "codeBlock", "blockQuote", "twemoji"}
WORDS = ("{}", "({})", "**{}**", "*{}*", "[more]({})", "<{}>", "{}.", "- {}\n", "_a {} b_", "{}!")


def texts() -> list[str]:
    """Texts full of links, the same in each run."""
    made = []
    for seed in range(SEEDS):
        chosen = random.Random(seed)
        pieces = [
            chosen.choice(WORDS).format(chosen.choice(ADDRESSES))
            if chosen.random() < 0.3
            else chosen.choice((*PIECES, f"w{chosen.randint(10, 99)}w"))
            for _ in range(chosen.randint(1, 14))
        ]
        made.append(" ".join(pieces))
    return made


def read_by_discord(written: list[str]) -> list[dict[str, Any]]:
    node_tools.package("discord-markdown-parser")
    done = subprocess.run(
        ["node", "discord_links.cjs"], cwd=node_tools.FOLDER, input=json.dumps(written),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


def test_discord_reads_our_links_whole_and_no_mark_that_we_did_not_mean() -> None:
    """F-M6: p05 and its siblings."""
    sources = texts()
    written = [DISCORD.unlimited(parse(text)) for text in sources]

    for source, told, read in zip(sources, written, read_by_discord(written), strict=True):
        nodes = list(walk(parse(source).blocks))
        wanted = {
            spelling
            for each in nodes
            if isinstance(each, Link | Image)
            for spelling in _spellings(each)
        }
        found = {link.removeprefix("mailto:") for link in read["links"]}
        context = (source, told, read)
        assert found <= wanted, context
        typed = {each.typed for each in nodes if isinstance(each, Link) and each.typed}
        assert {each for each in typed if each.startswith("http")} <= found, context
        assert set(read["marks"]) <= OURS, context
        assert set(re.findall(r"w\d+w", source)) <= set(re.findall(r"w\d+w", read["text"]))


def _spellings(link: Link | Image) -> set[str]:
    href = link.src if isinstance(link, Image) else link.href
    typed = "" if isinstance(link, Image) else link.typed
    return {href, typed, href.replace("(", "%28").replace(")", "%29")}
