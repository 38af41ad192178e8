"""The settings by which the product is observed, and its people reached; a part of the table in
`options.py`."""

from statuspage.config.parsers import Option, contacts, url, word

OBSERVING_OPTIONS: tuple[Option, ...] = (
    Option(
        "STATUSPAGE_LOG",
        word("text", "json"),
        "text",
        "How every process logs: text, or json for one JSON object a line.",
    ),
    Option(
        "STATUSPAGE_DEAD_MAN_URL",
        url("http", "https"),
        "",
        "Address that `beat` asks for every minute while probes and notifications make progress, "
        "at a service that raises the alarm when that stops. Default: none.",
        secret=True,
    ),
    Option(
        "STATUSPAGE_SECURITY_CONTACT",
        contacts,
        "",
        "Where researchers report weaknesses: mail addresses or https:// addresses, separated by "
        "commas; named in `/.well-known/security.txt`. Default: there is no such file.",
    ),
)
