"""What a batch of findings leaves behind."""

import pytest

from components.models import JournalEntry
from components.status import Status, Verdict
from monitors.models import Check, Monitor, Result
from monitors.probing.base import CertificateValidity
from monitors.rules.check_state import CheckState
from monitors.selectors import monitor_votes
from monitors.services import save_monitor
from monitors.worker.leases import select_held
from monitors.worker.result_writer import CompletedCheck, store_results
from monitors.worker.stale_evidence import expire_evidence
from tests import build
from tests.monitors.findings import finding

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

UP = CheckState(Verdict.UP, since=1.0, checked=990.0)


def leased(**fields: object) -> Check:
    monitor = build.monitor(now=900.0, **fields)  # type: ignore[arg-type]
    Check.objects.filter(monitor=monitor).update(
        lease="mine", leased_until=2_000.0, verdict="up", since=1.0, due=1_000.0
    )
    return build.check(monitor)


def keep(
    check: Check, word: str, *, health: CheckState = UP, lease: str = "mine", **more: object
) -> int:
    found = finding(check, word, at=1_000.0, **more)  # type: ignore[arg-type]
    return store_results([CompletedCheck(*found.leased(health), found.result)], lease=lease)


def test_a_good_result_is_kept_and_the_next_start_is_regular() -> None:
    check = leased()
    mark = JournalEntry.objects.count()

    keep(check, "up")

    check.refresh_from_db()
    result = Result.objects.get()
    assert (result.word, result.latency_ms, result.check_id) == ("up", 12.0, check.pk)
    assert check.due is not None
    assert 1_000.0 < check.due <= 1_010.0
    assert (check.lease, check.leased_until) == ("", 0)
    assert JournalEntry.objects.count() == mark, "single results are not journalled"


def test_p09_a_certificate_is_known_until_another_target_is_checked() -> None:
    check = leased()
    keep(check, "up", certificate=CertificateValidity(5_000.0, is_valid=True))

    check.refresh_from_db()
    seen = check.certificate_ends, check.certificate_valid
    save_monitor(Monitor.objects.get(), regions=[check.region])
    kept = build.check(check.monitor).certificate_ends
    monitor = Monitor.objects.get()
    monitor.config = {"url": "https://other.example.com/"}
    save_monitor(monitor, regions=[check.region])

    check.refresh_from_db()
    assert (seen, kept) == ((5_000.0, True), 5_000.0)
    assert (check.certificate_ends, check.certificate_valid) == (None, None)


def test_a_suspicion_is_looked_into_sooner() -> None:
    check = leased(interval=60, timeout=5, retry_interval=3)

    keep(check, "down")

    check.refresh_from_db()
    assert check.verdict == "up"
    assert check.run == 1
    assert check.due is not None
    # On its grid, and no later than the retry interval.
    assert 1_000.0 < check.due <= 1_003.0


def test_a_confirmed_change_is_journalled_with_its_reason_and_without_its_target() -> None:
    check = leased(url="http://10.1.2.3/secret", confirm_down=0)

    keep(check, "down", message="connection refused")

    entry = JournalEntry.objects.get(kind="monitor.state_changed")
    assert entry.data["verdict"] == "down"
    assert entry.data["message"] == "connection refused"
    assert not entry.public
    assert "10.1.2.3" not in str(entry.data)


def test_a_check_edited_meanwhile_keeps_its_new_schedule_and_belief() -> None:
    check = leased(confirm_down=0)
    found = finding(check, "down", at=1_000.0)
    made = CompletedCheck(*found.leased(UP), found.result)
    monitor = Monitor.objects.get()
    monitor.config = {"url": "http://127.0.0.1:8/"}
    save_monitor(monitor, regions=[], now=1_000.5)
    before = Check.objects.values().get()

    changes = store_results([made], lease="mine")

    assert changes == 0
    assert Check.objects.values().get() == before
    assert not JournalEntry.objects.filter(kind="monitor.state_changed").exists()


def test_a_monitor_deleted_meanwhile_is_no_trouble() -> None:
    check = leased()
    found = finding(check, "up", at=1_000.0)
    made = CompletedCheck(*found.leased(UP), found.result)
    Monitor.objects.get().delete()

    assert store_results([made], lease="mine") == 0


