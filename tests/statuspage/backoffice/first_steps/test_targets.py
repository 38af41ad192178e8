"""Pasted addresses: what each line means, and what is said of one that means nothing."""

import pytest

from statuspage.backoffice.first_steps.targets import Target, read_targets


def read(line: str) -> Target:
    (target,) = read_targets(line)
    return target


@pytest.mark.parametrize(
    ("line", "kind", "config"),
    [
        ("https://shop.larkspur.dev", "endpoint", {"url": "https://shop.larkspur.dev"}),
        ("HTTPS://Shop.larkspur.dev/a?b=c#d", "endpoint",
         {"url": "HTTPS://Shop.larkspur.dev/a?b=c#d"}),
        ("shop.larkspur.dev", "endpoint", {"url": "https://shop.larkspur.dev"}),
        ("shop.larkspur.dev/health", "endpoint", {"url": "https://shop.larkspur.dev/health"}),
        ("localhost:8000/health", "endpoint", {"url": "http://localhost:8000/health"}),
        ("shop.larkspur.dev:8443", "endpoint", {"url": "https://shop.larkspur.dev:8443"}),
        ("wss://live.larkspur.dev/feed", "websocket", {"url": "wss://live.larkspur.dev/feed"}),
        ("queue.larkspur.dev:5672", "tcp", {"host": "queue.larkspur.dev", "port": 5672}),
        ("db:5432", "tcp", {"host": "db", "port": 5432}),
        ("[2001:db8::7]:5432", "tcp", {"host": "2001:db8::7", "port": 5432}),
        ("192.0.2.7", "ping", {"host": "192.0.2.7"}),
        ("2001:db8::7", "ping", {"host": "2001:db8::7"}),
        ("smtp://mail.larkspur.dev", "smtp", {"host": "mail.larkspur.dev", "port": 25}),
        ("tls://larkspur.dev:8443", "certificate", {"host": "larkspur.dev", "port": 8443}),
        ("redis://cache", "redis", {"host": "cache", "port": 6379}),
    ],
)  # fmt: skip
def test_an_address_has_a_kind_that_fits(line: str, kind: str, config: dict[str, object]) -> None:
    target = read(line)

    assert (target.error, target.kind, target.config) == ("", kind, config)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("https://shop.larkspur.dev", "Shop"),
        ("https://api.larkspur.dev/health", "API"),
        ("https://larkspur.dev/search?q=test", "Search"),
        ("https://www.larkspur.dev/", "Larkspur"),
        ("https://larkspur.dev/index.html", "Larkspur"),
        ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
        ("message-queue.larkspur.dev:5672", "Message queue"),
        ("Web shop https://shop.larkspur.dev", "Web shop"),
        ("Web shop: https://shop.larkspur.dev", "Web shop"),
        ("Web shop\thttps://shop.larkspur.dev", "Web shop"),
        ("- Web shop = https://shop.larkspur.dev,", "Web shop"),
        ("1. https://shop.larkspur.dev", "Shop"),
    ],
)
def test_it_has_a_name_that_was_entered_or_follows_from_it(line: str, name: str) -> None:
    assert (read(line).error, read(line).name) == ("", name)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("shop", "Enter an address, as https://"),
        ("https://", "Enter a host name"),
        ("https://a.dev https://b.dev", "one address per line"),
        ("ann@larkspur.dev", "looks like an e-mail address"),
        ("https://ann:secret@larkspur.dev", "Leave out user name and password"),
        ("gopher://larkspur.dev", "“gopher” cannot be added here"),
        ("tcp://larkspur.dev", "Enter a port"),
        ("larkspur.dev:99999", "cannot be read"),
        ("https://[::1", "cannot be read"),
        ("https://lark\x00spur.dev", "control characters"),
        ("x" * 101 + " https://larkspur.dev", "at most 100 characters"),
    ],
)
def test_a_line_that_means_nothing_says_what_to_enter(line: str, told: str) -> None:
    target = read(line)

    assert told in target.error
    assert target.kind == ""


def test_lines_are_numbered_as_they_stand_in_the_box() -> None:
    found = read_targets("\n# ours\nhttps://a.dev\n\n  https://b.dev  \n")

    assert [(each.line, each.text) for each in found] == [
        (3, "https://a.dev"), (5, "https://b.dev"),
    ]  # fmt: skip
