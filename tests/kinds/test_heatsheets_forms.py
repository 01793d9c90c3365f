"""The many forms in which rows, heads and marks are printed, each as a small page of text."""

import pytest

from service.kinds.heatsheets.parse import SheetWalk
from service.kinds.heatsheets.pdf_text import Fragment, PageText
from service.kinds.heatsheets.sheet import Row, Sheet
from service.model.errors import JobError

WIDE = 5.0  # points a character, as in 8-point Courier


def page_of(text: str, *, by_words: bool = False) -> PageText:
    """Return a page on which each line is one piece of text, or each word is one, in a fixed-width face."""
    pieces = []
    for number, line in enumerate(text.strip("\n").splitlines()):
        y = 760.0 - 11 * number
        if not line.strip():
            continue
        if by_words:
            at = 0
            for word in line.split():
                at = line.index(word, at)
                pieces.append(Fragment(18 + at * WIDE, 18 + (at + len(word)) * WIDE, y, 8.0, word))
                at += len(word)
        else:
            pieces.append(Fragment(18.0, 18 + len(line.rstrip()) * WIDE, y, 8.0, line.rstrip()))
    return PageText(1, 612.0, 792.0, tuple(pieces))


def read(text: str, *, by_words: bool = False) -> Sheet:
    walk = SheetWalk()
    walk.read(page_of(text, by_words=by_words))
    return walk.finish(1)


def said(row: Row) -> tuple[object, ...]:
    return row.place, row.name or row.relay, row.age, row.team, row.seed, row.final


PRELIMS = """
                    HY-TEK's MEET MANAGER 8.0 - 9:05 PM  2/15/2025 Page 1
                              2025 Section Championships - 2/14/2025 to 2/16/2025
                                        Results - Saturday Finals
Event 3  Girls 11-12 50 Yard Freestyle
=========================================================================
   Meet Record: M 24.10   2/12/2019   Ada Li
                  25.99   QUAL
    Name                 Age School             Prelim Time  Finals Time Points
=========================================================================
A - Final
  1 Smith, Jane           12 Otter Swim Club          26.51        26.10   20
 *2 Jones, Ann Marie      11 STAR-NI                  26.60        26.40q  17
 *2 O'Neil, Zoe           12 T2 Aquatics              26.61        26.40   17
--- Ng, Bo                12 STAR-NI                  26.99          DFS
--- Li, Ada               11 STAR-NI                  27.01       X26.98
B - Final
  9 Van Dyke, Mary        12 Unattached               27.10       J27.05    9
    r:+0.71  12.50        27.05 (14.55)
    Early take-off
 10 Okafor, Ada           12 UT                       27.30       !27.25S   7
    Exhibition, Eve       12 UT                       27.40       X27.50
    Records: 12&U  25.01  2/12/2019 Ada Li
1 - Early start
                      Women - Team Rankings - Through Event 3
  1. Otter Swim Club            214.50     2. STAR-NI                198.00
  1 Texas, University of          300.50
"""


@pytest.mark.parametrize("by_words", [False, True])
def test_finals_with_prelims_ties_and_exhibition_are_read(by_words: bool) -> None:
    sheet = read(PRELIMS, by_words=by_words)
    assert [said(row) for row in sheet.rows] == [
        (1, "Smith, Jane", 12, "Otter Swim Club", "26.51", "26.10"),
        (2, "Jones, Ann Marie", 11, "STAR-NI", "26.60", "26.40"),
        (2, "O'Neil, Zoe", 12, "T2 Aquatics", "26.61", "26.40"),
        (None, "Ng, Bo", 12, "STAR-NI", "26.99", "DFS"),
        (None, "Li, Ada", 11, "STAR-NI", "27.01", "26.98"),
        (9, "Van Dyke, Mary", 12, "Unattached", "27.10", "27.05"),
        (10, "Okafor, Ada", 12, "UT", "27.30", "27.25"),
        (None, "Exhibition, Eve", 12, "UT", "27.40", "27.50"),
    ]
    assert [row.name for row in sheet.rows if row.is_exhibition] == ["Li, Ada", "Exhibition, Eve"]
    assert {row.event_name for row in sheet.rows} == {"Girls 11-12 50 Yard Freestyle"}
    assert (sheet.style, sheet.meet_name, sheet.date_range) == (
        "results",
        "2025 Section Championships",
        "2025-02-14 to 2025-02-16",
    )
    assert {row.session_date for row in sheet.rows} == {"2025-02-15"}


