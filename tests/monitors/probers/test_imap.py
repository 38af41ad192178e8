"""The kind `imap` against Dovecot."""

import grp
import os
import pwd
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import ValidationError

from monitors.probers.imap import ImapConfig
from monitors.probing.base import ProbeStatus
from tests.certificates import Certificate, make_certificate
from tests.counterparts import program
from tests.monitors.probers.services import check, hold_slowness, running, shared_folder
from tests.ports import free_ports
from tests.servers import Greeter

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 0
listen = 127.0.0.1
passdb {{
  driver = static
  args = password=s\u00e9same\\"
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
LOGIN: dict[str, Any] = {"username": "watcher", "password": 's\u00e9same\\"', "verify_tls": False}


@dataclass(frozen=True)
class Mailboxes:
    port: int
    tls_port: int
    certificate: Certificate


@pytest.fixture(scope="module")
def mailboxes() -> Iterator[Mailboxes]:
    server = program("dovecot")
    port, tls_port = free_ports(2)
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
    with shared_folder() as folder:
        certificate = make_certificate(folder)
        mail = folder / "mail"
        mail.mkdir()
        mail.chmod(0o777)
        file = folder / "dovecot.conf"
        text = CONFIG.format(
            folder=folder,
            certificate=certificate.path,
            key=certificate.key_path,
            user=user,
            group=group,
            port=port,
            tls_port=tls_port,
        )
        file.write_text(text)
        with running([server, "-F", "-c", file], port, folder=folder):
            yield Mailboxes(port, tls_port, certificate)


def test_a_server_that_greets_is_up(mailboxes: Mailboxes) -> None:
    outcome = check("imap", port=mailboxes.port)

    assert (outcome.status, outcome.message) == (ProbeStatus.UP, "")


def test_a_user_logs_in_and_a_mailbox_opens(mailboxes: Mailboxes) -> None:
    by_tls = check("imap", port=mailboxes.tls_port, tls=True, mailbox="INBOX", **LOGIN)
    by_starttls = check("imap", port=mailboxes.port, starttls=True, **LOGIN)

    assert (by_tls.status, by_tls.message) == (ProbeStatus.UP, "")
    assert (by_starttls.status, by_starttls.message) == (ProbeStatus.UP, "")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"password": "wrong"}, "IMAP: the log-in is refused: “a2 NO [AUTHENTICATIONFAILED]"),
        ({"mailbox": 'no "such" box'}, "IMAP: the mailbox does not open: “a3 NO"),
    ],
)
def test_a_refusal_is_down_and_told(
    mailboxes: Mailboxes, settings: dict[str, Any], message: str
) -> None:
    outcome = check("imap", port=mailboxes.tls_port, tls=True, **{**LOGIN, **settings})

    assert outcome.status is ProbeStatus.DOWN
    assert outcome.message.startswith(message)


@pytest.mark.parametrize(
    ("greeting", "message"),
    [
        (b"* BYE overloaded\r\n", "IMAP: no greeting: “* BYE overloaded”"),
        (b"+OK pop3\r\n", "IMAP: no greeting: “+OK pop3”"),
    ],
)
def test_another_greeting_is_down_and_shown(greeting: bytes, message: str) -> None:
    with Greeter(greeting) as server:
        outcome = check("imap", port=server.port)

    assert (outcome.status, outcome.message) == (ProbeStatus.DOWN, message)


def test_who_says_goodbye_in_between_is_down() -> None:
    answers = {b"a4 NOOP\r\n": b"* BYE shutting down\r\n"}
    with Greeter(b"* OK ready\r\n", answers=answers) as server:
        outcome = check("imap", port=server.port)

    assert outcome.message == "IMAP: the server ends the connection: “* BYE shutting down”"


def test_a_mailbox_needs_a_user() -> None:
    with pytest.raises(ValidationError, match="give a user and a password"):
        ImapConfig.model_validate({"host": "mail.example", "mailbox": "INBOX"})


def test_a_slow_answer_is_degraded_and_one_that_does_not_come_is_down(mailboxes: Mailboxes) -> None:
    hold_slowness("imap", mailboxes.port)
