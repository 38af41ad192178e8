"""The faults of each kind's protocol, and where each is tried: no cell is empty without a reason.

A cell is a test, as `module::function`, or a table that a test runs over, as `module::TABLE`, which
has to have the kind; or else the reason why there is no such fault, in words.
"""

import importlib

import pytest

from monitors.probers import registry

FAULTS = ("refused log-in", "half-open", "TLS", "wrong answer", "slow")
_TOLD = "nothing is asked: it is told by others, whose silence its own tests try"
_NO_LOGIN = "nobody logs in"
_MUTE = "test_contract::MUTE"
_GARBLED = "test_contract::GARBLED"
_CUT = "probing.test_faults::HALVES"
SLOW = "test_a_slow_answer_is_degraded_and_one_that_does_not_come_is_down"


def service(kind: str, login: str, answer: str, tls: str = "") -> dict[str, tuple[str, ...]]:
    """Return the row of a kind that speaks its protocol with a real server of its module."""
    ways = (f"test_{kind}::{tls}",) if tls else ()
    return {
        "refused log-in": (f"test_{kind}::{login}",),
        "half-open": (_MUTE, _CUT),
        "TLS": (*ways, "probing.test_faults::WAYS"),
        "wrong answer": (f"test_{kind}::{answer}", _GARBLED),
        "slow": (f"test_{kind}::{SLOW}",),
    }


