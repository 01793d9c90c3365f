"""Find a swimmer by name, and never take two people for one.

A name is compared without its order ("Last, First" or "First Last"), case, accents and marks. What is only similar
is offered, not taken; the same name with another team or age is another person until somebody says which is meant.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

NEAR = 88.0
"""rapidfuzz's token_sort_ratio from which two names count as similar; 88 lets one wrong letter in eight pass."""
FAR = 60.0
"""With nothing similar, the nearest names above this are offered."""
MAX_CHOICES = 12
_LETTERS = {
    "ł": "l",
    "Ł": "L",
    "ø": "o",
    "Ø": "O",
    "đ": "d",
    "Đ": "D",
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
}
_MARKS = re.compile(r"[^\w\s]|_")
_JOINERS = re.compile(r"['’`´]")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a sheet: the name as printed, the team, the age (years or school year)."""

    name: str
    team: str | None = None
    age: int | str | None = None

    def to_json(self) -> dict[str, str | int | None]:
        """Return the wire form of a choice."""
        return {"name": self.name, "team": self.team, "age": self.age}


@dataclass(frozen=True, slots=True)
class Match:
    """Who was meant: the forms in which one person is printed, or nobody, and who else it could be."""

    forms: frozenset[Person]
    choices: tuple[Person, ...]
    candidates: tuple[frozenset[Person], ...] = ()
    """The people that the name fits equally well, each with its printed forms; empty unless there are several."""

    @property
    def is_ambiguous(self) -> bool:
        """Whether several people are called so."""
        return bool(self.candidates)


def given_order(name: str) -> str:
    """Return a name as `First Last`: what follows a comma goes to the front, suffixes stay behind."""
    last, comma, first = name.partition(",")
    return " ".join(f"{first} {last}".split()) if comma else " ".join(name.split())


def plain(name: str) -> str:
    """Return a name as lower-case ASCII words in given order: `O'Neil, Zoë M.` becomes `zoe m oneil`."""
    return " ".join(_words(name, keep_accents=False))


def match(wanted: Person, people: Iterable[Person]) -> Match:
    """Find `wanted` among people; its team and age, when given, settle who of several is meant."""
    everybody = list(Counter(people))
    for is_same in (_is_exactly, _is_without_accents, _is_without_initials):
        found = [person for person in everybody if is_same(wanted.name, person.name)]
        if found:
            break
    else:
        return Match(frozenset(), _near(wanted.name, everybody))
    if wanted.team or wanted.age is not None:
        chosen = [one for one in found if _fits(wanted, one)]
        if not chosen:
            return Match(frozenset(), tuple(found[:MAX_CHOICES]))
        found = chosen
    groups = group(found)
    others = [person for person in _near(wanted.name, everybody) if person not in found]
    if len(groups) > 1:
        heads = [fullest(one) for one in groups]
        candidates = tuple(frozenset(one) for one in groups)
        return Match(frozenset(), tuple([*heads, *others][:MAX_CHOICES]), candidates)
    return Match(frozenset(found), tuple(others))


def group(people: Sequence[Person]) -> list[list[Person]]:
    """Part printed forms of one name into people: team and age must agree, as far as they are printed.

    A form without age or team that fits several people is a group of its own.
    """
    known = [one for one in people if one.age is not None and one.team]
    groups: list[list[Person]] = []
    for one in known:
        home = next((g for g in groups if all(is_same_person(one, other) for other in g)), None)
        if home is None:
            groups.append([one])
        else:
            home.append(one)
    for one in (one for one in people if one.age is None or not one.team):
        fitting = [g for g in groups if all(is_same_person(one, other) for other in g)]
        if len(fitting) == 1:
            fitting[0].append(one)
        else:
            groups.append([one])
    return groups


def is_same_person(one: Person, other: Person) -> bool:
    """Whether two people of one name can be one person: initials, ages and teams do not speak against it."""
    if not (_is_without_accents(one.name, other.name) or _is_without_initials(one.name, other.name)):
        return False
    ages_agree = one.age is None or other.age is None or one.age == other.age
    return ages_agree and is_same_team(one.team, other.team)


def is_same_team(one: str | None, other: str | None) -> bool:
    """Whether two printed teams can be one: alike, one cut short by a narrow column, or with and without its LSC."""
    if not one or not other:
        return True
    first, second = sorted((_team(one), _team(other)), key=len)
    if first == second or _without_lsc(first) == _without_lsc(second):
        return True
    return len(first) >= 6 and second.startswith(first)


def _fits(wanted: Person, one: Person) -> bool:
    age_fits = wanted.age is None or one.age is None or str(wanted.age).upper() == str(one.age).upper()
    return age_fits and is_same_team(wanted.team, one.team)


def _near(name: str, everybody: Sequence[Person]) -> tuple[Person, ...]:
    """Return people whose names are similar, most similar first; with none, the nearest there are."""
    from rapidfuzz import fuzz, process

    names = {person: plain(person.name) for person in everybody}
    wanted = plain(name)
    if not wanted:
        return ()
    scored = process.extract(
        wanted, names, scorer=fuzz.token_sort_ratio, score_cutoff=FAR, limit=5 * MAX_CHOICES
    )
    near = [person for _, score, person in scored if score >= NEAR]
    near = near or [person for _, _, person in scored]
    return tuple(near[:MAX_CHOICES])


def fullest(people: Iterable[Person]) -> Person:
    """Return the printed form that says most."""
    return max(people, key=lambda one: (one.age is not None, bool(one.team), len(one.team or "")))


def _is_exactly(one: str, other: str) -> bool:
    return sorted(_words(one, keep_accents=True)) == sorted(_words(other, keep_accents=True))


def _is_without_accents(one: str, other: str) -> bool:
    return sorted(_words(one, keep_accents=False)) == sorted(_words(other, keep_accents=False))


def _is_without_initials(one: str, other: str) -> bool:
    """Whether names agree but for middle initials, which one of them leaves out."""
    first, second = (_words(name, keep_accents=False) for name in (one, other))
    long_first, long_second = (sorted(word for word in words if len(word) > 1) for words in (first, second))
    if long_first != long_second or len(long_first) < 2:
        return False
    initials = [{word for word in words if len(word) == 1} for words in (first, second)]
    return not initials[0] or not initials[1] or initials[0] == initials[1]


@lru_cache(maxsize=65536)
def _words(name: str, *, keep_accents: bool) -> tuple[str, ...]:
    name = _JOINERS.sub("", given_order(name)).casefold()
    form = unicodedata.normalize("NFC" if keep_accents else "NFKD", name)
    if not keep_accents:
        form = "".join(_LETTERS.get(c, c) for c in form if not unicodedata.combining(c))
    return tuple(_MARKS.sub(" ", form).split())


def _team(name: str) -> str:
    return " ".join(re.sub(r"[^\w\s-]", " ", name.casefold()).split())


def _without_lsc(team: str) -> str:
    """Return a team without the two letters of its LSC (`Otter Swim Club-PC`) or a masters' district (`-4`)."""
    return re.sub(r"-(?:[a-z]{2}|\d{1,2})$", "", team)
