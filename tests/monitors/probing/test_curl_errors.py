"""Whose fault libcurl's errors are."""

import errno
import re
from typing import Any

import pycurl
import pytest

from monitors.probing.base import ProbeStatus, one_line
from monitors.probing.curl_errors import TransferStage, explain


def explained(code: int, message: str = "", **options: Any) -> tuple[ProbeStatus, str]:
    known: dict[str, Any] = {"stage": TransferStage.STATUS, "os_errno": 0, "timeout": 3.0}
    return explain(code=code, message=message, **{**known, **options})


def test_every_error_has_a_word_and_a_reason() -> None:
    for code in range(1, 200):
        word, message = explained(code)

        assert word in (ProbeStatus.DOWN, ProbeStatus.INCONCLUSIVE)
        assert message


@pytest.mark.parametrize(
    "code",
    [pycurl.E_OUT_OF_MEMORY, pycurl.E_FAILED_INIT, pycurl.E_ABORTED_BY_CALLBACK,
     pycurl.E_SSL_CACERT_BADFILE, pycurl.E_WRITE_ERROR, pycurl.E_BAD_FUNCTION_ARGUMENT, 199],
)  # fmt: skip
def test_our_own_trouble_says_nothing_about_the_target(code: int) -> None:
    assert explained(code)[0] is ProbeStatus.INCONCLUSIVE


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ECONNREFUSED, ProbeStatus.DOWN),
        (errno.EHOSTUNREACH, ProbeStatus.DOWN),
        (errno.ETIMEDOUT, ProbeStatus.DOWN),
        (errno.ENETUNREACH, ProbeStatus.INCONCLUSIVE),
        (errno.EMFILE, ProbeStatus.INCONCLUSIVE),
        (errno.EAGAIN, ProbeStatus.INCONCLUSIVE),
        (errno.EADDRNOTAVAIL, ProbeStatus.INCONCLUSIVE),
        (0, ProbeStatus.INCONCLUSIVE),
    ],
)
def test_a_failed_connect_is_judged_by_what_the_kernel_said(number: int, word: ProbeStatus) -> None:
    assert explained(pycurl.E_COULDNT_CONNECT, os_errno=number)[0] is word


def test_the_deadline_says_how_far_it_got() -> None:
    late = {step: explained(pycurl.E_OPERATION_TIMEDOUT, stage=step)[1] for step in TransferStage}

    assert late[TransferStage.REQUEST] == "no answer within 3 s"
    assert len(set(late.values())) == len(TransferStage)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Received HTTP/0.9 when not allowed", "the answer is not HTTP"),
        ("Unsupported HTTP version in response", "in a version of HTTP that is not known here"),
        ('Protocol "ftp" not supported', "redirected to where a probe does not go"),
    ],
    ids=["0.9", "9.9", "ftp"],
)
def test_an_unsupported_protocol_is_named_for_what_it_is_f_t7(message: str, told: str) -> None:
    word, why = explained(pycurl.E_UNSUPPORTED_PROTOCOL, message)

    assert word is ProbeStatus.DOWN
    assert told in why


@pytest.mark.parametrize("text", ["a\nb\x00c\x1b[31m", "x\u202ey\u2066", "\udcff\udcfe", "é" * 999])
def test_what_a_target_sent_is_told_in_one_printable_line(text: str) -> None:
    _, message = explained(pycurl.E_RECV_ERROR, text)

    assert message.isprintable()
    assert len(message) <= 300
    assert not re.search(r"\s\s", message)


def test_one_line_keeps_what_is_fine() -> None:
    assert one_line("status 503, expected 200-399") == "status 503, expected 200-399"