RELAYS = """
Results
Event 1  Boys 200 Yard Medley Relay
    School                                     Seed Time  Finals Time Points
  1 Otter Swim Club  A                           1:40.00      1:39.56   40
     1) Doe, John SR                    2) Roe, Sam JR
     3) De La Cruz, José 16             4) r:+0.21 Li, Bo FR
                    25.10        52.33 (27.23)     1:17.01 (24.68)    1:39.56 (22.55)
  2 STAR-NI  'B'                                      NT    x1:45.01
--- Lakeside  C                                  1:41.00           DQ
     1) Doe, Max                        2) Roe, Tim
"""


@pytest.mark.parametrize("by_words", [False, True])
def test_relays_give_their_letter_and_their_swimmers(by_words: bool) -> None:
    rows = read(RELAYS, by_words=by_words).rows
    assert [said(row) for row in rows] == [
        (1, "A", None, "Otter Swim Club", "1:40.00", "1:39.56"),
        (2, "B", None, "STAR-NI", "NT", "1:45.01"),
        (None, "C", None, "Lakeside", "1:41.00", "DQ"),
    ]
    assert [[(leg.name, leg.age) for leg in row.legs] for row in rows] == [
        [("Doe, John", "SR"), ("Roe, Sam", "JR"), ("De La Cruz, José", 16), ("Li, Bo", "FR")],
        [],
        [("Doe, Max", None), ("Roe, Tim", None)],
    ]


PROGRAM = """
Lakeside Pool - Office Copy           HY-TEK's MEET MANAGER 8.0 - 16:22 26/08/2025 Page 1
                        Spring Open 2025 - 28/08/2025 to 30/08/2025
                       Heat Sheet - Day 2 - warm-up from 7.30am
Event 101S  Women 100 LC Meter Butterfly Swim-off
Lane  Name                    Age Team                    Seed Time
Heat   1 of 1  Finals   Starts at 13:05
   4  Konrad, Mia              14 ASTCB                     1:05.44L  ________
   5  Li, Ana S9 SB8 SM9       FR AQGCB                     1:05.90S
Event 102  Mixed 4x50 LC Meter Free Relay
Heat   1 of 2  Timed Finals
Lane  Team                    Relay                       Seed Time
   3  ASTCB                   A                              2:05.44
Heat   2 of 2  Timed Finals (#102 Mixed 4x50 LC Meter Free Relay)
   0  AQGCB                   B                              1:59.00
   1
   2  ________________
Event 103  Men 1 mtr Diving
Lane  Name                    Age Team                   Seed Score
Flight  1 of 1  Finals
   1  Main, Bayley             19 UT                         311.15
Event 104  Coaches' Challenge
   1  Main, Bayley             19 UT                             NT
"""


@pytest.mark.parametrize("by_words", [False, True])
def test_a_program_with_swim_off_para_classes_diving_and_day_first_dates_is_read(by_words: bool) -> None:
    sheet = read(PROGRAM, by_words=by_words)
    got = [
        (r.event_number, r.heat, r.lane, r.name or r.relay, r.age, r.team, r.seed, r.starts_at)
        for r in sheet.rows
    ]
    assert got == [
        ("101S", 1, 4, "Konrad, Mia", 14, "ASTCB", "1:05.44", 785),
        ("101S", 1, 5, "Li, Ana", "FR", "AQGCB", "1:05.90", 785),
        (102, 1, 3, "A", None, "ASTCB", "2:05.44", 787),
        (102, 2, 0, "B", None, "AQGCB", "1:59.00", 789),
        (103, 1, 1, "Main, Bayley", 19, "UT", "311.15", 791),
        (104, None, 1, "Main, Bayley", 19, "UT", "NT", None),
    ]
    assert [row.is_estimated for row in sheet.rows] == [False, False, True, True, True, False]
    assert {row.session_date for row in sheet.rows} == {"2025-08-29"}
    assert sheet.venue == "Lakeside Pool"


