"""Decide, over a whole document, which candidates are names, of what type, and which stand together."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Final

from service.kinds.ingestion.documents import Entity, Relation
from service.kinds.ingestion.names.candidates import NEVER, Candidate, ChunkNames

MIN_SUPPORT: Final = 2
"""A single capitalised word must be seen so often; several words together speak for themselves."""
MAX_ENTITIES: Final = 2000
MAX_RELATIONS: Final = 5000
_MAX_NAMES_A_SENTENCE: Final = 12  # a list of names connects nothing
_ORGANISATION: Final = re.compile(
    r"\b(?:Inc|Corp|Corporation|Company|Co|Ltd|LLC|GmbH|AG|University|Institute|Laborator(?:y|ies)|College|School|Bank|"
    r"Agency|Ministry|Department|Committee|Commission|Council|Foundation|Association|Society|Organization|"
    r"Organisation|Union|Group|Press|Museum|Party)\b"
)
_PLACE: Final = re.compile(
    r"\b(?:River|Lake|Mount|Mountains?|Island|Islands|Ocean|Sea|Bay|Street|Avenue|Road|City|County|State|"
    r"Republic|Kingdom|Valley|Park|Square|Coast)\b"
)
_PERSON: Final = re.compile(
    r"^(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Lady|Lord|Captain|President|King|Queen|Saint|St)\b\.?"
)
_CALENDAR: Final = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july
    august september october november december
    """.split()  # noqa: SIM905 (a list of so many would be a page long)
)


def build_graph(chunks: Sequence[ChunkNames]) -> tuple[list[Entity], list[Relation]]:
    """Return a document's entities (most mentioned first) and relations (strongest first), both bounded."""
    lower: Counter[str] = Counter()
    for chunk in chunks:
        lower.update(chunk.lower)
    trusted = _trusted(chunks, lower)
    spelled, mentions = _mentions(chunks, trusted)
    ranked = sorted(mentions, key=lambda key: (-mentions[key].total(), key))[:MAX_ENTITIES]
    kept = set(ranked)
    entities = []
    for key in ranked:
        name = spelled[key].most_common(1)[0][0]
        entities.append(Entity(name, entity_type(name), dict(mentions[key])))
    names = {key: entity.name for key, entity in zip(ranked, entities, strict=True)}
    return entities, _relations(chunks, kept, names)


def entity_type(name: str) -> str:
    """Return organization, place, person, acronym or name, as far as the name itself tells."""
    if _ORGANISATION.search(name):
        return "organization"
    if _PERSON.match(name):
        return "person"
    if _PLACE.search(name):
        return "place"
    return "acronym" if name.isupper() and " " not in name else "name"


def _trusted(chunks: Iterable[ChunkNames], lower: Mapping[str, int]) -> set[str]:
    """Return the keys of candidates that are names: seen inside a sentence, often enough, rarely in lower case."""
    inside: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for candidate in _all(chunks):
        key = candidate.name.casefold()
        seen[key] += 1
        if not candidate.is_start or candidate.is_acronym:
            inside[key] += 1
    return {
        key
        for key, count in seen.items()
        if _may_be_name(key)
        and (
            (" " in key and (inside[key] > 0 or count >= MIN_SUPPORT))
            or (inside[key] > 0 and count >= MIN_SUPPORT and lower.get(key, 0) < count)
        )
    }


def _all(chunks: Iterable[ChunkNames]) -> Iterable[Candidate]:
    for chunk in chunks:
        for sentence in chunk.sentences:
            yield from sentence.candidates


def _may_be_name(key: str) -> bool:
    words = key.split()
    return (
        words[0] not in NEVER
        and key not in _CALENDAR
        and any(letter.isalpha() for letter in key)
        and len(key) > 1
    )


def _mentions(
    chunks: Iterable[ChunkNames], trusted: set[str]
) -> tuple[dict[str, Counter[str]], dict[str, Counter[int]]]:
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    mentions: dict[str, Counter[int]] = defaultdict(Counter)
    for chunk in chunks:
        for sentence in chunk.sentences:
            for candidate in sentence.candidates:
                key = candidate.name.casefold()
                if key in trusted:
                    spelled[key][candidate.name] += 1
                    mentions[key][chunk.number] += 1
    return spelled, mentions


def _relations(chunks: Iterable[ChunkNames], kept: set[str], names: Mapping[str, str]) -> list[Relation]:
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], tuple[int, str]] = {}
    for chunk in chunks:
        for sentence in chunk.sentences:
            keys = sorted({key for each in sentence.candidates if (key := each.name.casefold()) in kept})
            if len(keys) > _MAX_NAMES_A_SENTENCE:
                continue
            for pair in combinations(keys, 2):
                if pair[0] in pair[1] or pair[1] in pair[0]:
                    continue  # "Wang" and "Wang Laboratories" say the same
                counts[pair] += 1
                first.setdefault(pair, (chunk.number, sentence.text))
    ranked = sorted(counts, key=lambda pair: (-counts[pair], pair))[:MAX_RELATIONS]
    return [Relation(names[a], names[b], counts[a, b], *first[a, b]) for a, b in ranked]
