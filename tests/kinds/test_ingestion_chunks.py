"""Chunks are slices of a document that keep sections whole and know where they stand; names come with evidence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.kinds.ingestion.chunks import Chunker, document_text
from service.kinds.ingestion.documents import Block, Chunk
from service.kinds.ingestion.names.candidates import find_candidates, sentences
from service.kinds.ingestion.names.graph import build_graph
from service.kinds.ingestion.tokens import TokenCounter, load_tokenizer

COUNTER = TokenCounter(load_tokenizer())
WORDS = "the quick brown fox jumps over lazy dogs and never looks back "


def words(count: int) -> str:
    return (WORDS * (count // 12 + 1))[: count * 5].strip()


def cut(blocks: list[Block], *, least: int = 800, most: int = 1800) -> list[Chunk]:
    return list(Chunker(COUNTER, min_tokens=least, max_tokens=most).chunks(blocks))


def test_small_sections_are_merged_and_never_cut() -> None:
    blocks = [
        block
        for number in range(12)
        for block in (Block(f"Section {number}", "heading", 2), Block(words(200)), Block(words(100)))
    ]
    chunks = cut(blocks)
    assert len(chunks) > 2
    assert all(chunk.text.startswith("Section ") for chunk in chunks), "a chunk begins where a section begins"
    assert all(800 <= chunk.tokens <= 1800 for chunk in chunks[:-1])


def test_a_long_section_is_cut_between_paragraphs_and_a_long_paragraph_between_sentences() -> None:
    sentence = "A sentence that is about nothing in particular stands here. "
    chunks = cut([Block("One", "heading", 1), *[Block(words(500))] * 6, Block((sentence * 400).strip())])
    assert all(chunk.tokens <= 1800 for chunk in chunks)
    assert all(chunk.text.endswith((".", "k", "s", "x")) or chunk is chunks[-1] for chunk in chunks)
    assert all(chunk.heading == ("One",) for chunk in chunks)


def test_a_chunk_knows_page_and_headings_at_every_place() -> None:
    (chunk,) = cut(
        [
            Block("Book", "heading", 1, 1), Block("first", page=1), Block("Part", "heading", 2, 2),
            Block("second", page=2), Block("third", page=3), Block("Other", "heading", 2, 3), Block("fourth", page=3),
        ]
    )  # fmt: skip
    places = {word: chunk.place(chunk.text.index(word)) for word in ("first", "second", "third", "fourth")}
    assert [(place.page, place.heading) for place in places.values()] == [
        (1, ("Book",)), (2, ("Book", "Part")), (3, ("Book", "Part")), (3, ("Book", "Other")),
    ]  # fmt: skip
    assert (chunk.page, chunk.heading) == (1, ("Book",))


@given(
    st.lists(
        st.tuples(st.sampled_from(["heading", "paragraph", "list"]), st.integers(1, 3), st.integers(1, 400)),
        min_size=1,
        max_size=25,
    )
)
@settings(max_examples=40, deadline=None)
def test_chunks_are_slices_that_together_hold_every_word(shape: list[tuple[str, int, int]]) -> None:
    blocks = [
        Block(words(size), kind, level if kind == "heading" else 0)  # type: ignore[arg-type]  # sampled from them
        for kind, level, size in shape
    ]
    text = document_text(blocks)
    chunks = cut(blocks, least=100, most=250)
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
    assert " ".join(" ".join(chunk.text for chunk in chunks).split()) == " ".join(text.split())
    assert all(chunk.marks[0].offset == 0 for chunk in chunks)


def test_a_script_with_a_token_for_each_character_is_cut_as_finely() -> None:
    chunks = cut([Block("漢字かな交じり文。" * 600)])
    assert all(chunk.tokens <= 1800 for chunk in chunks)
    assert len(chunks) > 2


# --- names ---
TEXT = (
    "The laboratory was founded by Marie Curie in Paris. Marie Curie worked with Pierre Curie at Paris University. "
    "However, nothing was easy. However, they went on. Radium glowed. People saw that radium glows. "
    "NATO and the U.N. met in Paris. The NATO staff stayed. Dr. Smith saw it."
)


def test_names_are_told_from_words_that_only_begin_sentences() -> None:
    entities, _ = build_graph([find_candidates(0, TEXT)])
    found = {entity.name: entity for entity in entities}
    assert {"Marie Curie", "Pierre Curie", "Paris University", "NATO", "Paris"} <= set(found)
    assert not {"However", "The", "Radium", "People"} & set(found)
    assert found["Marie Curie"].mentions == {0: 2}
    assert (found["Paris University"].type, found["NATO"].type) == ("organization", "acronym")
    assert {entity.type for entity in entities if entity.name.startswith("Dr")} == {"person"}


def test_relations_stand_in_one_sentence_which_is_their_evidence() -> None:
    _, relations = build_graph([find_candidates(0, TEXT)])
    pairs = {(each.source, each.target): each for each in relations}
    both = pairs["Marie Curie", "Pierre Curie"]
    assert both.evidence == "Marie Curie worked with Pierre Curie at Paris University."
    assert ("Paris", "Paris University") not in pairs, "a name within a name is no relation"
    assert ("Marie Curie", "NATO") not in pairs


def test_names_are_counted_over_all_chunks_of_a_document() -> None:
    chunks = [find_candidates(n, f"We saw Zork in {place}.") for n, place in enumerate(["Rome", "Bonn"])]
    entities, _ = build_graph(chunks)
    assert [(entity.name, dict(entity.mentions)) for entity in entities] == [("Zork", {0: 1, 1: 1})]
    assert build_graph(chunks[:1]) == ([], []), "seen once, a single word is not enough"


def test_the_pronoun_and_what_stands_before_it_are_no_names() -> None:
    said = "Now I see. Shall I come? I'm here, and I'll stay, and I've seen Elizabeth I of England. " * 3
    entities, _ = build_graph([find_candidates(0, said.replace("'", "\u2019"))])
    assert [entity.name for entity in entities] == ["Elizabeth I of England"]


def test_abbreviations_end_no_sentence_and_labels_are_no_names() -> None:
    assert list(sentences("Dr. Smith met Mr. Jones. They left.")) == [
        "Dr. Smith met Mr. Jones.",
        "They left.",
    ]
    entities, _ = build_graph([find_candidates(0, "in City: Bonn; in City: Rome; in City: Bonn")])
    assert "City" not in {entity.name for entity in entities}


@pytest.mark.timeout(100)
def test_finding_names_takes_time_in_proportion_to_the_text() -> None:
    for nasty in (
        "A " * 100_000,
        "Aa" * 100_000,
        "A.B." * 50_000,
        "Of the " * 30_000,
        "\n" * 200_000,
        "-&'" * 60_000,
    ):
        build_graph([find_candidates(0, nasty)])


def test_a_word_of_megabytes_is_cut_like_any_long_text() -> None:
    text = "x" * 1_000_000
    chunks = cut([Block(text)])
    assert "".join(chunk.text for chunk in chunks) == text
    assert max(len(chunk.text) for chunk in chunks) < 40_000
