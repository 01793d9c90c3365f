"""Reads the files of phrases that the rules look for, and finds them in plain sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

_PLACE: Final = re.compile(r"\{([A-Z]+)\}")
_HEAD: Final = re.compile(r"\[([\w-]+) ([\w-]+)\]")


@dataclass(frozen=True, slots=True)
class Section:
    """The phrases of one section `[name grade]`, each a regular expression."""

    name: str
    grade: str
    sources: tuple[str, ...]

    @property
    def pattern(self) -> re.Pattern[str]:
        """All phrases in one."""
        return _joined(self.sources, self.grade)

    @property
    def phrases(self) -> tuple[re.Pattern[str], ...]:
        """Each phrase by itself, for where the same words may be read in several ways."""
        return tuple(_joined((source,), self.grade) for source in self.sources)


@cache
def phrasebook(name: str) -> tuple[Section, ...]:
    """Return the sections of a file of phrases, in order. Raises ValueError for a file that is not in order."""
    text = resources.files(f"{__package__}.phrases").joinpath(f"{name}.txt").read_text("utf-8")
    defined: dict[str, str] = {}
    sections: list[tuple[str, str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("@"):
            key, _, fragment = line[1:].partition(" = ")
            defined[key.strip()] = _filled(fragment, defined)
        elif head := _HEAD.fullmatch(line):
            sections.append((head[1], head[2], []))
        elif sections:
            sections[-1][2].append(_filled(line, defined))
        else:
            raise ValueError(f"{name}.txt, line {number}: a phrase outside of a section")
    return tuple(Section(section, grade, tuple(phrases)) for section, grade, phrases in sections)


def sections(book: str, *names: str) -> Iterator[Section]:
    """Yield the sections of a book with these names."""
    for section in phrasebook(book):
        if section.name in names:
            yield section


@cache
def pattern(book: str, name: str) -> re.Pattern[str]:
    """Return the pattern of the one section of this name."""
    return next(sections(book, name)).pattern


@cache
def word_list(name: str) -> frozenset[str]:
    """Return the words of a file of words."""
    return frozenset(
        resources.files(f"{__package__}.phrases").joinpath(f"{name}.txt").read_text("utf-8").split()
    )


def _filled(phrase: str, defined: dict[str, str]) -> str:
    return _PLACE.sub(lambda place: defined[place[1]], phrase)


@cache
def _joined(phrases: tuple[str, ...], grade: str) -> re.Pattern[str]:
    """Join phrases; each stands between word ends, but for a section that looks "anywhere"."""
    either = "|".join(f"(?:{phrase})" for phrase in phrases)
    return re.compile(either if grade == "anywhere" else rf"(?<!\w)(?:{either})(?!\w)")