def test_lateness_is_kept_and_missed_starts_are_counted() -> None:
    check = leased(interval=10)
    Check.objects.update(due=974.0)
    check.refresh_from_db()

    keep(check, "up", late=26.0)

    check.refresh_from_db()
    assert Result.objects.get().late_ms == 26_000
    assert check.skipped == 2


def test_our_own_trouble_is_shown_but_believed_of_nobody_r8() -> None:
    check = leased(confirm_down=0)

    keep(check, "inconclusive", message="blocked address 169.254.169.254")

    check.refresh_from_db()
    assert check.verdict == "up"
    assert check.message.startswith("blocked address")


def test_a_result_is_stored_after_months_switched_off() -> None:
    check = leased()

    keep(check, "up", late=90 * 86_400.0)

    assert Result.objects.count() == 1


def verdicts() -> list[str]:
    told = JournalEntry.objects.filter(kind="monitor.state_changed").order_by("pk")
    return [entry.data["verdict"] for entry in told]


def test_evidence_that_beat_found_too_old_meanwhile_is_not_told_of_twice_r4() -> None:
    check = leased(interval=10)
    Check.objects.update(checked=970.0, since=1.0)
    found = finding(check, "up", at=1_000.5)
    made = CompletedCheck(
        *found.leased(CheckState(Verdict.UP, since=1.0, checked=970.0)), found.result
    )
    expire_evidence(now=1_000.6)

    store_results([made], lease="mine")

    assert verdicts() == ["unknown", "up"]
    assert build.check(check.monitor).verdict == "up"


def test_a_result_that_comes_after_beat_gave_the_check_up_is_told_of_r4() -> None:
    check = leased(interval=10)
    Check.objects.update(checked=970.0, since=1.0)
    found = finding(check, "up", at=999.5)
    made = CompletedCheck(
        *found.leased(CheckState(Verdict.UP, since=1.0, checked=970.0)), found.result
    )
    expire_evidence(now=1_000.6)

    store_results([made], lease="mine")

    # What is believed is what was told last.
    assert verdicts() == ["unknown", "up"]
    check.refresh_from_db()
    assert (check.verdict, check.lease) == ("up", "")


def test_a_batch_in_which_one_belief_has_moved_settles_its_neighbours_once() -> None:
    moved, still = leased(interval=10), leased(interval=10)
    Check.objects.filter(pk=moved.pk).update(checked=970.0)
    Check.objects.filter(pk=still.pk).update(checked=990.0)
    found = finding(moved, "up", at=1_000.5), finding(still, "up", at=1_000.5)
    healths = Check.objects.order_by("pk").values_list("since", "checked")
    batch = [
        CompletedCheck(
            *each.leased(CheckState(Verdict.UP, since=since, checked=checked)), each.result
        )
        for each, (since, checked) in zip(found, healths, strict=True)
    ]
    expire_evidence(now=1_000.6)

    store_results(batch, lease="mine")

    assert verdicts() == ["unknown", "up"]
    assert [check.verdict for check in Check.objects.all()] == ["up", "up"]
    assert list(Check.objects.values_list("skipped", flat=True)) == [0, 0]


def test_p05_a_change_of_what_a_target_states_is_journalled_like_one_of_its_verdict() -> None:
    check = leased(confirm_down=0)

    def state(word: str, stated: Status | None) -> str:
        Check.objects.update(lease="mine", leased_until=2_000.0, due=1_000.0)
        held = select_held([check.pk], lease="mine")[0]
        found = finding(check, word, at=1_000.0, stated=stated)
        store_results([CompletedCheck(held, found.leased()[1], found.result)], lease="mine")
        check.refresh_from_db()
        return check.stated_status

    told = JournalEntry.objects.filter(kind="monitor.state_changed")
    assert (state("up", Status.MAINTENANCE), told.count()) == ("maintenance", 1)
    assert (state("up", Status.MAINTENANCE), told.count()) == ("maintenance", 1)
    assert (state("inconclusive", None), told.count()) == ("maintenance", 1)
    assert (state("up", Status.OPERATIONAL), told.count()) == ("", 2)
    assert (state("down", Status.PARTIAL_OUTAGE), told.count()) == ("partial_outage", 3)
    assert (state("down", Status.MAJOR_OUTAGE), told.count()) == ("", 4)
    assert monitor_votes(None)[check.monitor.component_id][0].status is Status.MAJOR_OUTAGE
