"""Who is meant: order, accents and initials do not matter; people of one name are never taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.kinds.heatsheets.names import Person, given_order, group, is_same_team, match, plain

ZOE = Person("Smith, Zoë M", "STAR-NI", 12)
OTHERS = [Person("Li, Ann", "Otter Swim Club", 11), Person("O'Neil-Jones, Bo", "UT", 14)]


@pytest.mark.parametrize(
    "wanted",
    [
        "Smith, Zoë M",
        "Zoë M Smith",
        "zoe smith",
        "SMITH, ZOE",
        "Smith Zoë",
        "Smith, Zoe M.",
        "  zoë   m   smith ",
    ],
)
def test_a_name_is_found_in_either_order_with_or_without_accents_and_initial(wanted: str) -> None:
    found = match(Person(wanted), [ZOE, *OTHERS])
    assert found.forms == {ZOE}
    assert found.choices == ()


@pytest.mark.parametrize("wanted", ["Bo O'Neil-Jones", "bo oneil jones", "O’Neil Jones, Bo"])
def test_marks_in_a_name_do_not_matter(wanted: str) -> None:
    assert match(Person(wanted), [ZOE, *OTHERS]).forms == {OTHERS[1]}


@pytest.mark.parametrize("wanted", ["Zoe Smyth", "Smit, Zoë"])
def test_a_near_miss_is_offered_and_not_taken(wanted: str) -> None:
    found = match(Person(wanted), [ZOE, *OTHERS])
    assert found.forms == frozenset()
    assert found.choices == (ZOE,)


def test_for_a_stranger_the_nearest_names_are_offered() -> None:
    found = match(Person("Zora Smithers"), [ZOE, *OTHERS])
    assert (found.forms, found.choices) == (frozenset(), (ZOE,))
    assert match(Person("Xu"), [ZOE, *OTHERS]).choices == ()


@pytest.mark.parametrize(
    "other", [Person("Smith, Zoë M", "STAR-NI", 15), Person("Smith, Zoë M", "Otter Swim Club", 12)]
)
def test_the_same_name_with_another_team_or_age_is_told_apart(other: Person) -> None:
    found = match(Person("Zoe Smith"), [ZOE, other, *OTHERS])
    assert found.is_ambiguous
    assert found.forms == frozenset()
    assert found.choices == (ZOE, other)
    assert found.candidates == ({ZOE}, {other})
    assert match(Person("Zoe Smith", other.team, other.age), [ZOE, other]).forms == {other}
    assert match(Person("Zoe Smith", ZOE.team, str(ZOE.age)), [ZOE, other]).forms == {ZOE}


def test_a_team_or_age_that_nobody_of_that_name_has_finds_nobody_and_offers_those_there_are() -> None:
    found = match(Person("Zoe Smith", "Otter Swim Club"), [ZOE])
    assert (found.forms, found.choices) == (frozenset(), (ZOE,))


def test_other_initials_are_other_people() -> None:
    first, second = Person("Smith, Zoë A", "STAR", 12), Person("Smith, Zoë B", "STAR", 12)
    assert match(Person("Zoë A Smith"), [first, second]).forms == {first}
    assert match(Person("Zoë Smith"), [first, second]).is_ambiguous


def test_one_person_printed_in_several_ways_is_one() -> None:
    forms = [ZOE, Person(ZOE.name, "STAR-NI"), Person(ZOE.name, "STAR", 12), Person(ZOE.name, None, 12)]
    assert match(Person("Zoë M Smith"), forms).forms == set(forms)


@pytest.mark.parametrize("printed", ["Smith, Zoe M", "Smith, Zoë", "Smith, Zoë A"])
def test_on_one_sheet_another_spelling_is_another_person_and_is_offered(printed: str) -> None:
    other = Person(printed, "STAR-NI", 12)
    found = match(Person("Zoë M Smith"), [ZOE, other])
    assert (found.forms, found.choices) == ({ZOE}, (other,))


def test_a_form_without_age_that_fits_two_people_is_given_to_neither() -> None:
    young, old = Person("Li, Bo", "UT", 9), Person("Li, Bo", "UT", 30)
    groups = group([young, old, Person("Li, Bo", "UT")])
    assert sorted(len(one) for one in groups) == [1, 1, 1]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Lakeside Aquatic Club-NT", "Lakeside Aquatic Cl", True),
        ("Lakeside Aquati", "Lakeside Aquatic Cl", True),
        ("Otter Swim Club-PC", "Otter Swim Club", True),
        ("Rochester Area Masters-4", "Rochester Area Masters", True),
        ("STAR", "STAR-NI", True),
        ("STAR", "Starfish", False),
        ("UT", "Utah", False),
        ("Blue Marlins-NI", "Otter Swim Club-PC", False),
        (None, "UT", True),
    ],
)
def test_teams_are_the_same_when_one_is_cut_or_has_its_lsc(one: str | None, other: str, same: bool) -> None:
    assert is_same_team(one, other) is same
    assert is_same_team(other, one) is same


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_can_be_looked_for(wanted: str, printed: str) -> None:
    found = match(Person(wanted), [Person(printed, "UT", 9)])
    assert len(found.forms) <= 1
    assert plain(given_order(printed)) == plain(printed) or "," in given_order(printed)