_TLS = "test_by_tls_its_certificate_is_looked_at"
TABLE: dict[str, dict[str, tuple[str, ...]]] = {
    "certificate": {
        "refused log-in": (("test_certificate::"
                           "test_a_server_that_demands_a_certificate_of_ours_is_judged_by_its_own"),),
        "half-open": (_MUTE, "test_certificate::test_a_stalled_handshake_ends_at_the_deadline"),
        "TLS": ("test_certificate::test_an_expired_certificate_is_down",
                "test_certificate::test_a_certificate_for_another_host_is_down"),
        "wrong answer": ("test_certificate::test_a_server_without_tls_is_down", _GARBLED),
        "slow": ("test_certificate::test_a_handshake_that_drips_ends_at_the_deadline",),
    },
    "container": {
        "refused log-in": (("the engine's socket is opened or not, and that says nothing of a "
                           "container"),),
        "half-open": ("test_container::test_a_silent_engine_is_given_up_at_the_deadline_s4",),
        "TLS": ("the engine is asked by a socket of this machine",),
        "wrong answer": (("test_container::"
                         "test_an_engine_that_talks_nonsense_says_nothing_about_the_container"),),
        "slow": ("test_container::test_a_silent_engine_is_given_up_at_the_deadline_s4",),
    },
    "dns": {
        "refused log-in": (
            "test_dns::test_a_refusal_by_the_systems_name_server_proves_nothing_f_t1",
        ),
        "half-open": (_MUTE,
                      "test_dns::test_a_connection_that_ends_before_its_answer_is_down_f_t1"),
        "TLS": (("names are asked in the clear; what is signed: "
                "test_an_answer_must_be_validated_if_asked_for"),),
        "wrong answer": ("test_dns::test_every_type_of_record_is_compared_by_its_value", _GARBLED),
        "slow": ("test_dns::test_slowness_is_degraded",
                 "test_dns::test_a_drip_by_tcp_ends_at_the_deadline"),
    },
    "domain": {
        "refused log-in": (_NO_LOGIN,),
        "half-open": ("test_domain::test_a_registry_that_does_not_answer_says_nothing",),
        "TLS": (("a registry that cannot be asked says nothing of a domain, whatever keeps us from "
                "it"),),
        "wrong answer": ("test_domain::test_a_registry_that_does_not_answer_says_nothing",),
        "slow": ("how long a registry takes is no figure of a domain",),
    },
    "endpoint": {
        "refused log-in": ("test_http_nginx::test_basic_authentication",
                           "test_http_nginx::test_a_client_certificate"),
        "half-open": (_MUTE,
                      "test_http_answers::test_an_answer_that_ends_before_its_end_is_down"),
        "TLS": ("test_http_tls::test_an_expired_certificate_is_down",
                "test_http_tls::test_a_certificate_for_another_name_is_down"),
        "wrong answer": ("test_http::test_the_status_decides", _GARBLED),
        "slow": ("test_http::test_a_slow_answer_is_degraded",
                 "test_http::test_a_misbehaving_target_is_down_with_the_reason"),
    },
    "external": dict.fromkeys(FAULTS, (_TOLD,)),
    "grpc": service("grpc", "test_a_service_that_is_not_serving_is_down",
                    "test_a_web_server_is_down", "test_a_certificate_that_is_not_trusted_is_down"),
    "heartbeat": dict.fromkeys(FAULTS, (_TOLD,)),
    "imap": service("imap", "test_a_refusal_is_down_and_told",
                    "test_another_greeting_is_down_and_shown"),
    "manual": dict.fromkeys(FAULTS, (_TOLD,)),
    "mqtt": service("mqtt", "test_a_refused_log_in_is_down",
                    "test_another_answer_is_down_and_told", _TLS),
    "mysql": service("mysql", "test_what_is_wrong_is_told_in_the_servers_words",
                     "test_another_greeting_is_down_and_shown", _TLS),
    "number": dict.fromkeys(FAULTS, (_TOLD,)),
    "ping": {
        "refused log-in": (_NO_LOGIN,),
        "half-open": ("test_ping::test_silence_is_down_at_the_deadline",),
        "TLS": ("ICMP knows none",),
        "wrong answer": ("test_ping::test_many_pings_at_once_take_no_answers_from_each_other",),
        "slow": ("test_ping::test_loss_and_slowness_are_judged",),
    },
    "postgresql": service("postgresql", "test_what_is_wrong_is_told_in_the_servers_words",
                          "test_another_protocol_is_down"),
    "readers": dict.fromkeys(FAULTS, (_TOLD,)),
    "redis": service("redis", "test_a_refusal_is_told_in_the_servers_words",
                     "test_another_answer_is_down_and_shown", _TLS),
    "smtp": service("smtp", "test_a_refused_log_in_is_down_without_the_password",
                    "test_another_greeting_is_down_and_shown",
                    "test_a_certificate_that_is_not_trusted_is_down"),
    "ssh": {
        "refused log-in": (_NO_LOGIN,),
        "half-open": (_MUTE, _CUT),
        "TLS": ("SSH has its own encryption, after what is read of it",),
        "wrong answer": ("test_ssh::test_another_version_than_expected_is_down", _GARBLED),
        "slow": (f"test_ssh::{SLOW}",),
    },
    "storage": {
        "refused log-in": ("test_storage::test_what_is_wrong_is_told_in_words",),
        "half-open": (_MUTE, "test_storage::test_a_store_that_stalls_ends_at_the_deadline"),
        "TLS": ("it is asked as an endpoint is, whose tests try it",),
        "wrong answer": (
            "test_storage::test_an_object_that_comes_back_changed_is_down_and_cleaned_up",
                         _GARBLED),
        "slow": ("test_storage::test_a_slow_store_is_degraded",
                 "test_storage::test_a_store_that_drips_ends_at_the_deadline"),
    },
    "tcp": {
        "refused log-in": (_NO_LOGIN,),
        "half-open": (_MUTE, "test_tcp::test_a_connection_closed_without_a_word_is_down"),
        "TLS": ("test_tcp::test_a_certificate_that_is_not_believed_is_down",),
        "wrong answer": ("test_tcp::test_an_answer_that_ends_otherwise_is_shown", _GARBLED),
        "slow": ("test_tcp::test_slowness_is_degraded",
                 "test_tcp::test_a_drip_ends_at_the_deadline"),
    },
    "upstream": {
        "refused log-in": ("test_upstream::test_p05_an_error_of_the_page_is_never_down",),
        "half-open": ("test_upstream::test_p05_a_page_that_cannot_be_read_is_never_down",),
        "TLS": ("a page that cannot be asked says nothing of what it reports on",),
        "wrong answer": ("test_upstream::test_p05_a_page_that_cannot_be_read_is_never_down",),
        "slow": ("how long a page takes is no figure of what it reports on",),
    },
    "websocket": service("websocket", "test_a_refusal_is_down_and_told",
                         "test_a_page_instead_of_a_socket_is_down", _TLS),
}  # fmt: skip


def test_every_kind_has_a_cell_for_every_fault() -> None:
    assert set(TABLE) == set(registry.probers())
    for kind, row in TABLE.items():
        assert tuple(row) == FAULTS, kind
        assert all(row.values()), kind


@pytest.mark.parametrize("kind", TABLE)
def test_a_cell_is_a_test_that_there_is_or_a_reason(kind: str) -> None:
    for fault, cells in TABLE[kind].items():
        for cell in cells:
            if "::" not in cell:
                assert " " in cell, (kind, fault)
                continue
            place, _, name = cell.partition("::")
            module = importlib.import_module(
                f"tests.monitors.{place if '.' in place else f'probers.{place}'}"
            )
            found = getattr(module, name)
            if name.isupper():
                kinds = {getattr(each, "kind", key) for key, each in found.items()}
                assert kind in kinds, (kind, cell)
            else:
                assert callable(found)
