"""References: counted per series and year, unique whoever asks at the same time."""

import threading

import pytest
from django.db import connection, transaction

from components.reference_numbers import next_reference, reference_for

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def draw(prefix: str = "INC", year: int = 2026) -> str:
    with transaction.atomic():
        return next_reference(prefix, year=year)


def test_each_series_and_each_year_count_for_themselves() -> None:
    drawn = [draw(), draw(), draw("MAINT"), draw(year=2027)]

    assert drawn == ["INC-2026-001", "INC-2026-002", "MAINT-2026-001", "INC-2027-001"]


def test_a_rollback_gives_the_number_back() -> None:
    with transaction.atomic():
        next_reference("INC", year=2026)
        transaction.set_rollback(True)

    assert draw() == "INC-2026-001"


def test_outside_a_transaction_it_is_refused() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        next_reference("INC", year=2026)


def test_no_two_ever_get_the_same() -> None:
    drawn: list[str] = []

    def work() -> None:
        try:
            drawn.extend(draw() for _ in range(10))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(drawn) == [f"INC-2026-{number:03d}" for number in range(1, 61)]


@pytest.mark.django_db(transaction=True)
def test_s19_drafts_leave_no_gaps_between_public_numbers() -> None:
    def draw(current: str = "", *, public: bool) -> str:
        with transaction.atomic():
            return reference_for(current, "INC", public=public, year=2026)

    first, draft = draw(public=True), draw(public=False)
    second = draw(public=True)

    assert (first, draft, second) == ("INC-2026-001", "INC-D-2026-001", "INC-2026-002")
    assert draw(draft, public=False) == draft
    assert draw(draft, public=True) == "INC-2026-003"
    assert draw(first, public=False) == first