PSYCH = """
                                 Psych Sheet
#7  Women 200 SC Meter IM
     * National  2:08.11
     Name                          Yr School                Seed Time
  1  Mia Konrad                     3 UT                      2:11.40   _____
  2  Ana Maria de la Cruz             WES                    X2:12.03   _____
  3  Jo Li                         M8 WAT                          NT   _____
"""


@pytest.mark.parametrize("by_words", [False, True])
def test_a_psych_sheet_without_ages_and_with_first_names_first_is_read(by_words: bool) -> None:
    sheet = read(PSYCH, by_words=by_words)
    assert [(r.event_number, r.name, r.age, r.team, r.seed, r.is_exhibition) for r in sheet.rows] == [
        (7, "Mia Konrad", 3, "UT", "2:11.40", False),
        (7, "Ana Maria de la Cruz", None, "WES", "2:12.03", True),
        (7, "Jo Li", 8, "WAT", "NT", False),
    ]


LOOSE = """
Women 25-29 50 Yard Freestyle
1 Schmidt, Rachel 25 Rochester Area Masters-4 27.71 28.26 9
2 Li, Bo W27 STAR NT 30.01
--- Ng, Al 26 UT 29.00 SCR
Mixed 18+ 200 Yard Freestyle Relay
1 Rochester Area Masters-4 A NT 1:46.58
"""


def test_rows_of_one_string_without_a_head_are_read_by_the_order_of_their_words() -> None:
    text = "Results\n" + LOOSE
    assert [said(row) for row in read(text).rows] == [
        (1, "Schmidt, Rachel", 25, "Rochester Area Masters-4", "27.71", "28.26"),
        (2, "Li, Bo", 27, "STAR", "NT", "30.01"),
        (None, "Ng, Al", 26, "UT", "29.00", "SCR"),
        (1, "A", None, "Rochester Area Masters-4", "NT", "1:46.58"),
    ]


FINALS = """
Meet Program - Saturday Finals
Event 4  Men 100 Yard Butterfly
Lane  Name                    Age Team
A - Final   Starts at 05:30 PM
   4  Li, Bo                   17 UT
   5  Smith, John              18 Otter Swim Club
B - Final
   4  Ng, Al                   16 STAR
"""


@pytest.mark.parametrize("by_words", [False, True])
def test_finals_without_heats_and_without_seeds_are_read(by_words: bool) -> None:
    rows = read(FINALS, by_words=by_words).rows
    assert [(r.lane, r.name, r.age, r.team, r.seed, r.starts_at) for r in rows] == [
        (4, "Li, Bo", 17, "UT", None, 17 * 60 + 30),
        (5, "Smith, John", 18, "Otter Swim Club", None, 17 * 60 + 30),
        (4, "Ng, Al", 16, "STAR", None, None),
    ]


HEAT_LANE = """
Results
Event 5  Girls 9-10 100 Yard IM
Place Heat Lane  Name              Age Team           Seed Time  Finals Time
  1    2    4    Smith, Zoe         10 STAR             1:20.00     1:18.44
  2    1    3    Li, Ann             9 OTTR             1:25.00     1:24.10
"""


@pytest.mark.parametrize("by_words", [False, True])
def test_columns_of_heat_and_lane_before_the_name_are_kept_apart(by_words: bool) -> None:
    rows = read(HEAT_LANE, by_words=by_words).rows
    assert [(r.place, r.heat, r.lane, r.name, r.age, r.team, r.seed, r.final) for r in rows] == [
        (1, 2, 4, "Smith, Zoe", 10, "STAR", "1:20.00", "1:18.44"),
        (2, 1, 3, "Li, Ann", 9, "OTTR", "1:25.00", "1:24.10"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Minutes of the board\n\nPresent: eleven members\n1 Opening of the meeting\n2 Any other business",
        "Event List\nEvent # Event Name Event # Event Name\n101 Mixed 100 Freestyle\n103 Mixed 50 Freestyle",
        "Menu of the day\n1 Tomato soup 4.50\n2 Fish and chips 12.90\n3 Ice cream 3.20",
        "Event 5 of the season\nwas the ball of the swim club.\n1 Ticket costs 12.50",
    ],
)
def test_what_is_no_sheet_is_an_unrecognised_layout_and_never_an_empty_success(text: str) -> None:
    with pytest.raises(JobError) as caught:
        read(text)
    assert caught.value.code == "unrecognised_layout"
