"""Texts as hostile, long, foreign and full of links as people may write them, for hypothesis."""

from hypothesis import strategies as st

ADDRESSES = (
    "https://status-docs.example.org/run_book/a-b?x=1&y=2",
    "https://en.wikipedia.org/wiki/Foo_(bar)",
    "http://localhost:8080/a_b_c/*d*/e",
    "https://example.org/%D7%A9?q=%26amp%3B#z",
)
PIECES = (
    "**", "*", "_", "__", "~~", "`", "```", "\n", "\n\n", "\n- ", "\n1. ", "\n7) ", "\n> ", "\n# ",
    "\n|a|b|\n|-|-|\n|c|d|e|\n", "\n---\n", "\n    ", "[", "](", ")", "![", "<", ">", "&", "&amp;",
    "&lt;b&gt;", "\\", "|", "||", "@everyone", "<!channel>", "<@U1>", ":fire:", "{{DATE(x)}}",
    "<script>alert(1)</script>", "]]>", " ", ", ", ".", "(", "שלום", "مرحبا", "データベース",
    "👩‍👩‍👧‍👦", "🇩🇪", "e\u0301", "\u202e", "\u200b", "\x00", "\ud800", "[x]: y\n", "#", "+", "-",
)  # fmt: skip


def words() -> st.SearchStrategy[str]:
    """Words that can be found again: `w17w`."""
    return st.integers(10, 99).map(lambda number: f" w{number}w ")


def hostile_texts(max_size: int = 30) -> st.SearchStrategy[str]:
    """Texts in Markdown, or in what looks like it."""
    piece = words() | st.sampled_from(PIECES) | st.sampled_from(ADDRESSES).map(" {} ".format)
    return st.lists(piece, max_size=max_size).map("".join)
