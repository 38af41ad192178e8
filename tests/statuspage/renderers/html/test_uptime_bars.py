"""The strip of 90 days: one path for each status, a dash for no data, words for everybody."""

from datetime import timedelta

from components.status import Status
from statuspage.renderers.html.uptime_bars import (
    PATTERNS,
    Calendar,
    calendar_of,
    day_table,
    summary,
    uptime_strip,
)
from tests.statuspage.page_html import read
from tests.statuspage.page_states import FIRST, TODAY, ago, component, day

CALENDAR = Calendar(first=FIRST, today=TODAY)


def test_a_component_without_trouble_is_one_path() -> None:
    drawing = read(uptime_strip(CALENDAR.codes(component())).encode())

    path = drawing.one("path")

    assert path.attributes == {"class": "o", "d": "m0 16h718"}
    assert drawing.one("svg").attributes["viewbox"] == "0 0 718 32"


def test_every_day_has_one_cell() -> None:
    codes = CALENDAR.codes(component(days=[day(0, Status.MAJOR_OUTAGE, 60)]))

    assert len(codes) == 90
    assert codes[-1] == "x"
    assert codes[:-1] == "o" * 89


def test_days_of_one_status_share_a_path_over_that_of_the_good_ones() -> None:
    days = [day(89, Status.DEGRADED, 60), day(87, Status.DEGRADED, 60)]

    drawing = read(uptime_strip(CALENDAR.codes(component(days=days))).encode())

    paths = {path.attributes["class"]: path.attributes["d"] for path in drawing.all("path")}
    assert paths == {"o": "m0 16h718", "d": "m-1 16h8m8 0h8"}


def test_days_before_the_first_knowledge_are_no_data_and_never_green() -> None:
    codes = CALENDAR.codes(component(first_known_on=ago(9)))

    assert codes == "u" * 80 + "o" * 10


def test_nothing_known_is_drawn_as_nothing_known() -> None:
    assert CALENDAR.codes(component(first_known_on=None)) == "u" * 90


def test_a_gap_in_the_evidence_is_drawn_as_no_data() -> None:
    codes = CALENDAR.codes(component(days=[day(5, Status.UNKNOWN, 86_400)]))

    assert codes[84] == "u"


def test_a_day_outside_the_90_is_left_out() -> None:
    codes = CALENDAR.codes(component(days=[day(90, Status.MAJOR_OUTAGE, 60)]))

    assert codes == "o" * 90
    assert "<tr" not in day_table([day(90, Status.MAJOR_OUTAGE, 60)], CALENDAR)


def test_every_status_has_its_own_shape() -> None:
    shapes = [pattern.all("rect") for pattern in read(PATTERNS.encode()).all("pattern")]

    drawn = [str([rect.attributes for rect in shape]) for shape in shapes]

    assert len(drawn) == len(set(drawn)) == len(Status)


def test_the_strip_is_summed_up_in_words() -> None:
    codes = "u" * 20 + "o" * 66 + "x" + "dd" + "m"

    assert summary(codes) == (
        "90 days: 1 day with a major outage, 2 days with reduced performance,"
        " 1 day with maintenance, 20 days without data, 66 days operational."
    )


def test_the_notable_days_are_told_newest_first_with_their_times() -> None:
    days = [
        day(35, Status.PARTIAL_OUTAGE, 4_320, degraded=1_200),
        day(0, Status.MAJOR_OUTAGE, 45),
    ]

    entries = read(day_table(days, CALENDAR).encode()).all("tr")

    assert [entry.text for entry in entries] == [
        "21 Nov major outage 45 s",
        "17 Oct partial outage 1 h 12 min, reduced performance 20 min",
    ]
    assert entries[0].attributes == {"data-day": "89", "class": "x"}


def test_a_day_with_an_incident_is_told_also_when_all_was_well() -> None:
    incidents = {ago(60): [("INC-2026-007", "Slow <mails>")], ago(200): [("INC-2026-001", "Old")]}

    entries = read(day_table([], CALENDAR, incidents, known_from=ago(80)).encode()).all("tr")

    assert [entry.text for entry in entries] == ["22 Sep Slow <mails>"]
    assert entries[0].one("a").attributes["href"] == "/status/incidents/INC-2026-007"


def test_a_day_of_which_nothing_is_known_says_so_and_is_never_called_undisturbed_f_t15() -> None:
    incidents = {ago(60): [("INC-2026-007", "Slow mails")]}
    unknown = [day(40, Status.UNKNOWN, 0)]

    for known_from in (None, ago(59)):
        table = day_table(unknown, CALENDAR, incidents, known_from=known_from)
        entries = read(table.encode()).all("tr")
        assert [entry.text for entry in entries] == [
            "12 Oct no data",
            "22 Sep no data · Slow mails",
        ]


def test_a_day_with_an_incident_is_listed_however_many_came_after_it() -> None:
    days = [day(n, Status.DEGRADED, 60 + n) for n in range(70, -1, -1)]
    incidents = {ago(80): [("INC-2026-007", "Slow mails")]}

    entries = read(day_table(days, CALENDAR, incidents, known_from=ago(89)).encode()).all("tr")

    assert len(entries) == 32
    assert entries[-2].text == "2 Sep Slow mails"
    assert entries[-1].text == "and 41 earlier days"


def test_whole_days_that_are_alike_share_a_line() -> None:
    days = [day(n, Status.UNKNOWN, 86_400) for n in (9, 8, 7)] + [day(5, Status.UNKNOWN, 86_400)]

    entries = read(day_table(days, CALENDAR).encode()).all("tr")

    assert [entry.text for entry in entries] == [
        "16 Nov no data all day",
        "12 Nov – 14 Nov no data all day",
    ]
    assert entries[1].attributes["data-day"] == "80-82"


def test_many_bad_days_do_not_make_the_page_long() -> None:
    days = [day(n, Status.DEGRADED, 60 + n) for n in range(89, -1, -1)]

    entries = read(day_table(days, CALENDAR).encode()).all("tr")

    assert len(entries) == 31
    assert entries[-1].text == "and 60 earlier days"


def test_the_calendar_knows_its_90_days() -> None:
    assert CALENDAR.names[0] == "24 Aug"
    assert CALENDAR.names[-1] == "21 Nov"
    assert CALENDAR.position(FIRST) == 0
    assert CALENDAR.position(FIRST - timedelta(days=1)) is None


def test_a_table_that_was_made_before_is_that_of_its_own_days_and_calendar() -> None:
    later = calendar_of(FIRST + timedelta(days=1), TODAY + timedelta(days=1))
    once = [day(2, Status.MAJOR_OUTAGE, 60)]
    twice = [*once, day(1, Status.MAJOR_OUTAGE, 60)]

    first = day_table(once, CALENDAR)

    assert day_table(once, CALENDAR) == first
    assert day_table(list(once), CALENDAR) == first
    assert day_table(twice, CALENDAR).count("<tr") == first.count("<tr") + 1
    assert day_table(once, later) != first
    assert day_table(once, CALENDAR, {ago(2): [("INC-2026-001", "Down")]}) != first
